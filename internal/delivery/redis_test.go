package delivery_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// testDB is this package's database on a shared Redis. It is flushed.
const testDB = 11

// eachRedis runs a test on the embedded Redis and on a real one.
func eachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	t.Run("embedded", func(t *testing.T) { test(t, embedded(t)) })
	t.Run("redis", func(t *testing.T) {
		addr := os.Getenv("USER_API_TEST_REDIS")
		if addr == "" && os.Getenv("USER_API_TEST_REQUIRE") == "1" {
			t.Fatal("USER_API_TEST_REDIS is not set")
		}
		if addr == "" {
			t.Skip("USER_API_TEST_REDIS is not set")
		}
		client := redis.NewClient(&redis.Options{Addr: addr, DB: testDB, Protocol: 2})
		t.Cleanup(func() { _ = client.Close() })
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("FLUSHDB: %v", err)
		}
		test(t, client)
	})
}

func embedded(t *testing.T) redis.UniversalClient {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// tasks counts the tasks that asynq holds.
func tasks(t *testing.T, client redis.UniversalClient) int {
	t.Helper()
	keys, err := client.Keys(t.Context(), "asynq:{ua:delivery}:t:*").Result()
	if err != nil {
		t.Fatalf("KEYS: %v", err)
	}
	return len(keys)
}

// lasting returns the keys without an expiry.
func lasting(t *testing.T, client redis.UniversalClient) (lasting []string) {
	t.Helper()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatalf("KEYS: %v", err)
	}
	for _, key := range keys {
		if client.TTL(t.Context(), key).Val() == -1 {
			lasting = append(lasting, key)
		}
	}
	return lasting
}

// noSecrets fails the test if a queued task holds a canary.
func noSecrets(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	for _, key := range client.Keys(t.Context(), "asynq:{ua:delivery}:t:*").Val() {
		for field, value := range client.HGetAll(t.Context(), key).Val() {
			if strings.Contains(value, secretCode) || strings.Contains(value, secretNumber) {
				t.Errorf("%s of %s holds a secret: %q", field, key, value)
			}
		}
	}
}

// noRedis returns a client to a port where nothing listens.
func noRedis(t *testing.T) redis.UniversalClient {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	client := redis.NewClient(&redis.Options{Addr: l.Addr().String(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// watch is a hook that is called with the name of each command.
type watch func(cmd string)

func (w watch) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w watch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (w watch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		w(cmd.Name())
		return next(ctx, cmd)
	}
}
