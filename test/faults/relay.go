// Package faults provides proxies between the service and its stores that simulate partial
// failures: reads pass, and writes get the errors of a full Redis or a demoted MariaDB. It
// parses both protocols far enough to distinguish writes from reads.
package faults

import (
	"bufio"
	"net"
	"sync"
	"testing"
)

// relay accepts connections on a loopback port and passes each to serve, together with a
// connection to the target.
type relay struct {
	target   string
	listener net.Listener
	serve    func(near, far *wire)

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

// wire is one end of a connection. Writes are buffered until flush and are safe for
// concurrent use.
type wire struct {
	net.Conn
	*bufio.Reader
	mu sync.Mutex
	w  *bufio.Writer
}

func (r *relay) listen(t testing.TB, target string, serve func(near, far *wire)) {
	t.Helper()
	var err error
	r.target, r.serve, r.conns = target, serve, map[net.Conn]bool{}
	if r.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go r.accept()
	t.Cleanup(func() {
		r.listener.Close()
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
		r.hangUp()
	})
}

// Addr returns the address of the proxy.
func (r *relay) Addr() string { return r.listener.Addr().String() }

// hangUp closes every connection.
func (r *relay) hangUp() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.conns {
		conn.Close()
	}
	clear(r.conns)
}

func (r *relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.join(near)
	}
}

func (r *relay) join(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", r.target)
	if err != nil {
		return
	}
	defer far.Close()
	r.mu.Lock()
	ended := r.ended
	r.conns[near], r.conns[far] = true, true
	r.mu.Unlock()
	if !ended {
		r.serve(newWire(near), newWire(far))
	}
	r.mu.Lock()
	delete(r.conns, near)
	delete(r.conns, far)
	r.mu.Unlock()
}

func newWire(conn net.Conn) *wire {
	return &wire{Conn: conn, Reader: bufio.NewReader(conn), w: bufio.NewWriter(conn)}
}

// Read reads from the buffer.
func (w *wire) Read(p []byte) (int, error) { return w.Reader.Read(p) }

// Write buffers p.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

// flush sends the buffered data.
func (w *wire) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Flush()
}

// send writes and flushes.
func (w *wire) send(p []byte) error {
	if _, err := w.Write(p); err != nil {
		return err
	}
	return w.flush()
}

// copyAll forwards all data from one end to the other.
func copyAll(from, to *wire) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && to.send(buffer[:n]) != nil || err != nil {
			return
		}
	}
}
