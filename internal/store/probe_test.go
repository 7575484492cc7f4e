package store_test

import (
	"errors"
	"strings"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// A Redis that responds but rejects writes is distinguished from one that is down, and the
// probe leaves nothing behind.
func TestRedis_TryWrite(t *testing.T) {
	server := testkit.RealRedis(t)
	r := openRedis(t, store.RedisNode{Host: server.Addr})
	if err := r.TryWrite(t.Context()); err != nil {
		t.Errorf("TryWrite = %v", err)
	}
	if keys := server.Client.Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("left in Redis: %v", keys)
	}
	for _, setting := range [][2]string{{"maxmemory", "1"}, {"min-replicas-to-write", "1"}} {
		server.Client.ConfigSet(t.Context(), setting[0], setting[1])
		if err := r.TryWrite(t.Context()); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("with %s: %v, want ErrReadOnly", setting[0], err)
		}
		server.Client.ConfigSet(t.Context(), setting[0], "0")
	}
	gone := openRedis(t, store.RedisNode{Host: "127.0.0.1:1"})
	if err := gone.TryWrite(t.Context()); err == nil || errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a Redis that is gone: %v, want another error than ErrReadOnly", err)
	}
}

// Every master of a cluster is checked: one that rejects writes, or evicts, is enough.
func TestRedis_everyMaster(t *testing.T) {
	masters := testkit.ClusterOf(t, 2)
	r := openRedis(t, store.RedisNode{Host: masters[0].Options().Addr, Type: store.TypeCluster})
	if err := errors.Join(r.TryWrite(t.Context()), r.CheckEviction(t.Context())); err != nil {
		t.Fatal(err)
	}
	for i, master := range masters {
		master.ConfigSet(t.Context(), "maxmemory", "1")
		if err := r.TryWrite(t.Context()); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("with master %d full: %v, want ErrReadOnly", i, err)
		}
		master.ConfigSet(t.Context(), "maxmemory", "0")
		master.ConfigSet(t.Context(), "maxmemory-policy", "volatile-lru")
		if err := r.CheckEviction(t.Context()); !errors.Is(err, store.ErrEvicts) || !strings.Contains(err.Error(), master.Options().Addr) {
			t.Errorf("with master %d evicting: %v, want ErrEvicts that names it", i, err)
		}
		master.ConfigSet(t.Context(), "maxmemory-policy", "noeviction")
	}
}
