package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	app         = "https://app.example:8443"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, X-Request-Id, traceparent, tracestate, baggage"
)

func TestCORS(t *testing.T) {
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization"}
	tests := map[string]struct {
		origins []string
		method  string
		path    string
		headers []string
		status  int
		allowed string
	}{
		"off":                   {nil, "GET", "/ok", []string{"Origin", app}, 200, ""},
		"off, preflight":        {nil, "OPTIONS", "/ok", append(preflight, "Origin", app), 405, ""},
		"listed":                {[]string{app}, "GET", "/ok", []string{"Origin", app}, 200, app},
		"listed, error":         {[]string{app}, "GET", "/nowhere", []string{"Origin", app}, 404, app},
		"listed, preflight":     {[]string{app}, "OPTIONS", "/ok", append(preflight, "Origin", app), 204, app},
		"preflight, no route":   {[]string{app}, "OPTIONS", "/nowhere", append(preflight, "Origin", app), 204, app},
		"options, no preflight": {[]string{app}, "OPTIONS", "/ok", []string{"Origin", app}, 405, app},
		"of an app":             {[]string{"capacitor://localhost"}, "OPTIONS", "/ok", append(preflight, "Origin", "capacitor://localhost"), 204, "capacitor://localhost"},
		"of another app":        {[]string{"capacitor://localhost"}, "GET", "/ok", []string{"Origin", "capacitor://localhost.evil.example"}, 200, ""},
		"of an app elsewhere":   {[]string{"capacitor://localhost"}, "GET", "/ok", []string{"Origin", "ionic://localhost"}, 200, ""},
		"no origin":             {[]string{app}, "GET", "/ok", nil, 200, ""},
		"other scheme":          {[]string{app}, "GET", "/ok", []string{"Origin", "http://app.example:8443"}, 200, ""},
		"other port":            {[]string{app}, "GET", "/ok", []string{"Origin", "https://app.example"}, 200, ""},
		"sub-domain":            {[]string{app}, "GET", "/ok", []string{"Origin", "https://x.app.example:8443"}, 200, ""},
		"suffix":                {[]string{app}, "GET", "/ok", []string{"Origin", "https://evilapp.example:8443"}, 200, ""},
		"prefix":                {[]string{app}, "GET", "/ok", []string{"Origin", app + ".evil.example"}, 200, ""},
		"null":                  {[]string{app}, "GET", "/ok", []string{"Origin", "null"}, 200, ""},
		"foreign preflight":     {[]string{app}, "OPTIONS", "/ok", append(preflight, "Origin", "https://evil.example"), 405, ""},
		"everyone":              {[]string{"*"}, "GET", "/ok", []string{"Origin", "https://any.example"}, 200, "*"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Origins, o.Headers = test.origins, []string{"X-App-Version"}
			ts := site{edge: o}.start(t)
			res := do(t, test.method, ts.URL+test.path, nil, test.headers...)
			h := res.header
			if res.status != test.status {
				t.Errorf("status = %d, want %d", res.status, test.status)
			}
			if got := h.Get("Access-Control-Allow-Origin"); got != test.allowed {
				t.Errorf("Access-Control-Allow-Origin = %q, want %q", got, test.allowed)
			}
			if got := h.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("Access-Control-Allow-Credentials = %q, want none", got)
			}
			if got := h.Get("Vary") == "Origin"; got != (test.origins != nil) {
				t.Errorf("Vary = %q with origins %v", h.Get("Vary"), test.origins)
			}
			if h.Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
			if test.allowed == "" {
				return
			}
			if got := h.Get("Access-Control-Expose-Headers"); got != "Retry-After, X-Request-Id, X-Session-Id, X-User-Id, X-User-Role, WWW-Authenticate" {
				t.Errorf("Access-Control-Expose-Headers = %q", got)
			}
			if test.status != 204 {
				return
			}
			if got := h.Get("Access-Control-Allow-Methods"); got != "GET, POST, PUT, PATCH, DELETE" {
				t.Errorf("Access-Control-Allow-Methods = %q", got)
			}
			if got := h.Get("Access-Control-Allow-Headers"); got != corsHeaders+", X-App-Version" {
				t.Errorf("Access-Control-Allow-Headers = %q", got)
			}
		})
	}
}

func TestPreflightReachesNoHandler(t *testing.T) {
	o := options()
	o.Origins = []string{app}
	ts := site{edge: o}.start(t)
	res := do(t, http.MethodOptions, ts.URL+"/ok", strings.NewReader("x"), "Origin", app, "Access-Control-Request-Method", "TRACE")
	if res.status != 204 || res.body != "" {
		t.Errorf("got %d %q, want 204 and nothing", res.status, res.body)
	}
}
