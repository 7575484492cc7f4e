package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"

	"user-api/internal/httpapi"
)

// raw sends text unmodified and reads until the server closes.
func raw(t *testing.T, ts *httptest.Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("write: %v", err)
	}
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func TestNoHeaderSwitchesTheTimeoutOff(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	ts := site{timeout: 50 * time.Millisecond, routes: []rest.Route{
		get("/hang", func(_ http.ResponseWriter, r *http.Request) { <-release }),
	}}.start(t)
	tests := map[string][]string{
		"plain":              {},
		"server-sent events": {"Accept", "text/event-stream"},
		"websocket":          {"Connection", "Upgrade", "Upgrade", "websocket"},
		"both":               {"Accept", "text/event-stream", "Connection", "Upgrade", "Upgrade", "websocket"},
	}
	for name, headers := range tests {
		t.Run(name, func(t *testing.T) {
			res := do(t, http.MethodGet, ts.URL+"/hang", nil, headers...)
			res.wantError(t, 503, "unavailable")
			if got := res.header.Get("Retry-After"); got != "1" {
				t.Errorf("Retry-After = %q, want 1", got)
			}
		})
	}
}

func TestAPanicAfterTheTimeoutIsStillLogged(t *testing.T) {
	release, done := make(chan struct{}), make(chan struct{})
	ts := site{timeout: 20 * time.Millisecond, routes: []rest.Route{
		get("/late", func(http.ResponseWriter, *http.Request) {
			defer close(done)
			<-release
			panic("canary-too-late")
		}),
	}}.start(t)
	id := unique()
	do(t, http.MethodGet, ts.URL+"/late", nil, "X-Request-Id", id).wantError(t, 503, "unavailable")
	close(release)
	<-done
	if lines := waitFor(t, id, "panic: canary-too-late"); len(lines) != 1 {
		t.Errorf("logged %q, want the panic once", lines)
	}
}

func TestTheCauseOfATimeoutIsLoggedOnce(t *testing.T) {
	ts := site{timeout: 20 * time.Millisecond, routes: []rest.Route{
		get("/slow", func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			httpapi.Error(w, r, fmt.Errorf("canary-db: %w", r.Context().Err()))
		}),
	}}.start(t)
	id := unique()
	do(t, http.MethodGet, ts.URL+"/slow", nil, "X-Request-Id", id).wantError(t, 503, "unavailable")
	waitFor(t, id, "canary-db")
	var errs []string
	for _, line := range logged.lines(id) {
		if strings.Contains(line, `"level":"error"`) {
			errs = append(errs, line)
		}
	}
	if len(errs) != 1 || !strings.Contains(errs[0], "canary-db") {
		t.Errorf("logged %q, want the cause once", errs)
	}
}

func TestTheHookCarriesItsHeaders(t *testing.T) {
	ts := site{routes: []rest.Route{get("/hook", func(w http.ResponseWriter, r *http.Request) {
		httpx.ErrorCtx(r.Context(), w, context.DeadlineExceeded)
	})}}.start(t)
	do(t, http.MethodGet, ts.URL+"/hook", nil).wantError(t, 503, "unavailable")
}

func TestOverloadIsA503InOurSchema(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	ts := site{maxConns: 1, routes: []rest.Route{get("/one", func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		httpapi.NoContent(w)
	})}}.start(t)
	first := make(chan int)
	go func() { first <- do(t, http.MethodGet, ts.URL+"/one", nil).status }()
	<-entered
	const canary = "canary-overload"
	do(t, http.MethodGet, ts.URL+"/one?"+canary, nil, "X-Forwarded-For", canary).wantError(t, 503, "unavailable")
	close(release)
	if got := <-first; got != 204 {
		t.Errorf("the first request got %d, want 204", got)
	}
	if found := logged.lines(canary); len(found) > 0 {
		t.Errorf("go-zero logged the query or the header: %q", found)
	}
}

func TestBaggageIsNotRepeated(t *testing.T) {
	ts := site{}.start(t)
	res := do(t, http.MethodGet, ts.URL+"/ok", nil, "Baggage", "canary=1")
	if strings.Contains(fmt.Sprint(res.header), "canary") {
		t.Errorf("the answer repeats the input: %v", res.header)
	}
}

func TestMetricsCountAPanicAsA500(t *testing.T) {
	before := counter(t, "/metric-panic", "500")
	conf := site{routes: []rest.Route{get("/metric-panic", func(http.ResponseWriter, *http.Request) { panic("canary-metric") })}}
	ts := conf.start(t)
	do(t, http.MethodGet, ts.URL+"/metric-panic", nil)
	if got := counter(t, "/metric-panic", "500") - before; got != 1 {
		t.Errorf("counted %v panics as 500, want 1", got)
	}
}

// counter returns go-zero's count of responses on a route.
func counter(t *testing.T, path, code string) float64 {
	t.Helper()
	families, err := prometheus.DefaultGatherer.Gather()
	if err != nil {
		t.Fatalf("gather: %v", err)
	}
	for _, family := range families {
		if family.GetName() != "http_server_requests_code_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["path"] == path && labels["code"] == code {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}
