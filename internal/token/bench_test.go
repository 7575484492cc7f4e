package token_test

import (
	"testing"
	"time"

	"user-api/internal/token"
)

func BenchmarkCodec(b *testing.B) {
	codec, err := token.New(token.Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "user-api", Audience: "user-api", AccessLife: time.Hour, Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	access := token.Access{ID: "Zm9vYmFyYmF6cXV4MTIzNA", SessionID: "c2Vzc2lvbi1pZC0xMjM0NTY", UserID: 1 << 50, Role: "user",
		ClientID: "t7k2-9xqd-4tvn-8hwz", AuthTime: time.Now(), AMR: []string{"otp", "sms"},
		IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	refresh := token.Refresh{SessionID: access.SessionID, UserID: access.UserID, Generation: 7,
		IssuedAt: now, ExpiresAt: access.ExpiresAt}
	rawAccess, _ := codec.MintAccess(access)
	rawRefresh, _ := codec.MintRefresh(refresh)
	for name, do := range map[string]func() error{
		"MintAccess":   func() error { _, err := codec.MintAccess(access); return err },
		"MintRefresh":  func() error { _, err := codec.MintRefresh(refresh); return err },
		"ParseAccess":  func() error { _, err := codec.ParseAccess(rawAccess); return err },
		"ParseRefresh": func() error { _, err := codec.ParseRefresh(rawRefresh); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
