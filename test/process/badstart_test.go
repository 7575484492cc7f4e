package process

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
)

func TestBadStart_configuration(t *testing.T) {
	t.Parallel()
	const short = "hunter2hunter2"
	remember(short)
	h := newHome(t, edit{"MaxConns: 10000", "MaxCons: 10000"}, edit{"Length: 10", "Length: 3"},
		edit{"DefaultRegion: IN", "DefaultRegion: india"}, edit{"\nTimeout: 15\n", "\nTimeout: 0\n"})
	h.env = []string{"ACCESS_SECRET=" + short}
	out := h.fail(t)
	var keys []string
	for _, line := range lines(out)[1:] {
		key, rule, _ := strings.Cut(line, ": ")
		if rule == "" {
			t.Errorf("the line %q has no rule", line)
		}
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"MaxCons", "Otp.Length", "Auth.AccessSecret", "Sms.DefaultRegion", "Timeout"}, keys); diff != "" {
		t.Errorf("keys at fault (-want +got):\n%s", diff)
	}
	if !strings.Contains(lines(out)[0], "etc/user-api.yaml") || strings.Contains(out, short) {
		t.Errorf("want the file's name and not the secret, got:\n%s", out)
	}
	if _, err := os.Stat(h.path("data")); !os.IsNotExist(err) {
		t.Errorf("it created a data folder (error %v)", err)
	}
}

func TestBadStart_noFile(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := h.exec(t, "", "-f", "etc/other.yaml")
	if code := p.exit(t, exitTime); code != 1 || !strings.Contains(p.out.String(), "etc/other.yaml: no such file") {
		t.Errorf("exit code %d, want 1; it printed:\n%s", code, p.out)
	}
}

func TestBadStart_busyPort(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	h := newHome(t)
	p := h.launch(t, busy.Addr().(*net.TCPAddr).Port)
	code, out := p.exit(t, exitTime), lines(p.out.String())
	last := out[len(out)-1]
	if code != 1 || !strings.Contains(last, busy.Addr().String()) || !strings.Contains(last, "address already in use") {
		t.Errorf("exit code %d, last line %q; want 1, and that %s is in use", code, last, busy.Addr())
	}
	h.start(t).terminate(t)
}

func TestBadStart_unreachableDatabase(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	h := newHome(t).onMySQL(t, "app:Zq8pwVt3Lk0@tcp("+address+")/userdb")
	out := h.fail(t)
	last := lines(out)[len(lines(out))-1]
	if !strings.Contains(last, address) || !strings.Contains(last, "connection refused") || strings.Contains(out, "Zq8pwVt3Lk0") {
		t.Errorf("want a line that %s refuses connections, and no password; it printed:\n%s", address, out)
	}
}

// The requirements of pro mode, for an otherwise empty file and for the example.
func TestBadStart_pro(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if err := os.WriteFile(h.path("etc/mode.yaml"), []byte("Mode: pro\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string][]string{
		"etc/mode.yaml":         {"CacheRedis", "Auth.AccessSecret", "Auth.RefreshSecret", "Otp.Pepper", "Sms.Provider", "Sms.AllowedRegions", "Email.Provider"},
		"etc/user-api.pro.yaml": {"DataSource", "CacheRedis[0].Pass", "CacheRedis[1].Pass", "Auth.RefreshSecret", "Otp.Pepper", "Sms.Twilio.AccountSid", "Sms.Twilio.ApiKey", "Email.Smtp.Password"},
	} {
		p := h.exec(t, "", "-f", file)
		if code := p.exit(t, exitTime); code != 1 {
			t.Errorf("%s: exit code %d, want 1", file, code)
		}
		out := lines(p.out.String())
		if len(out) != 1+len(want) {
			t.Errorf("%s: %d lines, want %d:\n%s", file, len(out), 1+len(want), p.out)
			continue
		}
		for i, key := range want {
			if got := out[i+1]; !strings.HasPrefix(got, key+": ") {
				t.Errorf("%s: got %q, want the problem with %s", file, got, key)
			}
		}
	}
	if _, err := os.Stat(h.path("data")); !os.IsNotExist(err) {
		t.Errorf("it created a data folder (error %v)", err)
	}
}

func TestSecretsOfTheEnvironment(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	access, refresh, pepper := newSecret(), newSecret(), newSecret()
	h := newHome(t).withSecrets(access, refresh, pepper)
	h.env = append(h.env, "DATA_SOURCE=sqlite:elsewhere/user.db")
	p := h.start(t)
	tokens := p.signIn(t, number(1))
	for _, token := range []struct{ text, secret string }{{tokens.Access, access}, {tokens.Refresh, refresh}} {
		if !signedBy(token.text, token.secret) {
			t.Errorf("a token is not signed with the secret from the environment")
		}
	}
	for name, want := range map[string]bool{"elsewhere/user.db": true, "elsewhere/secrets.json": false, "data": false} {
		if _, err := os.Stat(h.path(name)); (err == nil) != want {
			t.Errorf("%s exists: %v, want %v", name, err == nil, want)
		}
	}
	p.terminate(t)
	if out := p.out.String(); strings.Contains(out, access) || strings.Contains(out, refresh) || strings.Contains(out, pepper) {
		t.Error("a secret from the environment is printed")
	}

	h.env = append(h.env, "REFRESH_SECRET="+access)
	if out := h.fail(t); !strings.Contains(out, "Auth.RefreshSecret: must differ from Auth.AccessSecret") || strings.Contains(out, access) {
		t.Errorf("want a message that two secrets are equal, without their values, got:\n%s", fmt.Sprint(len(out), " bytes"))
	}
}
