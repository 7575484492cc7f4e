package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// File is a file to answer with.
type File struct {
	Type string
	// Zipped is Data compressed by gzip, for clients that take it.
	Data, Zipped []byte
	// Policy is its Content-Security-Policy, where it has one.
	Policy string
}

// Asset answers with a file whose address never has another content.
func Asset(w http.ResponseWriter, r *http.Request, file File) {
	w.Header().Set("Cache-Control", lasting)
	sendFile(w, r, file)
}

// Script answers with a module at an address that stays while its content changes. Pages of
// other origins load it as CORS lets them (Options.OwnOrigins), and not as a script that is
// no module, to which CORS does not apply.
func Script(w http.ResponseWriter, r *http.Request, file File) {
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", brief)
	tag := etag(file.Data)
	h.Set("ETag", "W/"+tag) // zipped or not
	if matchesTag(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	sendFile(w, r, file)
}

func sendFile(w http.ResponseWriter, r *http.Request, file File) {
	h, data := w.Header(), file.Data
	h.Set("Content-Type", file.Type)
	if file.Policy != "" {
		h.Set("Content-Security-Policy", file.Policy)
	}
	h.Set("Vary", "Accept-Encoding, Origin") // go-zero puts it in the place of the Edge's
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		data = file.Zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data)
}

// takesGzip reports whether Accept-Encoding names gzip (RFC 9110, section 12.5.3) and
// does not refuse it.
func takesGzip(values []string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
