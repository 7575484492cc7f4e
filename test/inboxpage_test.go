package test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/internal/devbox"
	"user-api/test/kit"
)

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// A browser gets the page, other clients the messages.
func TestInbox_forBrowsers(t *testing.T) {
	on, off := kit.New(t, kit.Embedded), kit.New(t, kit.Embedded, "Web: {Inbox: false}")
	for accept, page := range map[string]bool{
		browser: true, "": false, "*/*": false, "application/json": false, "application/json, text/html": false,
		"text/html": true, "text/html;q=0.4, application/*;q=0.5": false, "text/html;q=0": false,
	} {
		for app, page := range map[*kit.App]bool{on: page, off: false} {
			resp := app.Do(kit.Request{Method: http.MethodGet, Path: "/dev/inbox", Header: map[string]string{"Accept": accept}})
			resp.Want(t, http.StatusOK, "")
			if got := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"); got != page || resp.Header.Get("Vary") == "" {
				t.Errorf("Accept %q: a page is %v, want %v; Vary %q", accept, got, page, resp.Header.Get("Vary"))
			}
		}
	}
	for _, at := range []string{"/dev/inbox/stream?once=true", "/dev/inbox/mail/x"} {
		off.Get(at, "").Want(t, http.StatusNotFound, "not_found")
	}
}

// A mail is shown in a sandbox, and only if it has HTML.
func TestInbox_mail(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	app.AskCode(phone)
	list, _ := app.Get("/dev/inbox", "").JSON["messages"].([]any)
	sms, _ := list[0].(object)["id"].(string)
	mail := app.Get("/dev/inbox/mail/"+letter(app, "asha@example.com"), "")
	mail.Want(t, http.StatusOK, "")
	if policy := mail.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox; default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("the policy of a mail is %q", policy)
	}
	for _, id := range []string{sms, "none", "%2e%2e"} {
		app.Get("/dev/inbox/mail/"+id, "").Want(t, http.StatusNotFound, "not_found")
	}
}

// stream follows the inbox from after an id and returns a function that reads up to an
// event.
func stream(t *testing.T, app *kit.App, after string) (until func(name string) string, end context.CancelFunc) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, app.URL+"/dev/inbox/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", after)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the stream is answered %d %s", resp.StatusCode, got)
	}
	t.Cleanup(func() { resp.Body.Close() })
	lines := bufio.NewReader(resp.Body)
	return func(name string) string {
		var all strings.Builder
		for {
			line, err := lines.ReadString('\n')
			all.WriteString(line)
			if err == io.EOF && name == "" {
				return all.String()
			}
			if err != nil {
				t.Fatalf("event %s did not arrive: %v\n%s", name, err, &all)
			}
			if name != "" && strings.HasPrefix(line, "event: "+name+"\n") {
				data, _ := lines.ReadString('\n')
				return all.String() + data
			}
		}
	}, end
}

// The stream sends each message once and immediately, and resumes where a reader left off.
// A refused request appears with its limit and the fill levels of the others.
func TestInbox_stream(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	until, _ := stream(t, app, "")
	if first := until("ready"); strings.Contains(first, "event: message") {
		t.Errorf("an empty inbox sends %s", first)
	}
	_, code := app.AskCode(phone)
	told := until("message")
	for _, want := range []string{`"otp":"` + code + `"`, `"step":"asked"`, "id: "} {
		if !strings.Contains(told, want) {
			t.Errorf("a message was sent without %s: %s", want, told)
		}
	}
	app.Post("/user/otp", object{"phone": phone}).Want(t, http.StatusTooManyRequests, "rate_limited")
	for told = ""; !strings.Contains(told, `"limit":"cooldown"`) || !strings.Contains(told, `"limit":"address","used":1`); {
		told += until("ask")
	}
	list, _ := app.Get("/dev/inbox", "").JSON["messages"].([]any)
	id, _ := list[0].(object)["id"].(string)
	again, _ := stream(t, app, id)
	if told := again("ready"); strings.Contains(told, "event: message") || !strings.Contains(told, "event: ask") {
		t.Errorf("a returning reader gets %s", told)
	}
	lost, _ := stream(t, app, "an id that is gone")
	if told := lost("ready"); strings.Count(told, "event: message") != 1 {
		t.Errorf("a reader whose position is gone gets %s", told)
	}
}

// The number of streams is limited, and they end with the process.
func TestInbox_streamEnds(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	var last func(string) string
	var end context.CancelFunc
	for range devbox.MaxReaders {
		last, end = stream(t, app, "")
		last("ready")
	}
	app.Get("/dev/inbox/stream?once=true", "").Want(t, http.StatusServiceUnavailable, "unavailable")
	end()
	app.Await("room for one more", func() bool { return app.Get("/dev/inbox/stream?once=true", "").Status == http.StatusOK })
	last, _ = stream(t, app, "")
	last("ready")
	begun := time.Now()
	app.Stop()
	if took := time.Since(begun); took > kit.Busy(5*time.Second) {
		t.Errorf("the shutdown takes %v", took)
	}
	last("")
}
