package kit

import (
	"net"
	"sync"
	"testing"
	"time"
)

// Line is a TCP proxy between the service and a store. It can be cut, which closes all
// connections and refuses new ones; stalled, which makes them hang; or delayed.
type Line struct {
	target   string
	addr     string
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	stalled  chan struct{} // closed while bytes flow
	delay    time.Duration
}

// NewLine starts a proxy to target on a free loopback port.
func NewLine(t testing.TB, target string) *Line {
	t.Helper()
	l := &Line{target: target, addr: "127.0.0.1:0", conns: map[net.Conn]bool{}, stalled: make(chan struct{})}
	close(l.stalled)
	if err := l.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Cut)
	return l
}

// Addr returns the address of the proxy.
func (l *Line) Addr() string { return l.addr }

// Lead connects new connections to another target. Existing ones stay.
func (l *Line) Lead(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
}

// Cut closes all connections and refuses new ones.
func (l *Line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	for conn := range l.conns {
		conn.Close()
	}
	clear(l.conns)
}

// Delay adds the duration to each round trip.
func (l *Line) Delay(roundTrip time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = roundTrip / 2
}

// Stall keeps connections open but forwards nothing.
func (l *Line) Stall() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalled = make(chan struct{})
}

// Restore ends a cut or a stall.
func (l *Line) Restore(t testing.TB) {
	t.Helper()
	l.mu.Lock()
	select {
	case <-l.stalled:
	default:
		close(l.stalled)
	}
	cut := l.listener == nil
	l.mu.Unlock()
	if cut {
		if err := l.listen(); err != nil {
			t.Fatal(err)
		}
	}
}

func (l *Line) listen() error {
	listener, err := net.Listen("tcp", l.addr)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.listener, l.addr = listener, listener.Addr().String()
	l.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.join(conn)
		}
	}()
	return nil
}

func (l *Line) join(near net.Conn) {
	l.mu.Lock()
	target := l.target
	l.mu.Unlock()
	far, err := net.Dial("tcp", target)
	if err != nil {
		near.Close()
		return
	}
	l.mu.Lock()
	l.conns[near], l.conns[far] = true, true
	l.mu.Unlock()
	go l.pass(near, far)
	l.pass(far, near)
}

func (l *Line) pass(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		flowing, delay := l.stalled, l.delay
		l.mu.Unlock()
		time.Sleep(delay)
		<-flowing
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}
