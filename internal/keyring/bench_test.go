package keyring_test

import (
	"testing"

	"user-api/internal/keyring"
)

func BenchmarkPseudonym(b *testing.B) {
	ring, err := keyring.New(make([]byte, 32), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ring.Pseudonym("address", "phone", "+919876543210")
	}
}
