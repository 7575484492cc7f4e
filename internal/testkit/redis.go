package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

// maxWait is the timeout of whatever a test waits for: a busy machine may stop a process
// for seconds.
const maxWait = time.Minute

// Redis is a store under test with its clock.
type Redis struct {
	Client redis.UniversalClient
	Clock  *Clock
	// Addr is the address of a real Redis; empty for the embedded one.
	Addr string

	tick func()
	// For a real one: what Crash needs to restart it.
	program, dir string
	server       *redisServer
}

// EachRedis runs the test on the embedded Redis and on a real one. With -short it runs only
// on the real one if available: the embedded one is slow under the race detector and has
// its own tests.
func EachRedis(t *testing.T, test func(*testing.T, *Redis)) {
	if _, err := exec.LookPath("redis-server"); err != nil || !testing.Short() {
		t.Run("embedded", func(t *testing.T) { test(t, EmbeddedRedis(t)) })
	}
	t.Run("redis", func(t *testing.T) { test(t, RealRedis(t)) })
}

// EmbeddedRedis starts an embedded Redis without a journal. It also listens on its client's
// address, for a service under test that shares it.
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
	client := redis.NewClient(patientOptions(listener.Addr().String()))
	t.Cleanup(func() {
		client.Close()
		listener.Close()
		accepting.Wait()
		server.Close()
	})
	return &Redis{Client: client, Clock: clock, tick: server.Tick}
}

// patientOptions returns options for clients that do not time out while the machine is
// busy: such a client would send its command a second time.
func patientOptions(addr string) *redis.Options {
	return &redis.Options{Addr: addr, DialTimeout: maxWait, ReadTimeout: maxWait, WriteTimeout: maxWait, PoolTimeout: maxWait}
}

// RealRedis starts a redis-server on a free loopback port.
func RealRedis(t testing.TB) *Redis {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	r := &Redis{Clock: NewClock(), program: program, dir: t.TempDir()}
	if r.server, err = startRedis(program, r.dir); err != nil {
		t.Fatal(err)
	}
	r.Addr = r.server.addr
	client := redis.NewClient(patientOptions(r.Addr))
	r.Client = client
	t.Cleanup(func() {
		client.Close()
		r.server.end()
	})
	return r
}

// Crash kills a real Redis and restarts it from its last SAVE.
func (r *Redis) Crash(t testing.TB) {
	t.Helper()
	r.server.kill()
	if err := r.server.run(r.program, r.dir); err != nil {
		t.Fatal(err)
	}
}

// StartRedisServer starts a redis-server that is stopped after the test.
func StartRedisServer(t testing.TB) (addr string) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		Missing(t, "redis-server")
	}
	server, err := startRedis(program, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.end)
	return server.addr
}

// Advance advances the clock and the store. The time of a real Redis cannot be set, so the
// TTL of every key is reduced: all times in Redis are TTLs.
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

// redisServer is a redis-server on a port that is reserved for it.
type redisServer struct {
	addr    string
	options []string

	cmd              *exec.Cmd
	reservation, bus io.Closer // bus is nil outside a cluster
}

func startRedis(program, dir string, options ...string) (*redisServer, error) {
	port, reservation, err := reservePort()
	if err != nil {
		return nil, err
	}
	s := &redisServer{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), options: options, reservation: reservation}
	if err := s.run(program, dir); err != nil {
		reservation.Close()
		return nil, err
	}
	return s, nil
}

// run starts the process and waits until it answers.
func (s *redisServer) run(program, dir string) error {
	_, port, _ := net.SplitHostPort(s.addr)
	s.cmd = exec.Command(program, append([]string{
		"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", dir,
	}, s.options...)...)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Addr: s.addr})
	defer client.Close()
	err := errors.New("not asked")
	for begin := time.Now(); time.Since(begin) < maxWait; time.Sleep(10 * time.Millisecond) {
		if err = client.Ping(context.Background()).Err(); err == nil {
			return nil
		}
	}
	s.kill()
	return fmt.Errorf("redis-server at %s: %w", s.addr, err)
}

func (s *redisServer) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *redisServer) end() {
	s.kill()
	s.reservation.Close()
	if s.bus != nil {
		s.bus.Close()
	}
}
