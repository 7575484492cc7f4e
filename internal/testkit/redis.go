package testkit

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

// Redis is one store under test together with the clock it obeys.
type Redis struct {
	Client redis.UniversalClient
	Clock  *Clock
	// Addr is where a real Redis listens; empty for the embedded one.
	Addr string

	tick func()
	// Of a real one: what Crash kills and starts again.
	program, dir string
	server       *exec.Cmd
}

// EachRedis runs the test on the embedded Redis and on a real one. With -short it
// is the real one alone, if there is one: under the race detector the Redis inside
// is slow, and has tests of its own.
func EachRedis(t *testing.T, test func(*testing.T, *Redis)) {
	if _, err := exec.LookPath("redis-server"); err != nil || !testing.Short() {
		t.Run("embedded", func(t *testing.T) { test(t, EmbeddedRedis(t)) })
	}
	t.Run("redis", func(t *testing.T) { test(t, RealRedis(t)) })
}

// EmbeddedRedis starts the Redis inside the process, without a journal. Its client's
// address leads to it as well, for a service under test that is to share it.
func EmbeddedRedis(t testing.TB) *Redis {
	t.Helper()
	clock := NewClock()
	server, err := embedded.StartRedis(embedded.RedisOptions{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server.Serve(conn)
		}
	})
	client := redis.NewClient(&redis.Options{Addr: listener.Addr().String()})
	t.Cleanup(func() {
		client.Close()
		listener.Close()
		accepting.Wait()
		server.Close()
	})
	return &Redis{Client: client, Clock: clock, tick: server.Tick}
}

// RealRedis starts a redis-server of its own on a free loopback port.
func RealRedis(t testing.TB) *Redis {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	r := &Redis{Clock: NewClock(), program: program, dir: t.TempDir()}
	if r.server, r.Addr, err = startRedis(program, r.dir); err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: r.Addr})
	r.Client = client
	t.Cleanup(func() {
		client.Close()
		endRedis(r.server)
	})
	return r
}

// Crash kills a real Redis and starts it again, from what it was at its last SAVE.
func (r *Redis) Crash(t testing.TB) {
	t.Helper()
	endRedis(r.server)
	_, port, _ := net.SplitHostPort(r.Addr)
	r.server = redisCommand(r.program, port, r.dir)
	if err := r.server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := awaitRedis(r.Addr); err != nil {
		t.Fatal(err)
	}
}

// StartRedisServer starts a redis-server that ends with the test.
func StartRedisServer(t testing.TB) (addr string) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	server, addr, err := startRedis(program, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endRedis(server) })
	return addr
}

// Advance lets time pass for both the clock and the store. A real Redis cannot
// be told the time, so every key's life is shortened instead: all times in
// Redis are lives of keys.
func (r *Redis) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	r.Clock.Add(d)
	if r.tick != nil {
		r.tick()
		return
	}
	const shorten = `
for _, key in ipairs(redis.call('KEYS', '*')) do
  local left = redis.call('PTTL', key)
  if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
end
return 1`
	if err := r.Client.Eval(context.Background(), shorten, nil, d.Milliseconds()).Err(); err != nil {
		t.Fatal(err)
	}
}

func startRedis(program, dir string, options ...string) (server *exec.Cmd, addr string, err error) {
	for range 5 {
		if addr, err = freeAddr(); err != nil {
			return nil, "", err
		}
		_, port, _ := net.SplitHostPort(addr)
		server = redisCommand(program, port, dir, options...)
		if err = server.Start(); err != nil {
			return nil, "", err
		}
		if err = awaitRedis(addr); err == nil {
			return server, addr, nil
		}
		endRedis(server) // another process took the port first
	}
	return nil, "", fmt.Errorf("redis-server does not start: %w", err)
}

func redisCommand(program, port, dir string, options ...string) *exec.Cmd {
	return exec.Command(program, append([]string{
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", dir,
	}, options...)...)
}

func endRedis(server *exec.Cmd) {
	server.Process.Kill()
	server.Wait()
}

func awaitRedis(addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	var err error
	for range 200 {
		if err = client.Ping(context.Background()).Err(); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("redis-server at %s: %w", addr, err)
}

func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
