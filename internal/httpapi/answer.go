package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const contentTypeJSON = "application/json; charset=utf-8"

// JSON responds with status 200 and v as JSON.
func JSON(w http.ResponseWriter, r *http.Request, v any) {
	// Encode before the first byte is written, so that a failure can still become a 500.
	body, err := json.Marshal(v)
	if err != nil {
		Error(w, r, fmt.Errorf("httpapi: encode answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// NoContent responds with status 204.
func NoContent(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNoContent)
}

// Text responds with status 200 and plain text.
func Text(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}

// Page responds with status 200 and one of our HTML pages. policy is its
// Content-Security-Policy, which also decides who may frame it.
func Page(w http.ResponseWriter, policy, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	if strings.Contains(policy, "frame-ancestors 'none'") {
		h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}

// sandbox allows HTML to be displayed and nothing else: no script, request, form, or link
// out of its frame. Inline styles are allowed.
const sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Sandboxed responds with status 200 and untrusted HTML, for a frame in one of our pages.
func Sandboxed(w http.ResponseWriter, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", sandbox)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}

// Found redirects a browser that sent a GET request.
func Found(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

// SeeOther redirects a browser with a new GET request, so that nothing of the current
// request is repeated (RFC 9700 section 4.12).
func SeeOther(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
