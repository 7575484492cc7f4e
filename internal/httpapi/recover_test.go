package httpapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

func TestPanics(t *testing.T) {
	late := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"half":`)
		panic("canary-late")
	}
	ts := site{routes: []rest.Route{
		get("/early", func(http.ResponseWriter, *http.Request) { panic("canary-early") }),
		get("/late", late),
		get("/error", func(http.ResponseWriter, *http.Request) { panic(errors.New("canary-error")) }),
	}}.start(t)
	for _, name := range []string{"early", "late", "error"} {
		t.Run(name, func(t *testing.T) {
			res := do(t, http.MethodGet, ts.URL+"/"+name+"?secret=canary-query", nil, "Authorization", "Bearer canary-header")
			res.wantError(t, 500, "internal")
			var lines []string
			for _, line := range logged.lines(res.header.Get("X-Request-Id")) {
				if strings.Contains(line, "panic: ") {
					lines = append(lines, line)
				}
			}
			if len(lines) != 1 || !strings.Contains(lines[0], "canary-"+name) || !strings.Contains(lines[0], "recover_test.go") {
				t.Fatalf("logged %q, want the panic once with the stack of its place", lines)
			}
			for _, secret := range []string{"canary-header", "canary-query"} {
				if found := logged.lines(secret); len(found) > 0 {
					t.Errorf("the request is in the log: %q", found)
				}
			}
			if strings.Contains(res.body, "canary") || strings.Contains(res.body, "half") {
				t.Errorf("body = %q, want nothing of the panic or the half answer", res.body)
			}
		})
	}
}

func TestAPanicOutsideAnyRouteIsA500Too(t *testing.T) {
	canary := unique()
	h := httpapi.New(options()).Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) || len(logged.lines("panic: "+canary)) != 1 {
		t.Errorf("got %d %s, logged %q", w.Code, w.Body, logged.lines(canary))
	}
}

func TestAnAnswerOnItsWayIsCutByAPanic(t *testing.T) {
	for name, p := range map[string]any{"panic": "canary-cut", "abort": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			h := httpapi.New(options()).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic(p)
			}))
			defer func() {
				if got := recover(); got != http.ErrAbortHandler {
					t.Errorf("recovered %v, want http.ErrAbortHandler", got)
				}
			}()
			h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		})
	}
}

func TestAnAbortReachesNetHTTPThroughARoute(t *testing.T) {
	ts := site{routes: []rest.Route{get("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })}}.start(t)
	if res, err := http.Get(ts.URL + "/abort"); err == nil {
		res.Body.Close()
		t.Errorf("got %s, want the connection cut", res.Status)
	}
}
