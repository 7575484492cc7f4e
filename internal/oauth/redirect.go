package oauth

import (
	"strings"

	"user-api/internal/client"
)

// loopbacks begin the redirect URIs of an app that listens on its own device.
var loopbacks = []string{"http://127.0.0.1", "http://[::1]"}

// registered reports whether a redirect URI is one of a client's, letter by letter (RFC
// 9700 section 2.1). Of an app on other people's devices the port of a loopback address
// is not compared, which such an app gets when it begins to listen (RFC 8252 section 7.3).
func registered(one client.Client, uri string) bool {
	for _, known := range one.Redirects {
		if uri == known {
			return true
		}
		given, ok := withoutPort(uri)
		if want, loopback := withoutPort(known); ok && loopback && one.Kind == client.Public && given == want {
			return true
		}
	}
	return false
}

// withoutPort is a redirect URI to a loopback address without its port; ok is false for
// any other. It looks at the text alone: two readers of URLs may differ about an odd one.
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
