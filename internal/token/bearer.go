package token

import "strings"

// Bearer returns the token of an Authorization header (RFC 6750 section 2.1): the scheme
// in any case, one space and the token.
func Bearer(header string) (string, bool) {
	scheme, raw, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || raw == "" || strings.ContainsAny(raw, " \t,") {
		return "", false
	}
	return raw, true
}
