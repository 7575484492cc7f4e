package httpapi_test

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/rest"
	"go.opentelemetry.io/otel/trace"

	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

var ourID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// An ID or a trace is trusted only from a trusted proxy. An ID from any other client
// appears only in the access log.
func TestRequestIDAndTraceAreBelievedFromProxiesAlone(t *testing.T) {
	for _, c := range []struct {
		name    string
		proxies []netip.Prefix
		given   []string
		// kept means that a proxy's ID is used, claimed that a stranger's ID is logged.
		kept, claimed bool
	}{
		{"a proxy's", loopbacks, []string{"0123-abc.DEF_"}, true, false},
		{"a proxy's of 64", loopbacks, []string{strings.Repeat("a", 64)}, true, false},
		{"a proxy's of 65", loopbacks, []string{strings.Repeat("a", 65)}, false, false},
		{"a proxy's short one", loopbacks, []string{"short"}, false, false},
		{"a proxy's with a space", loopbacks, []string{"with space"}, false, false},
		{"a proxy's markup", loopbacks, []string{"<script>alert(1)</script>"}, false, false},
		{"a proxy's letters", loopbacks, []string{"caf\u00e9-caf\u00e9-caf"}, false, false},
		{"a proxy's empty one", loopbacks, []string{""}, false, false},
		{"a proxy's none", loopbacks, nil, false, false},
		{"a proxy's two", loopbacks, []string{"0123-abc.DEF_", "another-one"}, false, false},
		{"a stranger's", nil, []string{"victim-req-0001"}, false, true},
		{"a stranger's of 64", nil, []string{strings.Repeat("b", 64)}, false, true},
		{"a stranger's of 65", nil, []string{strings.Repeat("b", 65)}, false, false},
		{"a stranger's markup", nil, []string{"<script>canary</script>"}, false, false},
		{"a stranger's line break", nil, []string{"canary\"}\t{\"a"}, false, false},
		{"a stranger's two", nil, []string{"victim-req-0002", "victim-req-0003"}, false, false},
		{"of another proxy", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, []string{"victim-req-0004"}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen string
			var traced trace.SpanContext
			var left http.Header
			o := options()
			o.TrustedProxies = c.proxies
			ts := site{edge: o, routes: []rest.Route{get("/id", func(w http.ResponseWriter, r *http.Request) {
				seen, traced, left = reqctx.ClientFrom(r.Context()).RequestID, trace.SpanContextFromContext(r.Context()), r.Header
				httpapi.NoContent(w)
			})}}.start(t)
			headers := []string{"Traceparent", traceparent, "Tracestate", "a=b", "Baggage", "c=d"}
			for _, id := range c.given {
				headers = append(headers, "X-Request-Id", id)
			}
			id := do(t, http.MethodGet, ts.URL+"/id", nil, headers...).header.Get("X-Request-Id")
			if id != seen || c.kept != (len(c.given) > 0 && id == c.given[0]) || !c.kept && !ourID.MatchString(id) {
				t.Errorf("given %q: the answer has %q, the context %q, want it kept: %t", c.given, id, seen, c.kept)
			}
			proxy := len(c.proxies) > 0 && c.proxies[0] == loopbacks[0]
			if got := traced.TraceID().String() == traceID; got != proxy {
				t.Errorf("the trace is taken: %t, want %t", got, proxy)
			}
			for _, name := range []string{"X-Request-Id", "Traceparent", "Tracestate", "Baggage"} {
				if value := left.Get(name); value != "" {
					t.Errorf("%s: %q is left to be believed by others", name, value)
				}
			}
			lines := waitFor(t, id, `"content":"request"`)
			if len(lines) != 1 {
				t.Fatalf("logged %q, want one line", lines)
			}
			if got := strings.Contains(lines[0], `"trace":"`+traceID+`"`); got != proxy {
				t.Errorf("the trace is logged: %t, want %t: %s", got, proxy, lines[0])
			}
			switch {
			case c.claimed && !strings.Contains(lines[0], `"clientRequestId":"`+c.given[0]+`"`):
				t.Errorf("the line lacks the client's id %q: %s", c.given[0], lines[0])
			case !c.claimed && strings.Contains(lines[0], "clientRequestId"):
				t.Errorf("the line has a client's id: %s", lines[0])
			}
		})
	}
}
