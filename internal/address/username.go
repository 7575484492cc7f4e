package address

import (
	"regexp"
	"strings"

	"user-api/internal/apperr"
)

var usernamePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{3,64}$`)

// ParseUsername parses 3 to 64 characters of a-z, 0-9, dot, underscore and hyphen, and
// lower-cases them. It fails with apperr.InvalidUsername.
func ParseUsername(raw string) (string, error) {
	// Checked before lower-casing, which turns some non-ASCII letters into ASCII.
	if !usernamePattern.MatchString(raw) {
		return "", apperr.New(apperr.InvalidUsername).WithField("username")
	}
	return strings.ToLower(raw), nil
}
