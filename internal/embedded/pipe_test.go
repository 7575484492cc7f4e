package embedded_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// In a long pipeline client and server both write before they read; over net.Pipe, which has no
// buffer, both would block forever.
func TestRedisTakesALongPipeline(t *testing.T) {
	ctx := context.Background()
	_, client := start(t, "", time.Now)
	long := strings.Repeat("x", 100_000)
	client.Set(ctx, "long", long, 0)
	cmds, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for range 100 {
			p.Set(ctx, "k", long, 0)
			p.Get(ctx, "long")
		}
		return nil
	})
	if err != nil || len(cmds) != 200 || cmds[199].(*redis.StringCmd).Val() != long {
		t.Errorf("%d answers, %v; want 200", len(cmds), err)
	}
}

// A connection keeps the promises of net.Conn on which go-redis depends.
func TestRedisConnection(t *testing.T) {
	srv, _ := start(t, "", time.Now)
	conn := srv.Dial()
	read := func() (string, error) {
		got := make([]byte, 100)
		n, err := conn.Read(got)
		return string(got[:n]), err
	}
	_ = conn.SetDeadline(time.Now().Add(-time.Second))
	if _, err := read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after its deadline: got %v", err)
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := read(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at its deadline: got %v", err)
	}
	_ = conn.SetDeadline(time.Time{})
	waits := make(chan error, 1)
	go func() {
		_, err := read()
		waits <- err
	}()
	_ = conn.SetReadDeadline(time.Now()) // also wakes a waiting reader
	if err := <-waits; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a deadline set while it waits: got %v", err)
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	_, _ = conn.Write([]byte("*1\r\n$4\r\nPING\r\n"))
	if got, err := read(); got != "+PONG\r\n" || err != nil {
		t.Errorf("PING: got %q, %v", got, err)
	}
	go func() {
		_, err := read()
		waits <- err
	}()
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waits; !errors.Is(err, io.EOF) {
		t.Errorf("closed while it waits: got %v", err)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("a write to a closed connection succeeded")
	}
}

// A connection that is dialled after Close is closed too.
func TestRedisDialledAfterItsEnd(t *testing.T) {
	srv, client := start(t, "", time.Now)
	if err := errors.Join(client.Close(), srv.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := srv.Dial().Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}
