package oauth

import (
	"strings"

	"user-api/internal/client"
)

// loopbacks are the origins of redirect URIs of native apps.
var loopbacks = []string{"http://127.0.0.1", "http://[::1]"}

// registered reports whether a redirect URI is exactly one of a client's (RFC 9700 section 2.1).
// For native apps the port of a loopback address is ignored, because they get one when they start
// to listen (RFC 8252 section 7.3).
func registered(app client.Client, uri string) bool {
	for _, known := range app.Redirects {
		if uri == known {
			return true
		}
		given, ok := withoutPort(uri)
		if want, loopback := withoutPort(known); ok && loopback && app.Kind == client.Public && given == want {
			return true
		}
	}
	return false
}

// withoutPort returns a loopback redirect URI without its port; ok is false for any other URI. It
// works on the text, because URL parsers may disagree about unusual URIs.
func withoutPort(uri string) (rest string, ok bool) {
	for _, host := range loopbacks {
		rest, ok := strings.CutPrefix(uri, host)
		if !ok {
			continue
		}
		if digits, found := strings.CutPrefix(rest, ":"); found {
			rest = strings.TrimLeft(digits, "0123456789")
			if n := len(digits) - len(rest); n == 0 || n > 5 {
				return "", false
			}
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return host + rest, true
		}
	}
	return "", false
}
