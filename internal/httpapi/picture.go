package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	// lasting is for URLs whose content never changes, brief for those whose content may
	// change.
	lasting = "public, max-age=31536000, immutable"
	brief   = "public, max-age=60"
)

// Picture is a JPEG image.
type Picture struct {
	// Tag identifies the content; it consists of letters, digits, - and _.
	Tag string
	// Lasting means that the URL never changes its content.
	Lasting bool
	// Load reads the image. It is not called if the client has it cached.
	Load func() ([]byte, error)
}

// JPEG responds with a picture that anyone may view and embed. Its headers, with the Edge's
// nosniff, prevent browsers from interpreting it as anything that could run in this origin.
func JPEG(w http.ResponseWriter, r *http.Request, p Picture) {
	tag := `"` + p.Tag + `"`
	known := matchesTag(r.Header.Values("If-None-Match"), tag)
	var data []byte
	if !known {
		var err error
		if data, err = p.Load(); err != nil {
			Error(w, r, err)
			return
		}
	}
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", brief)
	if p.Lasting {
		h.Set("Cache-Control", lasting)
	}
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if known {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data)
}

// matchesTag reports whether If-None-Match contains the tag, by weak comparison (RFC 9110
// section 13.1.2).
func matchesTag(values []string, tag string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}
