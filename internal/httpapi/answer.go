package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const contentTypeJSON = "application/json; charset=utf-8"

// JSON answers 200 with v.
func JSON(w http.ResponseWriter, r *http.Request, v any) {
	// Encoded before the first byte leaves, so that a failure can still be a 500.
	body, err := json.Marshal(v)
	if err != nil {
		Error(w, r, fmt.Errorf("httpapi: encode answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", contentTypeJSON)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// NoContent answers 204.
func NoContent(w http.ResponseWriter) {
	w.WriteHeader(http.StatusNoContent)
}

// Text answers 200 with a text, for those who ask for one in return.
func Text(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}

// Page answers 200 with a page of ours, whose policy says all that it may do, and who may
// frame it.
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

// sandbox lets a text be shown, and nothing else: no script, no request, no form, no link
// that leads out of its frame. Its own styles are part of it.
const sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Sandboxed answers 200 with HTML that is not ours, for a frame of a page of ours.
func Sandboxed(w http.ResponseWriter, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", sandbox)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(text))
}

// Found sends a browser that has come by GET to an address.
func Found(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusFound)
}

// SeeOther sends a browser to an address, by a request that repeats nothing of this one
// (RFC 9700 section 4.12).
func SeeOther(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
