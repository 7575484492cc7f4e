package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

const (
	// lasting is of an address whose content never changes, brief of one whose content
	// may.
	lasting = "public, max-age=31536000, immutable"
	brief   = "public, max-age=60"
)

// Picture is a picture to answer with.
type Picture struct {
	// Tag names the content; it has letters, digits, - and _.
	Tag string
	// Lasting says that this address never has another content.
	Lasting bool
	// Load reads it. It is not called where the client has it already.
	Load func() ([]byte, error)
}

// JPEG answers with a picture that everybody may see and embed, and that no browser
// takes for anything else: nothing of it can ever run as a page of this origin. The
// Edge adds nosniff.
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

// matchesTag reports whether If-None-Match has the tag (RFC 9110, section 13.1.2),
// which is compared weakly.
func matchesTag(values []string, tag string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}
