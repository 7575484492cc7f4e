package store_test

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// proxy forwards to a server, until it is moved or hangs.
type proxy struct {
	net.Listener

	mu     sync.Mutex
	to     string // "" accepts connections and never responds
	links  map[net.Conn]bool
	silent map[net.Conn]bool
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener, to: to, links: map[net.Conn]bool{}, silent: map[net.Conn]bool{}}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.mu.Lock()
		for link := range p.links {
			link.Close()
		}
		p.mu.Unlock()
		wait.Wait()
	})
	return p
}

// hang silences every current connection, and later ones lead to to.
func (p *proxy) hang(to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
	for link := range p.links {
		p.silent[link] = true
	}
}

// move directs later connections to another server; current ones are kept.
func (p *proxy) move(to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
}

func (p *proxy) serve(client net.Conn) {
	p.mu.Lock()
	to := p.to
	p.links[client] = true
	p.silent[client] = to == ""
	p.mu.Unlock()
	defer client.Close()
	if to == "" {
		io.Copy(io.Discard, client)
		return
	}
	server, err := net.DialTimeout("tcp", to, time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		silent := p.silent[client]
		p.mu.Unlock()
		if silent {
			continue
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// through returns a DSN through a new proxy, and the server's own address.
func through(t *testing.T, dsn string) (moved, addr string, p *proxy) {
	t.Helper()
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	addr = config.Addr
	p = newProxy(t, addr)
	config.Addr = p.Addr().String()
	return config.FormatDSN(), addr, p
}
