package store

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"syscall"
	"time"
)

const redisKeepAlive = time.Minute

type (
	// finalConn ends go-redis's habit of sending a command again when reading or
	// writing failed: the server may have executed it. A failure to connect, on
	// the other hand, may be tried again; it is not ours to change.
	finalConn struct{ net.Conn }

	// finalSocket also lets go-redis look whether the server has closed an idle
	// connection: without that, a restart would cost one error for each of them.
	finalSocket struct {
		finalConn
		syscall.Conn
	}

	// finalError hides from go-redis what kind of error it was.
	finalError struct{ err error }
)

// dialer connects to Redis within the time of its context. With TLS the server
// must prove to be the host that was dialled.
func dialer(encrypted bool) func(ctx context.Context, network, addr string) (net.Conn, error) {
	plain := &net.Dialer{KeepAlive: redisKeepAlive}
	secure := &tls.Dialer{NetDialer: plain, Config: &tls.Config{MinVersion: tls.VersionTLS12}}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if encrypted {
			conn, err := secure.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return finalize(conn, conn.(*tls.Conn).NetConn()), nil
		}
		conn, err := plain.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return finalize(conn, conn), nil
	}
}

// finalize wraps conn, which runs over the socket raw.
func finalize(conn, raw net.Conn) net.Conn {
	if socket, ok := raw.(syscall.Conn); ok {
		return finalSocket{finalConn{conn}, socket}
	}
	return finalConn{conn}
}

// Read implements net.Conn.
func (c finalConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, final(err)
}

// Write implements net.Conn.
func (c finalConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, final(err)
}

func (e finalError) Error() string { return fmt.Sprintf("redis connection: %v", e.err) }

// Sent says that the command may have reached the server, whatever became of it: who
// counts on its effect must look, or take it back.
func (e finalError) Sent() bool { return true }

func final(err error) error {
	if err == nil {
		return nil
	}
	return finalError{err}
}
