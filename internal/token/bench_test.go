package token_test

import (
	"crypto/rand"
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

// The cost of a signature, and of parsing a recently verified token.
func BenchmarkKeys(b *testing.B) {
	for _, alg := range []string{token.HS256, token.ES256, token.EdDSA} {
		o := token.Options{
			AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
			Issuer: "user-api", Audience: "user-api", AccessLife: time.Hour, Now: time.Now, Signing: alg,
		}
		if alg != token.HS256 {
			key, err := token.NewKey(alg, rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			o.Keys = &keys{all: []*token.Key{key}}
		}
		codec, err := token.New(o)
		if err != nil {
			b.Fatal(err)
		}
		now := time.Now()
		access := token.Access{ID: "Zm9vYmFyYmF6cXV4MTIzNA", SessionID: "c2Vzc2lvbi1pZC0xMjM0NTY", UserID: 1 << 50, Role: "user",
			ClientID: "t7k2-9xqd-4tvn-8hwz", AuthTime: now, AMR: []string{"otp", "sms"}, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
		var many []string
		for range 2*8192 + 1 { // more than the cache holds
			raw, err := codec.MintAccess(access)
			if err != nil {
				b.Fatal(err)
			}
			many = append(many, raw)
			access.ExpiresAt = access.ExpiresAt.Add(-time.Second / 8)
		}
		i := 0
		for name, do := range map[string]func() error{
			"Mint":       func() error { _, err := codec.MintAccess(access); return err },
			"ParseSeen":  func() error { _, err := codec.ParseAccess(many[0]); return err },
			"ParseFirst": func() error { i++; _, err := codec.ParseAccess(many[i%len(many)]); return err },
		} {
			b.Run(alg+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := do(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
