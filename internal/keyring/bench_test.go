package keyring_test

import (
	"crypto/rand"
	"testing"

	"user-api/internal/keyring"
)

func BenchmarkSeal(b *testing.B) {
	ring, err := keyring.New(make([]byte, 32), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	plain := make([]byte, 40) // about the size of a challenge
	sealed, err := ring.Seal("challenge", plain)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ring.Seal("challenge", plain)
		}
	})
	b.Run("Open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ring.Open("challenge", sealed)
		}
	})
}

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
