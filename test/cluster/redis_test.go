package cluster

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"user-api/internal/testkit"

	"github.com/redis/go-redis/v9"
)

// store is a test's own Redis, which can be restored.
type store struct {
	*server
	addr   string
	client *redis.Client
}

func startRedis(t *testing.T, args ...string) *store {
	t.Helper()
	need(t, "redis-server")
	port := testkit.FreePort(t)
	r := &store{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	r.server = start(t, t.TempDir(), "redis-server", append([]string{
		"--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
	}, args...)...)
	r.client = redis.NewClient(&redis.Options{Addr: r.addr, MaxRetries: -1})
	t.Cleanup(func() { r.client.Close() })
	r.ready(t)
	return r
}

func (r *store) ready(t *testing.T) {
	t.Helper()
	until(t, time.Minute, "Redis", func() bool { return r.client.Ping(t.Context()).Err() == nil })
}

// copied keeps a copy of the current data.
func (r *store) copied(t *testing.T) (data []byte) {
	t.Helper()
	if err := r.client.Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(r.dir, "dump.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// putBack restarts Redis with a copy or, without one, empty.
func (r *store) putBack(t *testing.T, data []byte) {
	t.Helper()
	r.kill()
	dump := filepath.Join(r.dir, "dump.rdb")
	if err := os.WriteFile(dump, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if data == nil {
		os.Remove(dump)
	}
	r.run()
	r.ready(t)
}

func (r *store) do(t *testing.T, command ...any) {
	t.Helper()
	if err := r.client.Do(t.Context(), command...).Err(); err != nil {
		t.Fatalf("%v: %v", command, err)
	}
}
