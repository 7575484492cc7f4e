package httpapi_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

// The table defines for each route the content types, the maximum size, and whether the
// body may be compressed.
func TestBodies_table(t *testing.T) {
	read := func(w http.ResponseWriter, r *http.Request) {
		data, err := httpapi.ReadBody(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, len(data))
	}
	const long = 200_000
	edge := options()
	edge.Bodies = httpapi.Bodies{
		"PUT /picture": {Types: []string{"image/png", "image/jpeg"}, Max: long, Gzip: true},
		"POST /small":  {Types: []string{"text/plain"}, Max: 10},
	}
	ts := site{edge: edge, routes: []rest.Route{
		{Method: http.MethodPut, Path: "/picture", Handler: read},
		{Method: http.MethodPost, Path: "/picture", Handler: read},
		{Method: http.MethodPost, Path: "/small", Handler: read},
	}}.start(t)
	full := strings.Repeat("a", long)
	for _, c := range []struct {
		name, method, path, kind, encoding, body string
		chunks                                   bool
		status                                   int
		code                                     string
	}{
		{"a type", "PUT", "/picture", "image/png", "", full, false, 200, ""},
		{"the other type, in chunks", "PUT", "/picture", "image/jpeg", "", full, true, 200, ""},
		{"compressed", "PUT", "/picture", "image/jpeg", "gzip", zip(full), false, 200, ""},
		{"longer", "PUT", "/picture", "image/png", "", full + "a", false, 413, "body_too_large"},
		{"longer in chunks", "PUT", "/picture", "image/png", "", full + "a", true, 413, "body_too_large"},
		{"much longer", "PUT", "/picture", "image/png", "", strings.Repeat(full, 20), false, 413, "body_too_large"},
		{"longer once unpacked", "PUT", "/picture", "image/png", "gzip", zip(strings.Repeat(full, 20)), false, 413, "body_too_large"},
		{"another type", "PUT", "/picture", "image/gif", "", "a", false, 415, "unsupported_media_type"},
		{"JSON", "PUT", "/picture", "application/json", "", "{}", false, 415, "unsupported_media_type"},
		{"a form", "PUT", "/picture", urlForm, "", "a=b", false, 415, "unsupported_media_type"},
		{"by another method", "POST", "/picture", "image/png", "", "a", false, 415, "unsupported_media_type"},
		{"by another method, long", "POST", "/picture", "application/json", "", full, false, 413, "body_too_large"},
		{"a small one", "POST", "/small", "text/plain", "", "0123456789", false, 200, ""},
		{"too long for small", "POST", "/small", "text/plain", "", "0123456789a", false, 413, "body_too_large"},
		{"compressed where that is not taken", "POST", "/small", "text/plain", "gzip", zip("a"), false, 415, "unsupported_media_type"},
	} {
		headers := []string{"Content-Type", c.kind}
		if c.encoding != "" {
			headers = append(headers, "Content-Encoding", c.encoding)
		}
		res := do(t, c.method, ts.URL+c.path, bytes.NewReader([]byte(c.body)), headers...)
		if c.chunks {
			res = do(t, c.method, ts.URL+c.path, chunked(strings.NewReader(c.body)), headers...)
		}
		if c.status != 200 {
			res.wantError(t, c.status, c.code)
		} else if res.status != 200 {
			t.Errorf("%s: %d %s", c.name, res.status, res.body)
		}
	}
}
