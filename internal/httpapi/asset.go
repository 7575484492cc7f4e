package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// File is a static file.
type File struct {
	Type string
	// Zipped is Data compressed with gzip, for clients that accept it.
	Data, Zipped []byte
	// Policy is its Content-Security-Policy, or "" for none.
	Policy string
}

// Asset responds with a file whose URL never changes its content.
func Asset(w http.ResponseWriter, r *http.Request, file File) {
	w.Header().Set("Cache-Control", lasting)
	sendFile(w, r, file)
}

// Script responds with a module whose URL is stable while its content changes. Pages of
// other origins may load it only through CORS (Options.OwnOrigins); the resource policy
// prevents loading it as a classic script, to which CORS does not apply.
func Script(w http.ResponseWriter, r *http.Request, file File) {
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", brief)
	tag := etag(file.Data)
	h.Set("ETag", "W/"+tag) // zipped or not
	if !notModified(w, r, tag) {
		sendFile(w, r, file)
	}
}

func sendFile(w http.ResponseWriter, r *http.Request, file File) {
	w.Header().Set("Vary", "Accept-Encoding, Origin") // replaces the Edge's value
	writeFile(w, r, file)
}

func writeFile(w http.ResponseWriter, r *http.Request, file File) {
	h, data := w.Header(), file.Data
	h.Set("Content-Type", file.Type)
	if file.Policy != "" {
		h.Set("Content-Security-Policy", file.Policy)
	}
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		data = file.Zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data)
}

// acceptsGzip reports whether Accept-Encoding lists gzip (RFC 9110 section 12.5.3) with a
// weight above 0.
func acceptsGzip(values []string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
