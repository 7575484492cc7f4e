package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

func get(path string, h http.HandlerFunc) rest.Route {
	return rest.Route{Method: http.MethodGet, Path: path, Handler: h}
}

func TestEverySuccessHasTheHeaders(t *testing.T) {
	ts := site{}.start(t)
	res := do(t, http.MethodGet, ts.URL+"/ok", nil)
	if res.status != 200 || res.body != `{"ok":true}` {
		t.Errorf("got %d %q, want 200 and the body", res.status, res.body)
	}
	for name, want := range map[string]string{
		"Content-Type":           "application/json; charset=utf-8",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Vary":                   "",
	} {
		if got := res.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if id := res.header.Get("X-Request-Id"); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
		t.Errorf("X-Request-Id = %q, want 32 hex digits", id)
	}
}

func TestAHandlerMayAllowCaching(t *testing.T) {
	ts := site{routes: []rest.Route{get("/keys", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		httpapi.JSON(w, r, 1)
	})}}.start(t)
	if got := do(t, http.MethodGet, ts.URL+"/keys", nil).header.Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("Cache-Control = %q, want the handler's", got)
	}
}

func TestClientTextIsMadeFitToStore(t *testing.T) {
	var client reqctx.Client
	h := httpapi.New(options()).Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		client = reqctx.ClientFrom(r.Context())
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", "Mo\x00zil\nla\u202e \xff"+strings.Repeat("é", 300))
	r.Header.Set("Accept-Language", "de\x7f-DE")
	h.ServeHTTP(httptest.NewRecorder(), r)
	ua := client.UserAgent
	if !strings.HasPrefix(ua, "Mozilla é") || len(ua) > 255 || len(ua) < 254 || !utf8.ValidString(ua) {
		t.Errorf("UserAgent = %d bytes %q, want 255 at most of printable UTF-8", len(ua), ua)
	}
	if client.Languages != "de-DE" {
		t.Errorf("Languages = %q, want de-DE", client.Languages)
	}
}

func TestOptionsStarIsOurs(t *testing.T) {
	ts := site{}.start(t)
	res := raw(t, ts, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(res, "HTTP/1.1 404") || !strings.Contains(res, `"code":"not_found"`) {
		t.Errorf("got %q, want our 404", res)
	}
}

func TestTheEdgeServesManyAtOnce(t *testing.T) {
	ts := site{routes: []rest.Route{{Method: http.MethodPost, Path: "/echo/:n", Handler: func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			N int `path:"n"`
			M int `json:"m"`
		}
		if err := httpapi.Decode(r, &req); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		if req.N%3 == 0 {
			panic(fmt.Sprint("canary-many ", req.N))
		}
		httpapi.JSON(w, r, req)
	}}}}.start(t)
	var wg sync.WaitGroup
	for n := range 100 {
		wg.Go(func() {
			body := fmt.Sprintf(`{"m":%d}`, n)
			res := do(t, http.MethodPost, fmt.Sprintf("%s/echo/%d", ts.URL, n), strings.NewReader(body), "Content-Type", "application/json")
			if n%3 == 0 {
				res.wantError(t, 500, "internal")
			} else if want := fmt.Sprintf(`{"N":%d,"m":%d}`, n, n); res.body != want {
				t.Errorf("body = %q, want %q", res.body, want)
			}
		})
	}
	wg.Wait()
}

// While draining, responses close their connection.
func TestDrainingClosesConnections(t *testing.T) {
	var draining bool
	o := options()
	o.Draining = func() bool { return draining }
	edge := httpapi.New(o)
	ask := func() string {
		answer := httptest.NewRecorder()
		edge.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { httpapi.NoContent(w) })).
			ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/ok", nil))
		return answer.Header().Get("Connection")
	}
	if got := ask(); got != "" {
		t.Errorf("while serving: Connection %q, want none", got)
	}
	draining = true
	if got := ask(); got != "close" {
		t.Errorf("while draining: Connection %q, want close", got)
	}
}
