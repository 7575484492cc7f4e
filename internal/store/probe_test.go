package store_test

import (
	"errors"
	"testing"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// A Redis that answers and refuses to write is told from one that is gone, and
// nothing of the question stays.
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
