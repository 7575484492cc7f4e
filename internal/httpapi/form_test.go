package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

const (
	formPath = "/webhook/form"
	urlForm  = "application/x-www-form-urlencoded"
)

// Only one method of one path accepts a form, unmodified.
func TestForms(t *testing.T) {
	read := func(w http.ResponseWriter, r *http.Request) {
		form, err := httpapi.ReadBody(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.JSON(w, r, map[string]string{"form": string(form)})
	}
	edge := options()
	edge.Bodies = httpapi.Bodies{"POST " + formPath: {Types: []string{urlForm}, Max: httpapi.MaxBody}}
	ts := site{edge: edge, routes: []rest.Route{
		{Method: http.MethodPost, Path: formPath, Handler: read},
		{Method: http.MethodPut, Path: formPath, Handler: read},
		{Method: http.MethodPost, Path: formPath + "/below", Handler: read},
	}}.start(t)
	full := strings.Repeat("a", httpapi.MaxBody)
	tests := []struct {
		name, method, path string
		body               io.Reader
		headers            []string
		status             int
		want               string
	}{
		{"a form", "POST", formPath, strings.NewReader("a=1&a=2&b=%zz"), []string{"Content-Type", urlForm}, 200, "a=1&a=2&b=%zz"},
		{"with a charset", "POST", formPath, strings.NewReader("a=1"), []string{"Content-Type", urlForm + "; charset=UTF-8"}, 200, "a=1"},
		{"in chunks", "POST", formPath, chunked(strings.NewReader("a=1")), []string{"Content-Type", urlForm}, 200, "a=1"},
		{"nothing", "POST", formPath, nil, nil, 200, ""},
		{"as long as may be", "POST", formPath, strings.NewReader(full), []string{"Content-Type", urlForm}, 200, full},
		{"longer", "POST", formPath, strings.NewReader(full + "a"), []string{"Content-Type", urlForm}, 413, "body_too_large"},
		{"longer in chunks", "POST", formPath, chunked(strings.NewReader(full + "a")), []string{"Content-Type", urlForm}, 413, "body_too_large"},
		{"much longer in chunks", "POST", formPath, chunked(strings.NewReader(strings.Repeat(full, 100))), []string{"Content-Type", urlForm}, 413, "body_too_large"},
		{"a multipart form", "POST", formPath, strings.NewReader("--b--"), []string{"Content-Type", "multipart/form-data; boundary=b"}, 415, "unsupported_media_type"},
		{"both", "POST", formPath, strings.NewReader("a=1"), []string{"Content-Type", urlForm, "Content-Type", "multipart/form-data; boundary=b"}, 415, "unsupported_media_type"},
		{"twice", "POST", formPath, strings.NewReader("a=1"), []string{"Content-Type", urlForm, "Content-Type", urlForm}, 415, "unsupported_media_type"},
		{"something like it", "POST", formPath, strings.NewReader("a=1"), []string{"Content-Type", urlForm + "x"}, 415, "unsupported_media_type"},
		{"JSON", "POST", formPath, strings.NewReader("{}"), []string{"Content-Type", "application/json"}, 415, "unsupported_media_type"},
		{"compressed", "POST", formPath, strings.NewReader(zip("a=1")), []string{"Content-Type", urlForm, "Content-Encoding", "gzip"}, 415, "unsupported_media_type"},
		{"another method", "PUT", formPath, strings.NewReader("a=1"), []string{"Content-Type", urlForm}, 415, "unsupported_media_type"},
		{"another path", "POST", formPath + "/below", strings.NewReader("a=1"), []string{"Content-Type", urlForm}, 415, "unsupported_media_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := do(t, tt.method, ts.URL+tt.path, tt.body, tt.headers...)
			if tt.status != http.StatusOK {
				res.wantError(t, tt.status, tt.want)
				return
			}
			if want := `{"form":` + quoted(tt.want) + `}`; res.status != tt.status || strings.TrimSpace(string(res.body)) != want {
				t.Errorf("got %d %.100q, want %d %.100q", res.status, res.body, tt.status, want)
			}
		})
	}
}

// quoted returns text as our JSON encodes it.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, "&", `\u0026`) + `"` }
