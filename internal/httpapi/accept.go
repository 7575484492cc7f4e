package httpapi

import (
	"net/http"
	"strconv"
	"strings"
)

// PrefersHTML reports whether the client is a browser that will display the response: its
// Accept header (RFC 9110 section 12.5.1) lists HTML with a higher weight than JSON.
func PrefersHTML(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	html, named := weightOf(accept, "text/html", "text/*")
	asJSON, _ := weightOf(accept, "application/json", "application/*", "*/*")
	return named && html > asJSON
}

// weightOf returns the weight of the first of the ranges listed in accept, and whether one
// is listed with a weight above 0.
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
