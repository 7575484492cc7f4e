package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/cli"
	"user-api/internal/svc"
	"user-api/internal/testkit"
	"user-api/internal/webhook"
)

// The operator sees the undelivered events of an endpoint, tests it, and replays them; no
// secret is printed.
func TestWebhooks(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	var status atomic.Int64
	status.Store(500)
	var ids []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids = append(ids, r.Header.Get("webhook-id"))
		w.WriteHeader(int(status.Load()))
	}))
	defer receiver.Close()
	const secret = "whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc"
	file, _ := confFile(t, fmt.Sprintf("Mode: test\nWebhooks: [{Name: orders, Url: %q, Secret: %s, AllowPrivate: true}]\n", receiver.URL, secret))
	run := func(line string, want int) string {
		t.Helper()
		code, out, errs := command(append(strings.Fields(line), "-f", file)...)
		if code != want {
			t.Errorf("%s: exit code %d, want %d: %s%s", line, code, want, out, errs)
		}
		if strings.Contains(out+errs, secret[6:]) {
			t.Errorf("%s shows the secret: %s%s", line, out, errs)
		}
		return out
	}
	type endpoint struct {
		Name, State, LastFailure string
		Pending, Failed          int64
	}
	list := func() endpoint {
		t.Helper()
		var all []endpoint
		if err := json.Unmarshal([]byte(run("webhooks list --json", cli.Done)), &all); err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		return all[0]
	}
	deliver := func() {
		inService(t, file, func(s *svc.ServiceContext) {
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				s.Webhooks.Run(ctx)
			}()
			for { // until the first attempt has been recorded
				all, err := s.Webhooks.List(ctx)
				if err != nil || all[0].Pending == 0 || all[0].Failures > 0 {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			stop()
			<-done
		})
	}
	run("user create --phone +919876543210", cli.Done)
	if got := list(); got != (endpoint{Name: "orders", State: webhook.StateWell, Pending: 1}) {
		t.Errorf("at first: %+v", got)
	}
	deliver()
	if got := list(); got != (endpoint{Name: "orders", State: webhook.StateFailing, Pending: 1, LastFailure: "500"}) {
		t.Errorf("after a failure: %+v", got)
	}
	if out := run("webhooks list", cli.Done); !strings.Contains(out, "failing (500, 1 in a row)") || !strings.Contains(out, "never") {
		t.Errorf("list: %s", out)
	}
	if out := run("webhooks test orders", cli.Failed); out != "500\n" {
		t.Errorf("test: %s", out)
	}
	status.Store(204)
	if out := run("webhooks test orders --json", cli.Done); !strings.Contains(out, `"204"`) || !strings.Contains(out, "true") {
		t.Errorf("test: %s", out)
	}
	if out := run("webhooks replay orders --since 1h --json", cli.Done); !strings.Contains(out, `"replayed": 0`) {
		t.Errorf("replay of nothing: %s", out)
	}
	if out := run("webhooks replay orders --id "+ids[0], cli.Done); out != "0 will be sent again\n" {
		t.Errorf("replay of what is pending: %s", out)
	}
	run("webhooks test other", cli.Failed)
	run("webhooks replay other --since 1h", cli.Failed)
	run("webhooks replay orders --since -1h", cli.Misused)
	run("webhooks replay orders", cli.Misused)
	run("webhooks replay orders --since 1h --id x", cli.Misused)
	if out := run("doctor", cli.Done); !strings.Contains(out, "ok    webhooks: orders is reachable") {
		t.Errorf("doctor: %s", out)
	}
	receiver.Close()
	if out := run("doctor", cli.Done); !strings.Contains(out, "warn  webhooks: orders: webhook: unreachable") {
		t.Errorf("doctor: %s", out)
	}
}
