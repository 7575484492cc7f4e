package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
)

func TestAccessLog(t *testing.T) {
	ts := site{routes: []rest.Route{
		get("/user/otp/:otpId", func(w http.ResponseWriter, _ *http.Request) { httpapi.NoContent(w) }),
		get("/healthz", func(w http.ResponseWriter, _ *http.Request) { httpapi.NoContent(w) }),
		get("/readyz", func(w http.ResponseWriter, r *http.Request) {
			httpapi.Error(w, r, apperr.New(apperr.Unavailable).WithField("redis"))
		}),
	}}.start(t)
	tests := map[string]struct {
		method, path string
		want         []string
		level        string
	}{
		"route":        {"GET", "/user/otp/canary0123456789?x=canary-query", []string{`"path":"/user/otp/:otpId"`, `"status":204`, `"bytes":0`, `"method":"GET"`, `"ip":"127.0.0.1"`, `"ms":`}, "info"},
		"success":      {"GET", "/ok", []string{`"path":"/ok"`, `"status":200`, `"bytes":11`}, "info"},
		"no route":     {"GET", "/v1/+919876543210/a@b.example/1234/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl/word", []string{`"path":"/v1/*/*/*/*/word"`, `"status":404`}, "info"},
		"long word":    {"GET", "/a/" + strings.Repeat("b", 33) + "/" + strings.Repeat("c", 32), []string{`"path":"/a/*/` + strings.Repeat("c", 32) + `"`}, "info"},
		"long path":    {"GET", strings.Repeat("/a", 100), []string{`"path":"` + strings.Repeat("/a", 64) + `"`}, "info"},
		"line break":   {"GET", "/a%0ab", []string{`"path":"/*"`}, "info"},
		"odd method":   {"SECRET1234", "/ok", []string{`"method":"OTHER"`, `"status":405`}, "info"},
		"health":       {"GET", "/healthz", []string{`"path":"/healthz"`}, "debug"},
		"not so ready": {"GET", "/readyz", []string{`"path":"/readyz"`, `"status":503`}, "info"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			id := unique()
			do(t, test.method, ts.URL+test.path, nil, "X-Request-Id", id)
			lines := waitFor(t, id, `"content":"request"`)
			if len(lines) != 1 {
				t.Fatalf("logged %d lines, want 1: %q", len(lines), lines)
			}
			for _, want := range append(test.want, `"level":"`+test.level+`"`) {
				if !strings.Contains(lines[0], want) {
					t.Errorf("the line lacks %s: %s", want, lines[0])
				}
			}
			if strings.Contains(lines[0], "canary") {
				t.Errorf("the line contains the path or the query: %s", lines[0])
			}
		})
	}
}

// waitFor returns the log lines of a request. The access line is written after the
// response.
func waitFor(t *testing.T, id, text string) []string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var lines []string
		for _, line := range logged.lines(id) {
			if strings.Contains(line, text) {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			return lines
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

func TestDurationsComeFromTheClock(t *testing.T) {
	now := time.Unix(0, 0)
	o := options()
	o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // httptest's peer
	o.Now = func() time.Time { now = now.Add(250 * time.Millisecond); return now }
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	id := unique()
	r.Header.Set("X-Request-Id", id)
	httpapi.New(o).Wrap(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	if lines := logged.lines(id); len(lines) != 1 || !strings.Contains(lines[0], `"ms":250`) {
		t.Errorf("logged %q, want one line of 250 ms", lines)
	}
}
