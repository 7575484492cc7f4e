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
	// finalConn prevents go-redis from sending a command again after a failed read or
	// write: the server may have executed it. Failures to connect may still be retried.
	finalConn struct{ net.Conn }

	// finalSocket also lets go-redis detect that the server has closed an idle connection;
	// otherwise a restart would cost one error per connection.
	finalSocket struct {
		finalConn
		syscall.Conn
	}

	// finalError hides the kind of error from go-redis.
	finalError struct{ err error }
)

// dialer returns a function that connects to Redis. With TLS the server must prove its host
// name.
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

// finalize wraps conn, which uses the socket raw.
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

// Sent reports that the command may have reached the server: callers that depend on its
// effect must check or revert it.
func (e finalError) Sent() bool { return true }

func final(err error) error {
	if err == nil {
		return nil
	}
	return finalError{err}
}
