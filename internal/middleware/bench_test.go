package middleware_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"user-api/internal/httpapi"
	"user-api/internal/middleware"
	"user-api/internal/token"
)

// always is a Liveness that returns true.
type always struct{}

func (always) Check(_ context.Context, access token.Access) (string, error) { return access.Role, nil }

// BenchmarkChain measures a request without its logic: the edge, and the gate without
// Redis.
func BenchmarkChain(b *testing.B) {
	if err := httpapi.SetUpLog(io.Discard, "info", "json"); err != nil {
		b.Fatal(err)
	}
	codec, err := token.New(token.Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Hour, Now: time.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	raw, err := codec.MintAccess(token.Access{ID: "j", SessionID: "s", UserID: 7, Role: "user", IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	edge := httpapi.New(httpapi.Options{Now: time.Now, Rand: rand.Reader})
	chain := edge.Wrap(middleware.NewSessionMiddleware(codec, always{}, nil).Handle(func(w http.ResponseWriter, r *http.Request) {
		httpapi.JSON(w, r, struct{ Active bool }{true})
	}))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/user/check", nil)
		r.Header.Set("Authorization", "Bearer "+raw)
		w := httptest.NewRecorder()
		if chain.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
