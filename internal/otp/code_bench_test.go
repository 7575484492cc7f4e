package otp_test

import (
	"context"
	"fmt"
	"testing"

	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// BenchmarkCode requests, claims and verifies a code, which takes three scripts, on the
// embedded Redis and on a real one.
func BenchmarkCode(b *testing.B) {
	for name, start := range map[string]func(testing.TB) *testkit.Redis{
		"embedded": testkit.EmbeddedRedis, "redis": testkit.RealRedis,
	} {
		b.Run(name, func(b *testing.B) {
			challenges, ctx := open(b, start(b)), context.Background()
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				ticket, err := challenges.Issue(ctx, otp.Request{
					Address: phone(b, fmt.Sprintf("+9198%08d", n)), Channel: "sms", Purpose: otp.PurposeLogin,
				})
				if err != nil {
					b.Fatal(err)
				}
				out, err := challenges.Claim(ctx, ticket.ID, ticket.Send, true)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := challenges.Verify(ctx, otp.Answer{ID: ticket.ID, Code: out.Code, Purpose: otp.PurposeLogin}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
