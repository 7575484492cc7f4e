package cli_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/cli"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	gateway = "Sms: {Provider: http, Http: {Secret: Qa6Tz1Vw8Ub3Xn5Ro0Lc7Mh2Ky4Pd9Se, Url: '%s'}}\n"
)

// The dependencies of the service are probed, and a dependency that cannot be probed is a
// warning.
func TestDoctor_providers(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	api := twiliotest.New(t, account, account, "t0ken")
	heads := 0
	answers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && r.Header.Get("X-Signature") == "" {
			heads++
		}
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	defer answers.Close()
	twilio := "Sms: {Provider: twilio, Twilio: {AccountSid: " + account + ", AuthToken: %s, From: '+15005550006', BaseUrl: '%s'%s}}\n"
	for _, tt := range []struct {
		name, yaml string
		unwell     bool
		line       string
	}{
		{"Twilio", fmt.Sprintf(twilio, "t0ken", api.URL, ""), false, "ok    Twilio: accepts the credentials"},
		{"Twilio with a callback", fmt.Sprintf(twilio, "t0ken", api.URL, ", StatusCallbackUrl: 'https://a.example/webhook/twilio/status'"), false, "warn  Twilio: .*StatusCallbackUrl is reachable was not checked"},
		{"Twilio that refuses", fmt.Sprintf(twilio, "hunter2", api.URL, ""), true, "FAIL  Twilio: permanent: provider_credentials .20003."},
		{"one that only speaks like Twilio", fmt.Sprintf(twilio, "hunter2", answers.URL, ""), false, "warn  Twilio: .*the credentials were not checked"},
		{"Twilio on a route", fmt.Sprintf(strings.Replace(twilio, "Provider: twilio", "Provider: inbox", 1), "hunter2", api.URL, "") + "Delivery: {Routes: [{Countries: [IN], Via: [twilio]}]}\n", true, "FAIL  Twilio: "},
		{"the inbox for what no route fits", fmt.Sprintf(strings.Replace(gateway, "Provider: http", "Provider: inbox", 1), answers.URL) + "Delivery: {Routes: [{Countries: [IN], Via: [http]}]}\n", false, "warn  text messages: messages that match no route are not sent"},
		{"a gateway", fmt.Sprintf(gateway, answers.URL), false, "warn  gateway: responds; only sending a message"},
		{"no gateway", fmt.Sprintf(gateway, "http://127.0.0.1:1/send"), true, "FAIL  gateway: Sms.Http.Url: "},
		{"no mail", "Email: {Provider: smtp, Smtp: {Host: 127.0.0.1, Port: 1, From: a@example.com, Tls: none}}\n", true, "FAIL  email: 127.0.0.1 port 1"},
		{"an open inbox", "Inbox: {Open: true}\n", false, "warn  open to others: Inbox.Open: "},
		{"an inbox open to a network", "Host: 0.0.0.0\nInbox: {Open: true}\n", true, "FAIL  open to others: Inbox.Open: anyone who can reach 0.0.0.0:"},
		{"dev for a network", "Host: '[::]'\n", false, "warn  open to others: Host: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, code := visit(t, "Mode: dev\nDataSource: sqlite:"+t.TempDir()+"/user.db\n"+tt.yaml, time.Now)
			if tt.unwell != (code == cli.Failed) {
				t.Errorf("exit code %d, want unwell %v\n%s", code, tt.unwell, out)
			}
			wantLine(t, out, tt.line)
			if strings.Contains(out, "hunter2") || strings.Contains(out, "none is sent: Sms.Provider is http") {
				t.Errorf("a secret, or that nothing is sent:\n%s", out)
			}
		})
	}
	if heads == 0 || api.Created() > 0 {
		t.Errorf("the gateway was asked %d times, and %d messages were sent", heads, api.Created())
	}
}

// Profiling on a network address is a fault in any mode that allows it.
func TestDoctor_devServer(t *testing.T) {
	yaml := fmt.Sprintf("Mode: dev\nPort: %d\nDevServer: {Host: 0.0.0.0, Port: %d, Pprof: %%v}\nDataSource: sqlite:%s/user.db\n", testkit.FreePort(t), testkit.FreePort(t), t.TempDir())
	out, code := visit(t, fmt.Sprintf(yaml, true), time.Now)
	if code != cli.Failed {
		t.Errorf("profiles: exit code %d", code)
	}
	wantLine(t, out, "FAIL  open to others: DevServer.Pprof: ")
	out, code = visit(t, fmt.Sprintf(yaml, false), time.Now)
	if code != cli.Done {
		t.Errorf("metrics: exit code %d", code)
	}
	wantLine(t, out, "warn  open to others: DevServer.Host: ")
}

// A Redis that responds but rejects writes is detected, and the probe of a working one
// leaves nothing behind.
func TestDoctor_writesToRedis(t *testing.T) {
	r := testkit.RealRedis(t)
	yaml := fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nCacheRedis: [{Host: %q}]\n", t.TempDir(), r.Addr)
	out, code := visit(t, yaml, time.Now)
	if code != cli.Done {
		t.Errorf("exit code %d\n%s", code, out)
	}
	wantLine(t, out, "ok    Redis: responds, and a key can be written and read")
	if keys := r.Client.Keys(t.Context(), "ua:probe:*").Val(); len(keys) > 0 {
		t.Errorf("left in Redis: %v", keys)
	}
	r.Client.ConfigSet(t.Context(), "maxmemory", "1")
	defer r.Client.ConfigSet(context.WithoutCancel(t.Context()), "maxmemory", "0")
	out, code = visit(t, yaml, time.Now)
	if code != cli.Failed {
		t.Errorf("a full Redis: exit code %d\n%s", code, out)
	}
	wantLine(t, out, "FAIL  Redis: responds, but cannot be written: .*OOM")
}

// A port of another process is a fault; the service's own port is not.
func TestDoctor_ports(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	stranger.Listener.Close()
	stranger.Listener = l
	stranger.Start()
	defer stranger.Close()
	out, code := visit(t, fmt.Sprintf("Mode: dev\nPort: %d\nDevServer: {Enabled: false}\nDataSource: sqlite:%s/user.db\n", l.Addr().(*net.TCPAddr).Port, t.TempDir()), time.Now)
	if code != cli.Failed {
		t.Errorf("exit code %d", code)
	}
	wantLine(t, out, "FAIL  ports: Port: cannot be used")
}

// A database that responds but rejects writes is detected, and the probe of a working one
// leaves nothing behind.
func TestDoctor_writesToTheDatabase(t *testing.T) {
	yaml := "Mode: test\nDataSource: sqlite:" + t.TempDir() + "/user.db\n"
	file := filepath.Join(t.TempDir(), "serve.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	signIns(t, file, "203.0.113.7")
	path := strings.TrimSpace(strings.TrimPrefix(yaml, "Mode: test\nDataSource: sqlite:"))
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out, code := visit(t, yaml, time.Now)
	if code != cli.Done {
		t.Errorf("exit code %d", code)
	}
	wantLine(t, out, "ok    database: can write a row \\(rolled back\\)")
	var left int
	if err := db.QueryRow("SELECT COUNT(*) FROM event WHERE type = 'probe'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left (%v)", left, err)
	}
	if _, err := db.Exec("CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"); err != nil {
		t.Fatal(err)
	}
	out, code = visit(t, yaml, time.Now)
	if code != cli.Failed {
		t.Errorf("a database that takes nothing: exit code %d", code)
	}
	wantLine(t, out, "FAIL  database: cannot write a row: .*the disk is full")
}
