package httpapi_test

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"

	"user-api/internal/httpapi"
)

// decoding returns a route that reads a request and responds without a body.
func decoding(calls *atomic.Int64) rest.Route {
	return rest.Route{Method: http.MethodPost, Path: "/user/otp", Handler: func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if err := httpapi.Decode(r, &otpReq{}); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}}
}

// chunked hides the length of a body, so that it is sent in chunks.
func chunked(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

func TestBodies(t *testing.T) {
	var calls atomic.Int64
	ts := site{routes: []rest.Route{decoding(&calls)}}.start(t)
	const canary = "canary-4711"
	huge := strings.Repeat(canary, 10<<20/len(canary))
	tests := map[string]struct {
		body    io.Reader
		headers []string
		status  int
		code    string
	}{
		"chunked JSON":       {chunked(strings.NewReader(`{"phone":"1"}`)), []string{"Content-Type", "application/json"}, 204, ""},
		"gzip":               {strings.NewReader(zip(`{"phone":"1"}`)), []string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, 204, ""},
		"10 MB":              {strings.NewReader(huge), []string{"Content-Type", "application/json"}, 413, "body_too_large"},
		"10 MB in chunks":    {chunked(strings.NewReader(huge)), []string{"Content-Type", "application/json"}, 413, "body_too_large"},
		"10 MB of a number":  {chunked(strings.NewReader(`{"phone":` + strings.Repeat("1", 10<<20))), []string{"Content-Type", "application/json"}, 413, "body_too_large"},
		"gzip bomb":          {strings.NewReader(zip(strings.Repeat(" ", 4<<20))), []string{"Content-Type", "application/json", "Content-Encoding", "gzip"}, 413, "body_too_large"},
		"malformed":          {strings.NewReader(`{"phone":"` + canary), []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"malformed, chunked": {chunked(strings.NewReader(canary)), []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"wrong value":        {strings.NewReader(`{"phone":"1","channel":"` + canary + `"}`), []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"unknown key":        {strings.NewReader(`{"` + canary + `":1}`), []string{"Content-Type", "application/json"}, 400, "invalid_request"},
		"form":               {strings.NewReader("phone=" + canary), []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"},
		"text":               {strings.NewReader(canary), []string{"Content-Type", "text/plain"}, 415, "unsupported_media_type"},
		"nothing":            {nil, nil, 400, "invalid_request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res := do(t, http.MethodPost, ts.URL+"/user/otp", test.body, test.headers...)
			if test.code != "" {
				res.wantError(t, test.status, test.code)
			} else if res.status != test.status {
				t.Errorf("status = %d, want %d; body %q", res.status, test.status, res.body)
			}
			if strings.Contains(fmt.Sprint(res), canary) {
				t.Errorf("the answer repeats the input: %v", res)
			}
		})
	}
	if found := logged.lines(canary); len(found) > 0 {
		t.Errorf("the log repeats the input: %.200q", found)
	}
}

// Handlers that do not use Decode are subject to the limits too.
func TestTheEdgeBoundsWhatAnyHandlerCanRead(t *testing.T) {
	var read atomic.Int64
	ts := site{routes: []rest.Route{{Method: http.MethodPost, Path: "/read", Handler: func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		read.Store(n)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		httpapi.NoContent(w)
	}}}}.start(t)
	tests := map[string]struct {
		body   io.Reader
		kind   string
		status int
		code   string
		most   int64
	}{
		"length told": {strings.NewReader(strings.Repeat("x", 1<<20)), "text/plain", 413, "body_too_large", 0},
		"in chunks":   {chunked(strings.NewReader(strings.Repeat("x", 1<<20))), "text/plain", 413, "body_too_large", 66 << 10},
		"form":        {strings.NewReader("a=b"), "Application/X-WWW-Form-Urlencoded; charset=utf-8", 415, "unsupported_media_type", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			read.Store(0)
			do(t, http.MethodPost, ts.URL+"/read", test.body, "Content-Type", test.kind).wantError(t, test.status, test.code)
			if n := read.Load(); n > test.most {
				t.Errorf("the handler read %d bytes, want %d at most", n, test.most)
			}
		})
	}
}

// The route does what go-zero's own handlers do: it parses any body.
func TestMultipartIsRefusedBeforeAnythingParsesIt(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	var parsed atomic.Bool
	ts := site{routes: []rest.Route{{Method: http.MethodPost, Path: "/form", Handler: func(w http.ResponseWriter, r *http.Request) {
		parsed.Store(true)
		_ = httpx.Parse(r, &struct {
			A string `form:"a,optional"`
		}{})
		httpapi.NoContent(w)
	}}}}.start(t)

	pr, pw := io.Pipe()
	form := multipart.NewWriter(pw)
	go func() {
		part, _ := form.CreateFormFile("f", "f")
		block := make([]byte, 1<<20)
		for range 45 {
			if _, err := part.Write(block); err != nil {
				break
			}
		}
		pw.CloseWithError(form.Close())
	}()
	res := do(t, http.MethodPost, ts.URL+"/form", pr, "Content-Type", form.FormDataContentType())
	res.wantError(t, 415, "unsupported_media_type")
	if parsed.Load() {
		t.Error("the handler was reached")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files: %v, %v, want none", left, err)
	}
}
