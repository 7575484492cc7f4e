package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
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
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
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

// PublicFile answers with a file that is the same for everybody, as PublicJSON does; tag
// names its content. The tag is a weak one: it is the same whether the answer is compressed
// or not.
func PublicFile(w http.ResponseWriter, r *http.Request, file File, tag string, age time.Duration) {
	tag = `"` + tag + `"`
	h := w.Header()
	h.Set("ETag", "W/"+tag)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(age.Seconds())))
	h.Set("Access-Control-Allow-Origin", anyOrigin)
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		h.Add("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	sendFile(w, r, file)
}
