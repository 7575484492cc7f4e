package otp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"user-api/internal/keyring"
)

// deriveCode gives the challenge's code: digits decimal digits, each value
// equally likely. It is computed when it is sent and never stored. The salt never
// leaves the store, and the key never enters it. Like RFC
// 4226 it truncates an HMAC, but it takes 64 bits and rejects what would favour
// small values.
func deriveCode(key *keyring.MAC, digits int, salt, id, purpose, address string) string {
	modulus := uint64(math.Pow10(digits))
	limit := math.MaxUint64 - math.MaxUint64%modulus
	sum := key.Sum("code", salt, id, purpose, address)
	for {
		for i := 0; i < sha256.Size; i += 8 {
			if v := binary.BigEndian.Uint64(sum[i:]); v < limit {
				return fmt.Sprintf("%0*d", digits, v%modulus)
			}
		}
		sum = key.Sum(string(sum))
	}
}

// digest is what the store holds of a code: enough to recognise it, nothing
// without the key.
func digest(key *keyring.MAC, id, code string) string {
	return hex.EncodeToString(key.Sum("digest", id, code))
}
