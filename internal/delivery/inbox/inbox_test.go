package inbox_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/inbox"
	"user-api/internal/keyring"
)

// testDB is this package's database on a shared Redis. It is flushed.
const testDB = 12

func at() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }

func ring(t *testing.T, pepper string) *keyring.Ring {
	t.Helper()
	r, err := keyring.New([]byte(strings.Repeat(pepper, keyring.MinPepper)), rand.Reader)
	if err != nil {
		t.Fatalf("keyring.New: %v", err)
	}
	return r
}

func text(id, to, code string) delivery.Message {
	return delivery.Message{ID: id, To: to, Channel: delivery.SMS, Body: code + " is your Acme code.", Code: code}
}

func kept(id, to, code string) inbox.Message {
	return inbox.Message{ID: id, To: to, Channel: delivery.SMS, Body: code + " is your Acme code.", Otp: code, At: at()}
}

func send(t *testing.T, b *inbox.Inbox, m delivery.Message) {
	t.Helper()
	if err := b.Send(t.Context(), m); err != nil {
		t.Fatalf("Send(%s): %v", m.ID, err)
	}
}

func list(t *testing.T, b *inbox.Inbox, to string) []inbox.Message {
	t.Helper()
	messages, err := b.List(t.Context(), to)
	if err != nil {
		t.Fatalf("List(%q): %v", to, err)
	}
	return messages
}

// eachRedis runs a test with an empty Redis and a function that advances its time.
func eachRedis(t *testing.T, test func(t *testing.T, client redis.UniversalClient, pass func(time.Duration))) {
	t.Run("embedded", func(t *testing.T) {
		server := miniredis.RunT(t)
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		t.Cleanup(func() { _ = client.Close() })
		test(t, client, server.FastForward)
	})
	t.Run("redis", func(t *testing.T) {
		addr := os.Getenv("USER_API_TEST_REDIS")
		if addr == "" && os.Getenv("USER_API_TEST_REQUIRE") == "1" {
			t.Fatal("USER_API_TEST_REDIS is not set")
		}
		if addr == "" {
			t.Skip("USER_API_TEST_REDIS is not set")
		}
		client := redis.NewClient(&redis.Options{Addr: addr, DB: testDB})
		t.Cleanup(func() { _ = client.Close() })
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("FLUSHDB: %v", err)
		}
		test(t, client, func(d time.Duration) {
			for _, key := range client.Keys(t.Context(), "*").Val() {
				if left := client.PTTL(t.Context(), key).Val(); left > 0 {
					client.PExpire(t.Context(), key, left-d)
				}
			}
		})
	})
}

func TestList(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), nil, at)
		if diff := cmp.Diff([]inbox.Message{}, list(t, b, "")); diff != "" {
			t.Errorf("an empty inbox (-want +got):\n%s", diff)
		}
		send(t, b, text("a.1", "+15005550006", "111111"))
		send(t, b, text("b.1", "+15005550007", "222222"))
		send(t, b, text("a.2", "+15005550006", "333333"))
		want := []inbox.Message{
			kept("a.2", "+15005550006", "333333"), kept("b.1", "+15005550007", "222222"), kept("a.1", "+15005550006", "111111"),
		}
		if diff := cmp.Diff(want, list(t, b, "")); diff != "" {
			t.Errorf("all, newest first (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want[1:2], list(t, b, "+15005550007")); diff != "" {
			t.Errorf("those to one number (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]inbox.Message{}, list(t, b, "+1500555000")); diff != "" {
			t.Errorf("those to a part of a number (-want +got):\n%s", diff)
		}
	})
}

// Since returns the messages after one, oldest first, or the newest if that one is gone.
func TestSince(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), nil, at)
		for _, id := range []string{"a.1", "a.2", "a.3"} {
			send(t, b, text(id, "+15005550006", "111111"))
		}
		for after, want := range map[string]string{"": "a.2 a.3", "a.1": "a.2 a.3", "a.2": "a.3", "a.3": "", "gone": "a.2 a.3"} {
			messages, err := b.Since(t.Context(), after, 2)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range messages {
				ids = append(ids, m.ID)
			}
			if got := strings.Join(ids, " "); got != want {
				t.Errorf("after %q there are %q, want %q", after, got, want)
			}
		}
	})
}

