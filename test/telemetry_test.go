package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/test/kit"
)

// Spans record the route, statement, Redis command or send and its duration, but nothing
// about the user.
func TestTelemetry(t *testing.T) {
	t.Setenv("TZ", "UTC") // serial: there is one collector for the process
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		file := filepath.Join(t.TempDir(), "spans")
		app := kit.New(t, backend, kit.Option(fmt.Sprintf("Telemetry: {Batcher: file, Endpoint: %q}", file)))
		tokens := app.SignIn(phone)
		app.Post("/user/register", object{"username": "somebody", "password": passOne}).Want(t, 200, "")
		app.Get("/user/info", tokens.Access).Want(t, 200, "")
		app.Get("/dev/inbox?to=%2B919876543210", "").Want(t, 200, "")
		app.Get("/user/otp/none", "").Want(t, 404, "not_found")
		app.Stop()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spans := string(text)
		for _, name := range []string{"POST /user/login", "GET /user/info", "GET /user/otp/:otpId", "sql", "redis evalsha", "send inbox"} {
			if !strings.Contains(spans, `"Name":"`+name+`"`) {
				t.Errorf("%s: no span is named %q", backend, name)
			}
		}
		for _, secret := range []string{strings.TrimPrefix(phone, "+"), "somebody", "none", tokens.Access, tokens.Refresh, "otp/n"} {
			if strings.Contains(spans, secret) {
				t.Errorf("%s: the spans contain %q", backend, secret)
			}
		}
		// The span of a statement belongs to the trace of its request.
		request := regexp.MustCompile(`"Name":"GET /user/otp/:otpId","SpanContext":\{"TraceID":"(\w+)"`).FindStringSubmatch(spans)
		if request == nil || strings.Count(spans, request[1]) < 3 {
			t.Errorf("%s: a command of Redis is not in the trace of its request", backend)
		}
	}
}

// A collector that is down costs only the spans.
func TestTelemetry_collectorGone(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, batcher := range []string{"otlpgrpc", "otlphttp"} {
		app := kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf("Telemetry: {Batcher: %s, Endpoint: \"127.0.0.1:1\"}", batcher)))
		app.SignIn(phone)
		app.Stop()
	}
}
