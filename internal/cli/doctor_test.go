package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/internal/cli"
	"user-api/internal/password/breached/breachedtest"
	"user-api/internal/session"
	"user-api/internal/social/socialtest"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// visit writes the configuration and runs doctor.
func visit(t *testing.T, yaml string, now func() time.Time) (out string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "conf.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(yaml, "Port:") {
		yaml = fmt.Sprintf("Port: %d\nDevServer: {Enabled: false}\n", testkit.FreePort(t)) + yaml
		if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e, printed, _ := env()
	e.Now = now
	code = cli.Run(t.Context(), []string{"doctor", "-f", file}, e)
	return printed.String(), code
}

// wantLine checks that a line starts with a prefix.
func wantLine(t *testing.T, out, pattern string) {
	t.Helper()
	if !regexp.MustCompile(`(?m)^` + pattern).MatchString(out) {
		t.Errorf("no line %q in\n%s", pattern, out)
	}
}

// signIns opens sessions of one user from the addresses.
func signIns(t *testing.T, file string, ips ...string) {
	t.Helper()
	inService(t, file, func(s *svc.ServiceContext) {
		address, _ := address.ParsePhone(phone, "")
		user, _, err := s.Accounts.FindOrCreate(context.Background(), address)
		if err != nil {
			t.Fatal(err)
		}
		for _, ip := range ips {
			if _, err := s.Sessions.Open(context.Background(), user.Id, session.Opener{}, session.Device{IP: ip}, func(session.Grant) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDoctor(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	for name, stores := range map[string]func(*testing.T) (yaml string, database string){
		"embedded": func(t *testing.T) (string, string) {
			return "DataSource: sqlite:" + t.TempDir() + "/user.db\n", "sqlite"
		},
		"real": func(t *testing.T) (string, string) {
			return fmt.Sprintf("DataSource: %q\nCacheRedis: [{Host: %q}]\n", testkit.MySQL(t), testkit.RealRedis(t).Addr), "mysql"
		},
	} {
		t.Run(name, func(t *testing.T) {
			data, database := stores(t)
			yaml := "Mode: test\n" + data +
				"Auth: {AccessSecret: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, RefreshSecret: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}\n" +
				"Otp: {Pepper: cccccccccccccccccccccccccccccccccccc}\nSms: {AllowedRegions: [IN, US]}\n"
			out, code := visit(t, yaml, time.Now)
			if code != cli.Done {
				t.Errorf("before the first start: exit code %d\n%s", code, out)
			}
			if database == "mysql" {
				wantLine(t, out, "warn  migrations: pending")
				wantLine(t, out, "ok    clock: ")
				wantLine(t, out, "ok    connections: 32 of the [0-9]+ that the database allows: enough for [0-9]+ nodes")
				wantLine(t, out, "ok    Redis: does not evict keys")
				wantLine(t, out, "warn  Redis: .* has no append-only file")
			} else {
				wantLine(t, out, "ok    database: .* will be created at the first start")
				wantLine(t, out, "ok    Redis: embedded; its directory is free")
			}
			file := filepath.Join(t.TempDir(), "serve.yaml")
			if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			private := strings.Split(strings.Repeat("10.0.0.5 ", 12), " ")[:12]
			signIns(t, file, private...)
			out, code = visit(t, yaml, time.Now)
			if code != cli.Done {
				t.Errorf("in service: exit code %d\n%s", code, out)
			}
			wantLine(t, out, "ok    database: "+database+" responds")
			wantLine(t, out, "ok    migrations: up to date")
			wantLine(t, out, "ok    secrets: ")
			wantLine(t, out, "ok    countries: codes are sent to IN, US")
			wantLine(t, out, "warn  client addresses: all clients seem to come from 10.0.0.5: set TrustedProxies")
			signIns(t, file, "203.0.113.7")
			out, _ = visit(t, yaml, time.Now)
			wantLine(t, out, "ok    client addresses: 2 different ones in the last 13 sessions")
			for _, secret := range []string{"aaaaaaaa", "bbbbbbbb", "cccccccc"} {
				if strings.Contains(out, secret) {
					t.Errorf("a secret is printed:\n%s", out)
				}
			}
		})
	}
}

// Doctor checks the keys of every provider without solving a challenge.
func TestDoctor_captcha(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	for _, name := range captcha.Providers() {
		p := captchatest.New(t, name)
		conf := func(siteKey, secret, more string) string {
			return fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nCaptcha: {Provider: %s, SiteKey: %q, Secret: %q, VerifyUrl: %q%s}\n",
				t.TempDir(), name, siteKey, secret, p.URL, more)
		}
		out, _ := visit(t, conf(captchatest.SiteKey, captchatest.Secret, ""), time.Now)
		wantLine(t, out, "ok    captcha: "+name+" responds and accepts the secret")
		out, code := visit(t, conf(captchatest.SiteKey, "hunter2", ""), time.Now)
		if code != cli.Failed || strings.Contains(out, "hunter2") {
			t.Errorf("%s with another secret: exit code %d\n%s", name, code, out)
		}
		wantLine(t, out, "FAIL  captcha: .*secret")
		p.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		out, _ = visit(t, conf(captchatest.SiteKey, captchatest.Secret, ", OnFailure: allow"), time.Now)
		wantLine(t, out, "warn  captcha: "+name+" accepts any token")
	}
	p := captchatest.New(t, captcha.GeeTest)
	out, code := visit(t, fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nCaptcha: {Provider: geetest, SiteKey: another, Secret: %q, VerifyUrl: %q}\n",
		t.TempDir(), captchatest.Secret, p.URL), time.Now)
	if code != cli.Failed {
		t.Errorf("GeeTest with another captcha_id: exit code %d", code)
	}
	wantLine(t, out, "FAIL  captcha: .*site key")
}

// Doctor fetches the discovery document and the keys of each social provider.
func TestDoctor_social(t *testing.T) {
	issuer := socialtest.New(t, time.Now)
	yaml := fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nSocial:\n  Providers: [{Name: work, Kind: oidc, Issuer: %q, ClientId: x, AllowPrivate: true}]\n"+
		"  Redirects: [https://app.example.com/in]\n", t.TempDir(), issuer.URL)
	out, _ := visit(t, yaml, time.Now)
	wantLine(t, out, "ok    social sign-in by work: the discovery document and the keys are valid")
	wantLine(t, out, "warn  social sign-in: Social.Redirects requires Auth.Issuer")
	issuer.Metadata(socialtest.Claims{"issuer": "https://elsewhere.example"})
	out, code := visit(t, yaml, time.Now)
	if code != cli.Failed {
		t.Errorf("a discovery of another issuer: exit code %d", code)
	}
	wantLine(t, out, "FAIL  social sign-in by work: .*another issuer")
}

func TestDoctor_clockAndRedis(t *testing.T) {
	store := testkit.RealRedis(t)
	yaml := fmt.Sprintf("Mode: test\nDataSource: %q\nCacheRedis: [{Host: %q}]\n", testkit.MySQL(t), store.Addr)
	store.Client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru")
	store.Client.ConfigSet(t.Context(), "appendonly", "yes")
	late := func(by time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(by) } }
	out, code := visit(t, yaml, late(-10*time.Second))
	if code != cli.Done {
		t.Errorf("ten seconds late: exit code %d", code)
	}
	wantLine(t, out, "warn  clock: -(10|9.9)")
	wantLine(t, out, "warn  Redis: "+store.Addr+": maxmemory-policy is allkeys-lru")
	wantLine(t, out, "ok    Redis: has an append-only file")
	out, code = visit(t, yaml, late(time.Minute))
	if code != cli.Failed {
		t.Errorf("a minute early: exit code %d, want 1", code)
	}
	wantLine(t, out, "FAIL  clock: ")
}

func TestDoctor_unwell(t *testing.T) {
	const nobody = "127.0.0.1:1"
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"success":false,"error-codes":["invalid-input-secret"]}`)
	}))
	defer refusing.Close()
	for name, c := range map[string]struct{ yaml, line string }{
		"no database":      {"DataSource: app:hunter2@tcp(" + nobody + ")/userdb", "FAIL  database: "},
		"no Redis":         {"CacheRedis: [{Host: '" + nobody + "', Pass: hunter2}]", "FAIL  Redis: "},
		"a broken file":    {"Prot: 1\nOtp: {Pepper: hunter2}", "FAIL  configuration: .*\n      Prot: unknown key"},
		"a captcha secret": {"Captcha: {Provider: turnstile, SiteKey: k, Secret: hunter2, VerifyUrl: '" + refusing.URL + "'}", "FAIL  captcha: .*secret"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(c.yaml, "DataSource") {
				c.yaml += "\nDataSource: sqlite:" + t.TempDir() + "/user.db"
			}
			out, code := visit(t, "Mode: test\n"+c.yaml+"\n", time.Now)
			if code != cli.Failed {
				t.Errorf("exit code %d, want 1", code)
			}
			wantLine(t, out, c.line)
			if strings.Contains(out, "hunter2") {
				t.Errorf("a secret is printed:\n%s", out)
			}
		})
	}
}

// A name that makes messages more expensive is reported, and the service starts with it.
func TestDoctor_appName(t *testing.T) {
	for name, line := range map[string]string{
		"Itaú, Languages: [pt]":                          `warn  texts: with the name of the app, "Itaú", .*2 segments in pt.*GSM-7 lacks its "ú"`,
		"The Most Excellent Company Name There Ever Was": `warn  texts: .*2 segments in .*bn`,
		"Itaú, Languages: [hi]":                          "ok    texts: 1 languages",
	} {
		out, code := visit(t, fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nDelivery: {AppName: %s}\n", t.TempDir(), name), time.Now)
		if code != cli.Done {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
		wantLine(t, out, line)
	}
}

// The JSON output has the same content as the text.
func TestDoctor_json(t *testing.T) {
	file := filepath.Join(t.TempDir(), "conf.yaml")
	for yaml, want := range map[string]int{
		fmt.Sprintf("Mode: test\nPort: %d\nDevServer: {Enabled: false}\nDataSource: sqlite:%s/user.db\n", testkit.FreePort(t), t.TempDir()): cli.Done,
		"Prot: 1\nOtp: {Pepper: hunter2}\n": cli.Failed,
	} {
		if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		_, text, _ := command("doctor", "-f", file)
		code, out, errs := command("doctor", "--json", "-f", file)
		var found []struct{ Verdict, About, Message string }
		if err := json.Unmarshal([]byte(out), &found); err != nil || code != want || (errs != "") != (want == cli.Failed) {
			t.Fatalf("exit code %d, %v, %s\n%s", code, err, errs, out)
		}
		lines := ""
		for _, f := range found {
			lines += fmt.Sprintf("%-4s  %s: %s\n", f.Verdict, f.About, strings.ReplaceAll(f.Message, "\n", "\n      "))
		}
		if lines != text || len(found) == 0 || strings.Contains(out, "hunter2") {
			t.Errorf("as JSON it is\n%s\nand as text\n%s", out, text)
		}
	}
}

// The list of breached passwords is queried once, for the most common password.
func TestDoctor_breached(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	list := breachedtest.New(t)
	conf := func(more string) string {
		return fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nPasswords: {Breached: {Enabled: true, Url: %q%s}}\n", t.TempDir(), list.URL, more)
	}
	out, _ := visit(t, "Mode: test\nDataSource: sqlite:"+t.TempDir()+"/user.db\n", time.Now)
	wantLine(t, out, "ok    breached passwords: off")
	out, _ = visit(t, conf(""), time.Now)
	wantLine(t, out, "ok    breached passwords: the list responds")
	if asked := list.Asked(); len(asked) != 1 || asked[0] != "5BAA6" {
		t.Errorf("asked for %q", asked)
	}
	list.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	out, _ = visit(t, conf(""), time.Now)
	wantLine(t, out, "warn  breached passwords: .*every password is accepted")
	out, code := visit(t, conf(", OnError: refuse"), time.Now)
	wantLine(t, out, "FAIL  breached passwords: .*no password can be set")
	if code != cli.Failed {
		t.Errorf("exit code %d", code)
	}
	list.Instead(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("0", 35)+":7") })
	out, _ = visit(t, conf(", OnError: refuse"), time.Now)
	wantLine(t, out, "FAIL  breached passwords: .*lacks the most common")
}
