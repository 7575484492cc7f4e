// Package readable encodes random bytes so that people can read them out and type them:
// in groups of four characters, from an alphabet without lookalikes.
package readable

import (
	"encoding/base32"
	"fmt"
	"io"
	"strings"
)

const group = 4

// alphabet is Crockford's base32.
var alphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns a text of the given number of random bytes, which must be a multiple of five.
func New(rand io.Reader, bytes int) (string, error) {
	raw := make([]byte, bytes)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return "", fmt.Errorf("readable: %w", err)
	}
	text := alphabet.EncodeToString(raw)
	var groups []string
	for i := 0; i < len(text); i += group {
		groups = append(groups, text[i:min(i+group, len(text))])
	}
	return strings.Join(groups, "-"), nil
}

// Plain normalizes a typed text: lower case, without hyphens, and with lookalike letters
// replaced by the digits they stand for.
func Plain(text string) string {
	return strings.NewReplacer("-", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(text))
}
