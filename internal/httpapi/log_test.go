package httpapi_test

import (
	"context"
	"io"
	"log"
	"strings"
	"testing"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/httpapi"
)

func TestSetUpLogRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ level, encoding string }{{"warn", "json"}, {"", "json"}, {"info", "xml"}, {"info", ""}} {
		if err := httpapi.SetUpLog(io.Discard, c.level, c.encoding); err == nil {
			t.Errorf("SetUpLog(%q, %q): nil, want an error", c.level, c.encoding)
		}
	}
}

func TestWhateverLogsIsRedacted(t *testing.T) {
	const secret = "canary-redacted-0123456789"
	write := map[string]func(){
		"info":     func() { logx.Info("Bearer " + secret) },
		"field":    func() { logx.Infow("canary-field", logx.Field("password", secret)) },
		"context":  func() { logx.WithContext(context.Background()).Error("Bearer " + secret) },
		"slow":     func() { logx.Slow("Bearer " + secret) },
		"severe":   func() { logx.Severe("Bearer " + secret) },
		"stack":    func() { logx.ErrorStack("Bearer " + secret) },
		"alert":    func() { logx.Alert("Bearer " + secret) },
		"standard": func() { log.Print("Bearer " + secret) },
		"net/http": func() { httpapi.ServerLog().Print("http: Bearer " + secret) },
	}
	for name, f := range write {
		before := len(logged.lines("***"))
		f()
		if after := len(logged.lines("***")); after <= before {
			t.Errorf("%s: nothing masked was written", name)
		}
	}
	if found := logged.lines(secret); len(found) > 0 {
		t.Errorf("the log holds the secret: %q", found)
	}
}

func TestStatisticsAreNotLogged(t *testing.T) {
	logx.Stat("canary-stat")
	if found := logged.lines("canary-stat"); len(found) > 0 {
		t.Errorf("logged %q, want nothing", found)
	}
}

func TestServerLogLevels(t *testing.T) {
	l := httpapi.ServerLog()
	tls, accept := unique(), unique()
	l.Print("http: TLS handshake error from 203.0.113.9:1: EOF " + tls)
	l.Print("http: Accept error " + accept)
	for text, level := range map[string]string{tls: "debug", accept: "error"} {
		lines := logged.lines(text)
		if len(lines) != 1 || !strings.Contains(lines[0], `"level":"`+level+`"`) {
			t.Errorf("%s: logged %q, want one line of level %s", text, lines, level)
		}
	}
}
