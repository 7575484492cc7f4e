package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, X-Request-Id"
	corsExposed = "Retry-After, X-Request-Id, WWW-Authenticate"
	// corsMaxAge is how long a browser may remember a preflight, in seconds.
	corsMaxAge = "600"
	anyOrigin  = "*"
)

// checkOrigin accepts "*" and what a browser writes into an Origin header:
// scheme and host in lower case, the port only when it is not the default.
func checkOrigin(origin string) error {
	if origin == anyOrigin {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		origin != strings.ToLower(u.Scheme+"://"+u.Host) ||
		(u.Scheme == "http" && u.Port() == "80") || (u.Scheme == "https" && u.Port() == "443") {
		return fmt.Errorf("httpapi: the origin %q is not scheme://host[:port] as browsers send it", origin)
	}
	return nil
}

// cors lets pages of the listed origins read the answer, and reports whether
// the request is a preflight, which it has then answered. Credentials (cookies)
// are never allowed: tokens travel in a header that a page sets itself.
func (e *Edge) cors(w http.ResponseWriter, r *http.Request) bool {
	if len(e.origins) == 0 {
		return false
	}
	h := w.Header()
	// Told to every caller, or a cache may serve one origin another's answer.
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	switch {
	case origin == "":
		return false
	case slices.Contains(e.origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	case slices.Contains(e.origins, anyOrigin):
		h.Set("Access-Control-Allow-Origin", anyOrigin)
	default:
		return false
	}
	h.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
