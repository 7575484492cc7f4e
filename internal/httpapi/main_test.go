package httpapi_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/prometheus"
	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/httpapi"
)

// logged is the log of the whole test process. go-zero's log is global, so each test finds
// its lines by request ID.
var logged buffer

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// lines returns the lines that contain text, oldest first.
func (b *buffer) lines(text string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []string
	for line := range strings.Lines(b.b.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

var ids atomic.Int64

// unique returns a word that no other test, and no other run of this one, uses.
func unique() string { return fmt.Sprintf("unique-%08d", ids.Add(1)) }

func TestMain(m *testing.M) {
	if err := httpapi.SetUpLog(&logged, "debug", "json"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	httpapi.InstallErrorHook()
	prometheus.Enable()
	os.Exit(m.Run())
}

// options returns the options of an Edge that trusts no proxy.
func options() httpapi.Options {
	return httpapi.Options{Now: time.Now, Rand: rand.Reader}
}

// site describes a server under test; zero fields get defaults.
type site struct {
	edge     httpapi.Options
	timeout  time.Duration
	maxConns int
	// readTimeout is how long a client may take to send its request.
	readTimeout time.Duration
	routes      []rest.Route
}

// start serves the site on a loopback port through the full production stack: net/http, the
// Edge, go-zero's router and middleware, Mount.
func (s site) start(t *testing.T) *httptest.Server {
	t.Helper()
	if s.edge.Now == nil {
		s.edge = options()
		// Trusted, so that a test can find its log lines by its own request ID.
		s.edge.TrustedProxies = loopbacks
	}
	if s.timeout == 0 {
		s.timeout = 10 * time.Second
	}
	if s.maxConns == 0 {
		s.maxConns = 100
	}
	server, err := rest.NewServer(httpapi.ServerConf(httpapi.ServerOptions{
		Name: "test", Mode: "test", Timeout: s.timeout, MaxConns: s.maxConns,
	}))
	if err != nil {
		t.Fatalf("NewServer: %v", err)
	}
	routes := append([]rest.Route{{
		Method: http.MethodGet, Path: "/ok", Handler: func(w http.ResponseWriter, r *http.Request) {
			httpapi.JSON(w, r, map[string]bool{"ok": true})
		},
	}}, s.routes...)
	register := func(server *rest.Server) { server.AddRoutes(routes) }
	if err := httpapi.Mount(server, httpapi.Routes{Register: register}); err != nil {
		t.Fatalf("Mount: %v", err)
	}
	app, err := rest.NewServerless(server)
	if err != nil {
		t.Fatalf("NewServerless: %v", err)
	}
	ts := httptest.NewUnstartedServer(http.HandlerFunc(app.Serve))
	httpapi.New(s.edge).Install(ts.Config)
	ts.Config.ReadTimeout = s.readTimeout
	ts.Start()
	t.Cleanup(ts.Close)
	return ts
}

// reply is a response that has been read.
type reply struct {
	status int
	header http.Header
	body   string
}

func do(t *testing.T, method, url string, body io.Reader, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: read: %v", method, url, err)
	}
	return reply{status: res.StatusCode, header: res.Header, body: string(text)}
}

// wantError checks that the reply is an error in our schema, and returns its body.
func (r reply) wantError(t *testing.T, status int, code string) map[string]any {
	t.Helper()
	if r.status != status {
		t.Errorf("status = %d, want %d; body %q", r.status, status, r.body)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatalf("body %q is not JSON: %v", r.body, err)
	}
	for key := range body {
		if !strings.Contains(" code msg requestId field retryAfter attemptsLeft ", " "+key+" ") {
			t.Errorf("body %q has the key %q", r.body, key)
		}
	}
	if body["code"] != code || body["msg"] == "" || body["msg"] == nil {
		t.Errorf("body = %q, want code %q and a msg", r.body, code)
	}
	id := r.header.Get("X-Request-Id")
	if id == "" || body["requestId"] != id {
		t.Errorf("requestId = %v, X-Request-Id = %q, want the same", body["requestId"], id)
	}
	for name, want := range map[string]string{
		"Content-Type":           "application/json; charset=utf-8",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Content-Encoding":       "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if status == 503 && r.header.Get("Retry-After") == "" {
		t.Error("a 503 without Retry-After")
	}
	if after := r.header.Get("Retry-After"); after != "" && after != fmt.Sprint(body["retryAfter"]) {
		t.Errorf("Retry-After = %q, retryAfter = %v, want the same", after, body["retryAfter"])
	}
	return body
}
