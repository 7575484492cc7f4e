package identity_test

import (
	"testing"

	"user-api/internal/identity"
)

func BenchmarkParsePhone(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := identity.ParsePhone("+919876543210", "IN"); err != nil {
			b.Fatal(err)
		}
	}
}
