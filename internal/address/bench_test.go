package address_test

import (
	"testing"

	"user-api/internal/address"
)

func BenchmarkParsePhone(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := address.ParsePhone("+919876543210", "IN"); err != nil {
			b.Fatal(err)
		}
	}
}
