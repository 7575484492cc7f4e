package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

func openRedis(t *testing.T, nodes ...store.RedisNode) *store.Redis {
	t.Helper()
	r, err := store.OpenRedis(context.Background(), store.RedisOptions{Nodes: nodes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestEmbeddedRedisObeysItsClock(t *testing.T) {
	ctx, clock, dir := context.Background(), testkit.NewClock(), t.TempDir()
	open := func() *store.Redis {
		r, err := store.OpenRedis(ctx, store.RedisOptions{DataDir: dir, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open()
	if err := errors.Join(r.Ping(ctx), r.Client.Set(ctx, "k", "v", time.Minute).Err(), r.Client.Set(ctx, "l", "v", time.Hour).Err()); err != nil {
		t.Fatal(err)
	}
	if !r.Embedded() {
		t.Error("embedded: got false, want true")
	}
	clock.Add(time.Minute)
	r.Tick()
	if got := r.Client.Exists(ctx, "k", "l").Val(); got != 1 {
		t.Errorf("keys after a minute: got %d, want 1", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = open()
	defer r.Close()
	if got := r.Client.TTL(ctx, "l").Val(); got != 59*time.Minute {
		t.Errorf("TTL after a restart: got %v, want 59m", got)
	}
}

func TestOpenRedisSaysWhatIsWrong(t *testing.T) {
	a, b := store.RedisNode{Host: "a:1", Type: store.TypeCluster}, store.RedisNode{Host: "b:1", Type: store.TypeCluster, Pass: "hunter2"}
	for part, nodes := range map[string][]store.RedisNode{
		"neither":               {{Host: "a:1", Type: "sentinel"}},
		"must be those":         {a, b},
		"must be a cluster":     {{Host: "a:1"}, {Host: "b:1"}},
		"redis: more than one ": {{Host: "a:1,b:1", Type: store.TypeNode}},
	} {
		_, err := store.OpenRedis(context.Background(), store.RedisOptions{Nodes: nodes})
		wantError(t, err, part)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestOpenRedisDoesNotNeedRedis(t *testing.T) {
	log := logged(t)
	r := openRedis(t, store.RedisNode{Host: "127.0.0.1:1", Pass: "hunter2"})
	if err := r.Ping(context.Background()); err == nil {
		t.Error("ping: got no error")
	}
	r.Tick()
	if r.Embedded() {
		t.Error("embedded: got true, want false")
	}
	if text := log(); strings.Contains(text, "hunter2") || !strings.Contains(text, "store: redis") {
		t.Errorf("log: got %s, want the failure and no password", text)
	}
}

// A command whose response is lost may have been executed. It must not be executed twice.
func TestRedisNeverSendsACommandTwice(t *testing.T) {
	ctx := context.Background()
	script := redis.NewScript("return 1")
	for _, kind := range []string{store.TypeNode, store.TypeCluster} {
		for name, mode := range map[string]int32{"hang": hang, "cut": cut} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := newPatient(t)
				r := openRedis(t, p.node(kind))
				p.mode.Store(mode)
				for what, do := range map[string]func() error{
					"command": func() error { return r.Client.Incr(ctx, "k").Err() },
					"script":  func() error { return script.EvalSha(ctx, r.Client, []string{"k"}).Err() },
					"pipeline": func() error {
						_, err := r.Client.Pipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "k").Err() })
						return err
					},
					"transaction": func() error {
						_, err := r.Client.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "k").Err() })
						return err
					},
				} {
					p.count.Store(0)
					if err := do(); err == nil {
						t.Errorf("%s: got no error", what)
					}
					if got := p.count.Load(); got != 1 {
						t.Errorf("%s reached the server %d times, want once", what, got)
					}
				}
			})
		}
	}
}

func TestRedisObeysTheContextOfACommand(t *testing.T) {
	p := newPatient(t)
	r, err := store.OpenRedis(context.Background(), store.RedisOptions{
		Nodes: []store.RedisNode{p.node(store.TypeNode)}, Limits: store.RedisLimits{ReadTimeout: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p.mode.Store(hang)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.Client.Incr(ctx, "k").Err(); err == nil { // the client's own timeout is an hour
		t.Error("got no error")
	}
}

func TestRedisOutlivesARestart(t *testing.T) {
	p := newPatient(t)
	survivesRestart(t, openRedis(t, p.node(store.TypeNode)), p.Miniredis, p.Restart)
}

// survivesRestart fills the pool, restarts the server, and checks that dead connections
// cause no error.
func survivesRestart(t *testing.T, r *store.Redis, server *miniredis.Miniredis, restart func() error) {
	t.Helper()
	ctx := context.Background()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			conn := r.Client.(*redis.Client).Conn()
			defer conn.Close()
			if err := conn.Ping(ctx).Err(); err != nil {
				t.Error(err)
			}
			time.Sleep(50 * time.Millisecond) // hold it, so that the next caller opens another
		})
	}
	wg.Wait()
	addr := server.Addr()
	server.Close()
	if err := restart(); err != nil {
		t.Fatal(err)
	}
	if server.Addr() != addr {
		t.Fatalf("address after the restart: got %s, want %s", server.Addr(), addr)
	}
	for i := range 40 {
		if err := r.Client.Set(ctx, fmt.Sprint(i), "v", 0).Err(); err != nil {
			t.Fatalf("command %d after the restart: %v", i, err)
		}
	}
}

func TestRedisCloseLeavesNothingRunning(t *testing.T) {
	p := newPatient(t)
	for name, o := range map[string]store.RedisOptions{
		"embedded": {DataDir: t.TempDir(), Now: time.Now},
		"node":     {Nodes: []store.RedisNode{p.node(store.TypeNode)}},
		"cluster":  {Nodes: []store.RedisNode{p.node(store.TypeCluster)}},
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			r, err := store.OpenRedis(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() { r.Client.Incr(context.Background(), "k") })
			}
			wg.Wait()
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			wantGoroutines(t, before)
		})
	}
}

func TestRealRedis(t *testing.T) {
	ctx, r := context.Background(), openRedis(t, store.RedisNode{Host: testkit.StartRedisServer(t)})
	script := redis.NewScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
	for want := int64(2); want <= 10; want += 2 {
		got, err := script.Run(ctx, r.Client, []string{"k"}, 2).Int64()
		if err != nil || got != want {
			t.Errorf("script: got %d (%v), want %d", got, err, want)
		}
	}
	_, err := r.Client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "t", "1", time.Minute)
		return p.PTTL(ctx, "t").Err()
	})
	if err := errors.Join(err, r.Ping(ctx)); err != nil {
		t.Error(err)
	}
}
