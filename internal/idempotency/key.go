package idempotency

import (
	"strings"

	"user-api/internal/apperr"
)

// Header is the request header, and the field in errors about it.
const Header = "Idempotency-Key"

// A key must be long enough to be unguessable and short enough to hash.
const (
	minKey = 16
	maxKey = 128
)

// ParseKey parses the values of the header: exactly one, of 16 to 128 visible ASCII characters.
// Commas are refused, because a proxy may join two values with one. It fails with
// apperr.InvalidRequest.
func ParseKey(lines []string) (string, error) {
	if len(lines) != 1 {
		return "", badKey("The header Idempotency-Key must be given once.")
	}
	key := lines[0]
	if len(key) < minKey || len(key) > maxKey || strings.ContainsFunc(key, isInvalid) {
		return "", badKey("The header Idempotency-Key must have 16 to 128 visible ASCII characters and no comma.")
	}
	return key, nil
}

func isInvalid(c rune) bool { return c <= ' ' || c > '~' || c == ',' }

func badKey(detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField(Header).WithDetail(detail)
}
