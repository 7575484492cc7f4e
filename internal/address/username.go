package address

import (
	"regexp"
	"strings"

	"user-api/internal/apperr"
)

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{3,64}$`)

// ParseUsername reads 3 to 64 characters of a-z, 0-9, dot, underscore and
// hyphen, lower-cased. Fails with apperr.InvalidUsername.
func ParseUsername(raw string) (string, error) {
	// Before lower-casing, which makes ASCII of some letters that are none.
	if !usernamePattern.MatchString(raw) {
		return "", apperr.New(apperr.InvalidUsername).WithField("username")
	}
	return strings.ToLower(raw), nil
}
