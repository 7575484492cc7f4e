package client

import (
	"slices"
	"strings"
)

// The scopes of clients. internal/server defines which administrator route requires which.
const (
	AuditRead       = "audit:read"
	Introspect      = "introspect"
	RevocationsRead = "revocations:read"
	SessionsWrite   = "sessions:write"
	UsersRead       = "users:read"
	UsersWrite      = "users:write"
)

// Scopes lists all scopes.
var Scopes = []string{AuditRead, Introspect, RevocationsRead, SessionsWrite, UsersRead, UsersWrite}

// scopesOf parses a space-separated list (RFC 6749 section 3.3) and reports whether all its
// elements are in Scopes. The result is sorted and without duplicates.
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

// intersection returns the scopes that are in both lists.
func intersection(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(scope string) bool { return !slices.Contains(b, scope) })
}
