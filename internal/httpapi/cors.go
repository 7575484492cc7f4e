package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	// corsHeaders are the headers that this service reads, and those that tracing libraries
	// add to every request of a page.
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent, tracestate, baggage"
	corsExposed = "Retry-After, X-Request-Id, X-Session-Id, X-User-Id, X-User-Role, WWW-Authenticate"
	// corsMaxAge is how long, in seconds, a browser may cache a preflight response.
	corsMaxAge = "600"
	anyOrigin  = "*"
)

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}$")
	// appOrigin matches the origin of an app's web view, such as capacitor://localhost.
	appOrigin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[a-z0-9._-]+(:[1-9][0-9]{0,4})?$`)
	// opaque lists schemes whose pages have the origin "null" or that cannot serve pages.
	opaque = []string{"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "ws", "wss"}
)

// checkOrigin accepts "*" and origins as browsers and web views send them: scheme and host
// in lower case, and a port only if it is not the default.
func checkOrigin(origin string) error {
	if origin == anyOrigin {
		return nil
	}
	u, err := url.Parse(origin)
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https")
	switch {
	case err != nil || u.Hostname() == "" || strings.Contains(origin, "*"):
	case web && origin == strings.ToLower(u.Scheme+"://"+u.Host) && !strings.HasSuffix(u.Host, ":") &&
		!(u.Scheme == "http" && u.Port() == "80") && !(u.Scheme == "https" && u.Port() == "443"):
		return nil
	case !web && appOrigin.MatchString(origin) && !slices.Contains(opaque, u.Scheme):
		return nil
	}
	return fmt.Errorf("httpapi: the origin %q is not scheme://host[:port] as browsers send it", origin)
}

// allowedHeaders returns the value of Access-Control-Allow-Headers.
func allowedHeaders(more []string) (string, error) {
	list := corsHeaders
	for _, name := range more {
		if !headerName.MatchString(name) {
			return "", fmt.Errorf("httpapi: %q is not the name of a header", name)
		}
		list += ", " + name
	}
	return list, nil
}

// cors adds the CORS headers for allowed origins, and reports whether it answered the
// request as a preflight. Credentials (cookies) are never allowed: pages send tokens in a
// header.
func (e *Edge) cors(w http.ResponseWriter, r *http.Request) bool {
	if len(e.origins) == 0 {
		return false
	}
	origins := e.origins
	if own, ok := e.own[r.URL.Path]; ok {
		origins = own
	}
	h := w.Header()
	// Set for every client, or a cache could serve one origin's response to another.
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	switch {
	case origin == "":
		return false
	case slices.Contains(origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	case slices.Contains(origins, anyOrigin):
		h.Set("Access-Control-Allow-Origin", anyOrigin)
	default:
		return false
	}
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", e.headers)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
