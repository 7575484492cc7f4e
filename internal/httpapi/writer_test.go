package httpapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
)

func TestFrameworkRefusalsAreInOurSchema(t *testing.T) {
	ts := site{routes: []rest.Route{
		{Method: http.MethodPost, Path: "/ok", Handler: func(http.ResponseWriter, *http.Request) {}},
		get("/bare", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }),
		get("/bare401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }),
		get("/teapot", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "short and stout", http.StatusTeapot) }),
		get("/huge", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			w.Header().Set("Content-Encoding", "br")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1_000_000))
		}),
		get("/fake", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"code":"otp_invalid","msg":"x","requestId":"another"}`)
		}),
	}}.start(t)
	tests := map[string]struct {
		method, path string
		status       int
		code         string
		allow        string
	}{
		"unknown path":         {http.MethodGet, "/nowhere", 404, "not_found", ""},
		"absurd path":          {http.MethodGet, "/%00/../%2e%2e/" + strings.Repeat("a/", 500), 404, "not_found", ""},
		"wrong method":         {http.MethodDelete, "/ok", 405, "method_not_allowed", "GET, HEAD, POST"},
		"unknown method":       {"BREW", "/ok", 405, "method_not_allowed", "GET, HEAD, POST"},
		"trace":                {http.MethodTrace, "/ok", 405, "method_not_allowed", "DELETE, GET, HEAD, PATCH, POST, PUT"},
		"options without CORS": {http.MethodOptions, "/ok", 405, "method_not_allowed", "GET, HEAD, POST"},
		"bare 503":             {http.MethodGet, "/bare", 503, "unavailable", ""},
		"bare 401":             {http.MethodGet, "/bare401", 401, "unauthorized", ""},
		"text":                 {http.MethodGet, "/teapot", 418, "invalid_request", ""},
		"a megabyte":           {http.MethodGet, "/huge", 502, "internal", ""},
		"another's id":         {http.MethodGet, "/fake", 409, "invalid_request", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res := do(t, test.method, ts.URL+test.path, nil)
			res.wantError(t, test.status, test.code)
			if got := res.header.Get("Allow"); got != test.allow {
				t.Errorf("Allow = %q, want %q", got, test.allow)
			}
			if got := res.header.Get("WWW-Authenticate"); (got == "Bearer") != (test.status == 401) {
				t.Errorf("WWW-Authenticate = %q", got)
			}
		})
	}
}

func TestOurOwnErrorsPassUnchanged(t *testing.T) {
	ts := site{routes: []rest.Route{get("/limited", func(w http.ResponseWriter, r *http.Request) {
		httpapi.Error(w, r, apperr.New(apperr.RateLimited).WithField("phone").WithRetryAfter(90*time.Second))
	})}}.start(t)
	body := do(t, http.MethodGet, ts.URL+"/limited", nil).wantError(t, 429, "rate_limited")
	if body["field"] != "phone" || body["retryAfter"] != 90.0 {
		t.Errorf("body = %v, want field phone and 90 s", body)
	}
}

func TestEarlyHintsAreNotTheAnswer(t *testing.T) {
	ts := site{}.start(t)
	ts.Config.Handler = httpapi.New(options()).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		httpapi.Error(w, r, apperr.New(apperr.NotFound))
	}))
	do(t, http.MethodGet, ts.URL+"/", nil).wantError(t, 404, "not_found")
}

func TestFlushReachesTheConnection(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.New(options()).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if !w.Flushed || w.Code != 200 {
		t.Errorf("flushed = %v, status = %d, want true, 200", w.Flushed, w.Code)
	}
}

func TestAFlushDoesNotSendAnErrorUnseen(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.New(options()).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "secret text", http.StatusBadRequest)
		w.(http.Flusher).Flush()
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 400 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("got %d %s, want our 400", w.Code, w.Body)
	}
}
