package otp

import (
	"context"
	"strings"
	"testing"
	"time"

	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

func BenchmarkDerive(b *testing.B) {
	key := keyring.NewMAC([]byte(strings.Repeat("k", 32)))
	b.ReportAllocs()
	for b.Loop() {
		deriveCode(key, 6, "salt", "id", "login", "+919876543210")
	}
}

// BenchmarkScript runs the status script, the cheapest one, on the embedded Redis and on a
// real one.
func BenchmarkScript(b *testing.B) {
	for name, start := range map[string]func(testing.TB) *testkit.Redis{
		"embedded": testkit.EmbeddedRedis, "redis": testkit.RealRedis,
	} {
		b.Run(name, func(b *testing.B) {
			const prefix = "ua:otp:{bench}:"
			rdb, ctx := start(b).Client, context.Background()
			rdb.HSet(ctx, prefix+"c:x", "who", "w", "lane", "", "status", "sent", "reason", "", "channel", "sms", "address", "")
			rdb.PExpire(ctx, prefix+"c:x", time.Hour)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := run(ctx, rdb, statusScript, []string{prefix + "c:x", prefix + "later:x"}, prefix); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
