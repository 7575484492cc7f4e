package embedded

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

type (
	// pipeConn is one end of a connection inside the process. Unlike net.Pipe it buffers what
	// is written: client and server may both be writing during a long pipeline without waiting
	// for each other. Only memory limits the buffer, and the writer is this process itself.
	pipeConn struct{ in, out *stream }

	// stream is one direction.
	stream struct {
		mu       sync.Mutex
		data     []byte // written; unread from next on
		next     int
		closed   bool
		deadline time.Time
		// news holds a token when something changed for a waiting reader.
		news chan struct{}

		reading sync.Mutex  // one reader at a time
		timer   *time.Timer // of the waiting reader
	}

	pipeAddr struct{}
)

// keptRoom is the maximum capacity of an empty buffer that is kept.
const keptRoom = 64 << 10

func newPipe() (client, server net.Conn) {
	up, down := newStream(), newStream()
	return &pipeConn{in: down, out: up}, &pipeConn{in: up, out: down}
}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (pipeAddr) String() string { return "embedded" }

// LocalAddr implements net.Conn.
func (*pipeConn) LocalAddr() net.Addr { return pipeAddr{} }

// RemoteAddr implements net.Conn.
func (*pipeConn) RemoteAddr() net.Addr { return pipeAddr{} }

// Read implements net.Conn.
func (c *pipeConn) Read(b []byte) (int, error) { return c.in.read(b) }

// Write implements net.Conn. It never blocks.
func (c *pipeConn) Write(b []byte) (int, error) { return c.out.write(b) }

// Close implements net.Conn. Data that was written before can still be read.
func (c *pipeConn) Close() error {
	c.in.close()
	c.out.close()
	return nil
}

// SetDeadline implements net.Conn.
func (c *pipeConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *pipeConn) SetReadDeadline(t time.Time) error {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	c.in.deadline = t
	c.in.tell()
	return nil
}

// SetWriteDeadline implements net.Conn.
func (*pipeConn) SetWriteDeadline(time.Time) error { return nil }

func newStream() *stream {
	s := &stream{news: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	s.timer.Stop()
	return s
}

func (s *stream) tell() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.tell()
}

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	s.data = append(s.data, b...)
	s.tell()
	return len(b), nil
}

func (s *stream) read(b []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	for {
		n, until, err := s.take(b)
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		s.wait(until)
	}
}

// take reads the available data. If there is none it returns until when to wait for more; the
// zero time means no deadline.
func (s *stream) take(b []byte) (n int, until time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.deadline.IsZero() && time.Until(s.deadline) <= 0:
		return 0, time.Time{}, os.ErrDeadlineExceeded
	case s.next < len(s.data):
		n = copy(b, s.data[s.next:])
		if s.next += n; s.next == len(s.data) {
			s.data, s.next = s.data[:0], 0
			if cap(s.data) > keptRoom {
				s.data = nil
			}
		}
		return n, time.Time{}, nil
	case s.closed:
		return 0, time.Time{}, io.EOF
	}
	return 0, s.deadline, nil
}

// wait returns when something has changed, and at the deadline.
func (s *stream) wait(until time.Time) {
	if until.IsZero() {
		<-s.news
		return
	}
	s.timer.Reset(time.Until(until))
	defer s.timer.Stop()
	select {
	case <-s.news:
	case <-s.timer.C:
	}
}
