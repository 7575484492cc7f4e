package otp

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"user-api/internal/identity"
	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

func BenchmarkDerive(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		deriveCode([]byte(strings.Repeat("k", 32)), 6, "id", "login", "+919876543210")
	}
}

// The status script, and with it what each costs before its work: a name, a hash
// of fields and a life, on the Redis inside and on a real one.
func BenchmarkScript(b *testing.B) {
	for name, start := range map[string]func(testing.TB) *testkit.Redis{
		"embedded": testkit.EmbeddedRedis, "redis": testkit.RealRedis,
	} {
		b.Run(name, func(b *testing.B) {
			rdb, ctx := start(b).Client, context.Background()
			ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			c, err := New(Options{Redis: rdb, Ring: ring, Rand: rand.Reader, Lengths: map[identity.Kind]int{identity.KindPhone: 6},
				Expire: time.Minute, Cooldown: time.Second, Attempts: 5})
			if err != nil {
				b.Fatal(err)
			}
			id, prefix, err := c.newID(strings.Repeat("a", 64))
			if err != nil {
				b.Fatal(err)
			}
			rdb.HSet(ctx, prefix+"c:"+id, "who", "w", "status", "sent", "reason", "", "channel", "sms")
			rdb.PExpire(ctx, prefix+"c:"+id, time.Hour)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Status(ctx, id); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
