package httpapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// PublicJSON responds with a cacheable document that is the same for all clients. Pages of
// every origin may read it.
func PublicJSON(w http.ResponseWriter, r *http.Request, v any, age time.Duration) {
	body, err := json.Marshal(v)
	if err != nil {
		Error(w, r, fmt.Errorf("httpapi: encode answer: %w", err))
		return
	}
	tag := etag(body)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age.Seconds())))
	h.Set("Access-Control-Allow-Origin", anyOrigin)
	if notModified(w, r, tag) {
		return
	}
	h.Set("Content-Type", contentTypeJSON)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// Document is a prepared public document. Zipped is Data compressed with gzip; Tag
// identifies the content.
type Document struct {
	Tag          string
	Data, Zipped []byte
	// Type is its content type, JSON if empty; Policy is the Content-Security-Policy of a
	// page.
	Type, Policy string
	// Age is how long it may be cached.
	Age time.Duration
}

// PublicDocument responds with a prepared document, as PublicJSON does. The tag is weak,
// because it is the same with and without compression.
func PublicDocument(w http.ResponseWriter, r *http.Request, f Document) {
	tag := `"` + f.Tag + `"`
	h := w.Header()
	h.Set("ETag", "W/"+tag)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(f.Age.Seconds())))
	h.Set("Access-Control-Allow-Origin", anyOrigin)
	h.Add("Vary", "Accept-Encoding")
	if !notModified(w, r, tag) {
		writeFile(w, r, File{cmp.Or(f.Type, contentTypeJSON), f.Data, f.Zipped, f.Policy})
	}
}

// notModified reports whether the client has the content of tag cached, and then responds
// with status 304.
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	if !matchesTag(r.Header.Values("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// etag returns a tag derived from the content.
func etag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}
