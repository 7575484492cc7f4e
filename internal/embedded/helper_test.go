package embedded_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/embedded"
)

// helperEnv turns this test binary into another program that can be killed. Its value is the
// program's name, the first argument its data folder.
const helperEnv = "EMBEDDED_TEST_HELPER"

var helpers = map[string]func(dir string){
	"count":   helpCount,
	"enqueue": helpEnqueue,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(helperEnv); name != "" {
		helpers[name](os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// helper returns a command that runs a helper on dir.
func helper(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), helperEnv+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// clock is a clock that only moves when told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// start opens a Redis on dir and a client for it; both are closed at the end of the test.
func start(t testing.TB, dir string, now func() time.Time) (*embedded.Redis, *redis.Client) {
	t.Helper()
	return startWith(t, embedded.RedisOptions{Dir: dir, Now: now})
}

func startWith(t testing.TB, o embedded.RedisOptions) (*embedded.Redis, *redis.Client) {
	t.Helper()
	srv, err := embedded.StartRedis(o)
	if err != nil {
		t.Fatalf("StartRedis: %v", err)
	}
	client := connect(srv)
	t.Cleanup(func() {
		_ = client.Close()
		if err := srv.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return srv, client
}

func connect(srv *embedded.Redis) *redis.Client {
	return redis.NewClient(&redis.Options{Dialer: dialer(srv), MaxRetries: -1, DisableIdentity: true})
}

func dialer(srv *embedded.Redis) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return srv.Dial(), nil }
}

// killed returns a copy of dir as a kill at this moment would leave it.
func killed(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(journalOf(dir))
	if err != nil {
		t.Fatal(err)
	}
	return folderWith(t, data)
}

// folderWith returns a data folder with the given journal.
func folderWith(t *testing.T, journal []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(journalOf(dir), journal, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func journalOf(dir string) string { return filepath.Join(dir, "redis.journal") }

// state returns everything in the server: key → type, value and TTL.
func state(t *testing.T, client *redis.Client) map[string]string {
	t.Helper()
	ctx := context.Background()
	got := map[string]string{}
	for _, key := range must(client.Keys(ctx, "*").Result())(t) {
		var value any
		kind := must(client.Type(ctx, key).Result())(t)
		switch kind {
		case "string":
			value = must(client.Get(ctx, key).Result())(t)
		case "hash":
			value = must(client.HGetAll(ctx, key).Result())(t)
		case "list":
			value = must(client.LRange(ctx, key, 0, -1).Result())(t)
		case "set":
			members := must(client.SMembers(ctx, key).Result())(t)
			slices.Sort(members)
			value = members
		case "zset":
			value = must(client.ZRangeWithScores(ctx, key, 0, -1).Result())(t)
		}
		ttl := must(client.PTTL(ctx, key).Result())(t)
		got[key] = fmt.Sprintf("%s %q %v", kind, value, ttl)
	}
	return got
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantError fails unless err's text contains part.
func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("error: got %v, want one with %q", err, part)
	}
}
