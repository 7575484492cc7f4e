package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// Commands that share a round trip each get their own response or error.
func TestRedisTogether(t *testing.T) {
	patient := newPatient(t)
	for name, node := range map[string]store.RedisNode{
		"node": patient.node(store.TypeNode), "cluster": patient.node(store.TypeCluster), "real": {Host: testkit.StartRedisServer(t)},
	} {
		t.Run(name, func(t *testing.T) { answersEach(t, openRedis(t, node).Client) })
	}
}

func answersEach(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	ctx := context.Background()
	script := redis.NewScript("return {redis.call('INCR', KEYS[1]), ARGV[1]}")
	if err := errors.Join(client.LPush(ctx, "list", "x").Err(), script.Load(ctx, client).Err()); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for n := range 100 {
		wait.Go(func() {
			key := fmt.Sprint("k", n)
			if got, err := script.Run(ctx, client, []string{key}, n).Slice(); err != nil || fmt.Sprint(got) != fmt.Sprintf("[1 %d]", n) {
				t.Errorf("script %d: %v, %v", n, got, err)
			}
			if got, err := client.Get(ctx, key).Bytes(); err != nil || string(got) != "1" {
				t.Errorf("get %d: %q, %v", n, got, err)
			}
			if got, err := client.Get(ctx, key+" not").Result(); !errors.Is(err, redis.Nil) || got != "" {
				t.Errorf("get of nothing: %q, %v", got, err)
			}
			if _, err := client.Get(ctx, "list").Result(); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
				t.Errorf("get of a list: %v", err)
			}
			if got, err := client.Exists(ctx, key).Result(); err != nil || got != 1 {
				t.Errorf("exists %d: %d, %v", n, got, err)
			}
			if got, err := client.Del(ctx, key).Result(); err != nil || got != 1 {
				t.Errorf("del %d: %d, %v", n, got, err)
			}
		})
	}
	wait.Wait()
}

// Commands lost on a shared round trip are not sent again, and none of them is reported as
// done.
func TestRedisTogether_lost(t *testing.T) {
	const calls = 40
	for _, kind := range []string{store.TypeNode, store.TypeCluster} {
		for name, mode := range map[string]int32{"hang": hang, "cut": cut} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				p := newPatient(t)
				client := openRedis(t, p.node(kind)).Client
				script := redis.NewScript("return 1")
				p.mode.Store(mode)
				var wait sync.WaitGroup
				var done, ended atomic.Int64
				for range calls {
					wait.Go(func() {
						ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
						defer cancel()
						if script.EvalSha(ctx, client, []string{"k"}).Err() == nil {
							done.Add(1)
						}
						ended.Add(1)
					})
				}
				wait.Wait()
				if done.Load() != 0 || ended.Load() != calls || p.count.Load() > calls {
					t.Errorf("of %d commands %d were told as done and %d reached the server", calls, done.Load(), p.count.Load())
				}
				p.mode.Store(answer)
			})
		}
	}
}
