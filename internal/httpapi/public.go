package httpapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// PublicJSON answers with a document that is the same for everybody and may be held for a
// while. Pages of every origin may read it: it says nothing about who asks.
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
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentTypeJSON)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// Document is a public document that was made before. Zipped is Data compressed by gzip, Tag
// names the content.
type Document struct {
	Tag          string
	Data, Zipped []byte
	// Type is its content type, JSON where it is empty, and Policy the
	// Content-Security-Policy of a page.
	Type, Policy string
	// Age is for how long it may be held.
	Age time.Duration
}

// PublicDocument answers with what is the same for everybody, as PublicJSON does. The
// tag is a weak one: it is the same whether the answer is compressed or not.
func PublicDocument(w http.ResponseWriter, r *http.Request, f Document) {
	tag := `"` + f.Tag + `"`
	h := w.Header()
	h.Set("ETag", "W/"+tag)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(f.Age.Seconds())))
	h.Set("Access-Control-Allow-Origin", anyOrigin)
	h.Add("Vary", "Accept-Encoding")
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	data := f.Data
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		data = f.Zipped
	}
	h.Set("Content-Type", cmp.Or(f.Type, contentTypeJSON))
	if f.Policy != "" {
		h.Set("Content-Security-Policy", f.Policy)
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data)
}

// etag names a content.
func etag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}
