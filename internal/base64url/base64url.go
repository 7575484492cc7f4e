// Package base64url encodes and decodes tokens, IDs and encrypted data with exactly one
// valid spelling each. The decoder of encoding/base64 ignores line breaks, even in strict
// mode: a used token with a line break would be a different text.
package base64url

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// Encoding is base64url without padding.
type Encoding struct{ *base64.Encoding }

// Strict refuses a second spelling of the same bytes. Its Decode still ignores line breaks.
var Strict = Encoding{base64.RawURLEncoding.Strict()}

// DecodeString decodes what EncodeToString has written, and nothing else.
func (e Encoding) DecodeString(text string) ([]byte, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return e.Encoding.DecodeString(text)
}

// Random returns n random bytes, encoded.
func Random(rand io.Reader, n int) (string, error) {
	raw := make([]byte, n)
	if _, err := io.ReadFull(rand, raw); err != nil {
		return "", fmt.Errorf("random bytes: %w", err)
	}
	return Strict.EncodeToString(raw), nil
}

// SHA256 returns the digest of a text, encoded, as in a code_challenge (RFC 7636).
func SHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return Strict.EncodeToString(sum[:])
}
