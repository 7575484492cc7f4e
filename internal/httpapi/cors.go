package httpapi

import (
	"net/http"
	"slices"
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