func TestMessageIsKeptOnce(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), nil, at)
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				if err := b.Send(t.Context(), text("a.1", "+15005550006", "111111")); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff([]inbox.Message{kept("a.1", "+15005550006", "111111")}, list(t, b, "")); diff != "" {
			t.Errorf("after 32 sends (-want +got):\n%s", diff)
		}
	})
}

func TestNothingIsReadableAtRest(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		send(t, inbox.New(client, ring(t, "p"), nil, at), text("a.1", "+15005550006", "739184"))
		keys := client.Keys(t.Context(), "*").Val()
		if len(keys) != 2 {
			t.Fatalf("keys %q, want a message and the list", keys)
		}
		for _, key := range keys {
			dump := client.Get(t.Context(), key).Val() + strings.Join(client.LRange(t.Context(), key, 0, -1).Val(), " ")
			for _, secret := range []string{"739184", "5005550001", "Acme"} {
				if strings.Contains(key+dump, secret) {
					t.Errorf("%s holds %q: %q", key, secret, dump)
				}
			}
			if !strings.HasPrefix(key, "ua:inbox") {
				t.Errorf("key %q, want the prefix ua:inbox", key)
			}
			if ttl := client.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > inbox.TTL {
				t.Errorf("key %q lives %s, want at most %s", key, ttl, inbox.TTL)
			}
		}
		if got := list(t, inbox.New(client, ring(t, "q"), nil, at), ""); len(got) != 0 {
			t.Errorf("under another pepper %d messages are listed, want 0", len(got))
		}
	})
}

func TestMessageIsForgottenAfterAnHour(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, pass func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), nil, at)
		send(t, b, text("a.1", "+15005550006", "111111"))
		pass(inbox.TTL - time.Minute)
		send(t, b, text("a.2", "+15005550006", "222222"))
		if got := len(list(t, b, "")); got != 2 {
			t.Errorf("%d messages after 59 minutes, want 2", got)
		}
		pass(2 * time.Minute)
		if diff := cmp.Diff([]inbox.Message{kept("a.2", "+15005550006", "222222")}, list(t, b, "")); diff != "" {
			t.Errorf("after 61 minutes (-want +got):\n%s", diff)
		}
		pass(inbox.TTL)
		if n := client.DBSize(t.Context()).Val(); n != 0 {
			t.Errorf("%d keys are left, want 0", n)
		}
	})
}

func TestOldestMakeRoom(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient, _ func(time.Duration)) {
		b := inbox.New(client, ring(t, "p"), nil, at)
		const more = 5
		for n := range inbox.Limit + more {
			send(t, b, text(fmt.Sprintf("a.%d", n), "+15005550006", fmt.Sprintf("%06d", n)))
		}
		messages := list(t, b, "")
		if len(messages) != inbox.Limit {
			t.Fatalf("%d messages, want %d", len(messages), inbox.Limit)
		}
		if got, want := messages[inbox.Limit-1].Otp, fmt.Sprintf("%06d", more); got != want {
			t.Errorf("the oldest is %s, want %s", got, want)
		}
		if got, want := client.DBSize(t.Context()).Val(), int64(inbox.Limit+1); got != want {
			t.Errorf("%d keys, want %d", got, want)
		}
		if got := client.LLen(t.Context(), "ua:inbox:{box}:ids").Val(); got != inbox.Limit {
			t.Errorf("%d ids, want %d", got, inbox.Limit)
		}
	})
}

func TestRedisFailureMayBeTriedAgain(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	server.SetError("LOADING")
	b := inbox.New(client, ring(t, "p"), nil, at)
	var failure *delivery.SendError
	if err := b.Send(t.Context(), text("a.1", "+15005550006", "111111")); !errors.As(err, &failure) || failure.Class != delivery.Retryable {
		t.Errorf("Send: %v, want it %s", err, delivery.Retryable)
	}
	if _, err := b.List(t.Context(), ""); err == nil {
		t.Error("List: nil, want an error")
	}
}
