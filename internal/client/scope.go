package client

import (
	"slices"
	"strings"
)

// What a client may be allowed. internal/server says which route of administrators
// needs which.
const (
	AuditRead       = "audit:read"
	Introspect      = "introspect"
	RevocationsRead = "revocations:read"
	SessionsWrite   = "sessions:write"
	UsersRead       = "users:read"
	UsersWrite      = "users:write"
)

// Scopes are all of them.
var Scopes = []string{AuditRead, Introspect, RevocationsRead, SessionsWrite, UsersRead, UsersWrite}

// scopesOf reads a list that is separated by spaces (RFC 6749 section 3.3), and reports
// whether each is one of Scopes. The list comes back in order and without repetitions.
func scopesOf(text string) (list []string, ok bool) {
	list = strings.Fields(text)
	for _, scope := range list {
		if !slices.Contains(Scopes, scope) {
			return nil, false
		}
	}
	slices.Sort(list)
	return slices.Compact(list), true
}

// both are the scopes that are in two lists.
func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(scope string) bool { return !slices.Contains(b, scope) })
}
