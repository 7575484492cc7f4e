package idempotency

import (
	"strings"

	"user-api/internal/apperr"
)

// Header is the name of the request header, and of the field at fault in a refusal.
const Header = "Idempotency-Key"

// A key has at least as many characters as make it hard to guess, and no more
// than are worth to hash.
const (
	minKey = 16
	maxKey = 128
)

// ParseKey reads the lines of the header: exactly one, of 16 to 128 visible ASCII
// characters. A comma is refused, because a proxy may join two lines by one. Fails
// with apperr.InvalidRequest.
func ParseKey(lines []string) (string, error) {
	if len(lines) != 1 {
		return "", badKey("The header Idempotency-Key must be given once.")
	}
	key := lines[0]
	if len(key) < minKey || len(key) > maxKey || strings.ContainsFunc(key, unfit) {
		return "", badKey("The header Idempotency-Key must have 16 to 128 visible ASCII characters and no comma.")
	}
	return key, nil
}

func unfit(c rune) bool { return c <= ' ' || c > '~' || c == ',' }

func badKey(detail string) error {
	return apperr.New(apperr.InvalidRequest).WithField(Header).WithDetail(detail)
}
