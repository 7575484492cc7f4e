package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// PrefersHTML reports whether the client is a browser that shows what it is answered: its
// Accept (RFC 9110, section 12.5.1) names HTML, and JSON with less weight.
func PrefersHTML(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	html, named := weightOf(accept, "text/html", "text/*")
	asJSON, _ := weightOf(accept, "application/json", "application/*", "*/*")
	return named && html > asJSON
}

// weightOf is the weight of the first of some ranges that Accept names, and whether it
// names any.
func weightOf(accept string, ranges ...string) (weight float64, named bool) {
	for _, wanted := range ranges {
		for item := range strings.SplitSeq(accept, ",") {
			parts := strings.Split(item, ";")
			if !strings.EqualFold(strings.TrimSpace(parts[0]), wanted) {
				continue
			}
			for _, part := range parts[1:] {
				if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(part)), "q="); ok {
					n, err := strconv.ParseFloat(q, 64)
					return n, err == nil && n > 0
				}
			}
			return 1, true
		}
	}
	return 0, false
}
