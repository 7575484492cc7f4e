package blocklist_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/blocklist"
	"user-api/internal/keyring"
)

func TestBlocklist(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	ring, err := keyring.New([]byte(strings.Repeat("s", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, ctx := blocklist.New(client, ring), t.Context()
	const to = "+919876543210"
	text := delivery.Message{To: to, Channel: delivery.SMS}
	hidden := delivery.Message{To: to, Channel: delivery.SMS, Hidden: true}
	call := delivery.Message{To: to, Channel: delivery.Voice}
	want := func(what string, m delivery.Message, provider string, want bool) {
		t.Helper()
		if got, err := h.Blocked(ctx, provider, m); got != want || err != nil {
			t.Errorf("%s: blocked %v (%v), want %v", what, got, err, want)
		}
	}
	want("before", text, "twilio", false)
	if err := h.Block(ctx, "twilio", hidden, delivery.BlockFor); err != nil {
		t.Fatal(err)
	}
	want("what a hidden message met is known to hidden ones", hidden, "twilio", true)
	want("and to no other", text, "twilio", false)
	if err := h.Block(ctx, "twilio", text, delivery.BlockFor); err != nil {
		t.Fatal(err)
	}
	want("a text message", text, "twilio", true)
	want("a hidden one", hidden, "twilio", true)
	want("a call", call, "twilio", false)
	want("another provider", text, "http", false)
	for _, key := range server.Keys() {
		if strings.Contains(key, to[1:]) || server.TTL(key) <= 0 {
			t.Errorf("key %s contains a number, or has no TTL", key)
		}
	}
	server.FastForward(delivery.BlockFor - time.Second)
	want("a second before the end", text, "twilio", true)
	server.FastForward(time.Second)
	want("at the end", text, "twilio", false)
	server.Close()
	if _, err := h.Blocked(ctx, "twilio", text); err == nil {
		t.Error("without Redis: nil, want an error")
	}
}
