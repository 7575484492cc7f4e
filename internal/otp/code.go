package otp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"user-api/internal/keyring"
)

// deriveCode returns the challenge's code: digits decimal digits, all values equally likely.
// It is derived for each send and never stored. The salt never leaves the store, and the key
// never enters it. As in RFC 4226 an HMAC is truncated, but to 64 bits, and values that would
// favour small codes are rejected.
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

// digest returns what the store holds of a code: enough to recognise it, useless without the
// key.
func digest(key *keyring.MAC, id, code string) string {
	return hex.EncodeToString(key.Sum("digest", id, code))
}
