package password_test

import (
	"context"
	"testing"

	"user-api/internal/password"
)

func BenchmarkHash(b *testing.B) {
	h := newHasher(b, password.Options{})
	for b.Loop() {
		mustHash(b, h, phrase)
	}
}

// BenchmarkVerify compares with a wrong password; BenchmarkVerifyNone must not
// differ from it.
func BenchmarkVerify(b *testing.B) {
	h := newHasher(b, password.Options{})
	phc := mustHash(b, h, phrase)
	for b.Loop() {
		if ok, _, err := h.Verify(context.Background(), phc, "wrong"); ok || err != nil {
			b.Fatalf("Verify = %t, %v, want false", ok, err)
		}
	}
}

func BenchmarkVerifyNone(b *testing.B) {
	h := newHasher(b, password.Options{})
	for b.Loop() {
		if err := h.VerifyNone(context.Background(), "wrong"); err != nil {
			b.Fatalf("VerifyNone: %v", err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		if err := password.Check(phrase, password.UserNames{Username: "alice", Phone: "+919876543210", Email: "alice@example.com"}); err != nil {
			b.Fatalf("Check: %v", err)
		}
	}
}
