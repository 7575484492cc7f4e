package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// Asset answers with a file of a page, whose address never has another content. zipped
// is data compressed by gzip, for clients that take it.
func Asset(w http.ResponseWriter, r *http.Request, media string, data, zipped []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", lasting)
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
		data = zipped
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
