package wire

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
)

// Shown reports, in constant time, whether a callback that nobody signs shows the
// secret: as token in its query, or as the password of HTTP Basic. An empty secret is
// never shown.
func Shown(secret, query, authorization string) bool {
	if secret == "" {
		return false
	}
	values, _ := url.ParseQuery(query) // one that is none has no token
	_, password, _ := (&http.Request{Header: http.Header{"Authorization": {authorization}}}).BasicAuth()
	return same(secret, values.Get("token")) || same(secret, password)
}

// same compares without telling how long the secret is.
func same(secret, shown string) bool {
	a, b := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(shown))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
