package wire

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
)

// Shown reports, in constant time, whether an unsigned callback contains the secret: as token in
// its query, or as the password of HTTP Basic. An empty secret never matches.
func Shown(secret, query, authorization string) bool {
	if secret == "" {
		return false
	}
	values, _ := url.ParseQuery(query) // a malformed query has no token
	_, password, _ := (&http.Request{Header: http.Header{"Authorization": {authorization}}}).BasicAuth()
	return Same(secret, values.Get("token")) || Same(secret, password)
}

// Same compares in constant time, without disclosing the length of the secret.
func Same(secret, shown string) bool {
	a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(shown))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
