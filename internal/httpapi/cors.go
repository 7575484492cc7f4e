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
	// corsHeaders are what this service reads, and what tracing libraries add to
	// every request of a page.
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent, tracestate, baggage"
	corsExposed = "Retry-After, X-Request-Id, X-Session-Id, X-User-Id, X-User-Role, WWW-Authenticate"
	// corsMaxAge is how long a browser may remember a preflight, in seconds.
	corsMaxAge = "600"
	anyOrigin  = "*"
)

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'+.^_`|~-]{1,64}$")
	// appOrigin is the origin of an app's own web view, as capacitor://localhost.
	appOrigin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[a-z0-9._-]+(:[1-9][0-9]{0,4})?$`)
	// opaque are the schemes whose pages have no origin but "null", or cannot be
	// pages at all.
	opaque = []string{"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "ws", "wss"}
)

// checkOrigin accepts "*" and what browsers and web views write into an Origin
// header: scheme and host in lower case, the port only when it is not the default.
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

// allowedHeaders is the list of headers that a page may send.
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

// cors lets pages of the listed origins read the answer, and reports whether
// the request is a preflight, which it has then answered. Credentials (cookies)
// are never allowed: tokens travel in a header that a page sets itself.
func (e *Edge) cors(w http.ResponseWriter, r *http.Request) bool {
	if len(e.origins) == 0 {
		return false
	}
	origins := e.origins
	if own, ok := e.own[r.URL.Path]; ok {
		origins = own
	}
	h := w.Header()
	// Told to every caller, or a cache may serve one origin another's answer.
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
