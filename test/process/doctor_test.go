package process

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"user-api/internal/delivery/gatewaytest"
	"user-api/internal/testkit"
)

// wrong is a set-up that cannot work. prepare gives lines of YAML, and both the
// start and doctor have to name the fault.
type wrong struct {
	name    string
	pro     bool
	prepare func(t *testing.T, h *home) string
	fault   string
}

func lineOf(yaml string) func(*testing.T, *home) string {
	return func(*testing.T, *home) string { return yaml }
}

// file is a set-up with a file of the data folder.
func file(name, text string, mode os.FileMode) func(*testing.T, *home) string {
	return func(t *testing.T, h *home) string {
		if err := os.MkdirAll(h.path("data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.path(name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return ""
	}
}

// taken is a port on which somebody else listens.
func taken(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// pair writes a certificate and a key, which may be another one's.
func pair(t *testing.T, h *home, mode os.FileMode, ends time.Time, other bool) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if other {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"crt": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(h.path(name), pem.EncodeToMemory(block), mode); err != nil {
			t.Fatal(err)
		}
	}
	return "CertFile: crt\nKeyFile: key"
}

var wrongs = []wrong{
	{"an unknown key", false, lineOf("MaxCons: 1"), "MaxCons: unknown key"},
	{"no mode", false, lineOf("mode: dev"), "Mode: is not given, and the default is pro"},
	{"MySQL in clear", true, lineOf("DataSource: app:Zq8pwVt3Lk0@tcp(db.example:3306)/userdb"), "DataSource: must have tls=true in pro"},
	{"the inbox", true, lineOf("Email: {Provider: inbox}"), "Email.Provider: must not be inbox in pro"},
	{"half the Internet as a proxy, twice", true, lineOf("TrustedProxies: [0.0.0.0/1, 128.0.0.0/1]"), "TrustedProxies[1]: must not be wider"},
	{"profiles for everybody", true, lineOf("DevServer: {Host: 0.0.0.0, Pprof: true}"), "DevServer.Pprof: must not be true in pro"},
	{"the key of a tutorial", true, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "ACCESS_SECRET=ad879037-c7a4-4063-9236-6bfc35d54b7d")
		return ""
	}, "Auth.AccessSecret: must be made at random"},
	{"a secret with a line break", false, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "ACCESS_SECRET="+newSecret()+"\n")
		return ""
	}, "Auth.AccessSecret: must not begin or end with white space"},
	{"a database with a line break", false, func(_ *testing.T, h *home) string {
		h.env = append(h.env, "DATA_SOURCE=sqlite:data/user.db\n")
		return ""
	}, "DataSource: must not begin or end with white space"},
	{"a port in use", false, func(t *testing.T, _ *home) string { return fmt.Sprintf("Port: %d", taken(t)) }, "Port: cannot be listened on"},
	{"the port of the dev server in use", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("DevServer: {Port: %d}", taken(t))
	}, "DevServer.Port: cannot be listened on"},
	{"a Redis that evicts", true, func(t *testing.T, _ *home) string {
		redis := testkit.RealRedis(t)
		redis.Client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru")
		return fmt.Sprintf("SingleNode: false\nCacheRedis: [{Host: %q}]", redis.Addr)
	}, "noeviction"},
	{"no certificate", false, lineOf("CertFile: nope.crt\nKeyFile: nope.key"), "CertFile and KeyFile: open nope.crt: no such file"},
	{"the key of another certificate", false, func(t *testing.T, h *home) string { return pair(t, h, 0o600, time.Now().Add(time.Hour), true) }, "private key does not match public key"},
	{"a key that others can read", false, func(t *testing.T, h *home) string { return pair(t, h, 0o644, time.Now().Add(time.Hour), false) }, "KeyFile: key can be read by others (mode 0644)"},
	{"a language that nobody has written", false, lineOf("Delivery: {Languages: [en, tlh]}"), `there are no texts in "tlh"`},
	{"no folder of texts", false, lineOf("Delivery: {Texts: nowhere}"), "nowhere"},
	{"a test identity that nobody can ask for", false, lineOf("Sms: {AllowedRegions: [IN]}\nOtp: {TestIdentities: [{To: '+15005550006', Code: '123456'}]}"), "Otp.TestIdentities[0].To: no code can be asked for it"},
	{"a test identity for ever", true, lineOf("Otp: {TestIdentities: [{To: a@example.com, Code: '123456', Until: 9999-12-31, Clients: [10.0.0.0/8]}]}"), "Otp.TestIdentities[0].Until: must be at most 90 days ahead"},
	{"a price of nowhere", false, lineOf("RateLimit: {Prices: [ZZ=0.05]}"), "RateLimit.Prices"},
	{"a data folder that is a file", false, func(t *testing.T, h *home) string {
		return file("notes", "x", 0o600)(t, h) + "DataSource: sqlite:notes/user.db"
	}, "notes"},
	{"a database that others can read", false, file("data/user.db", "", 0o644), "user.db can be read by others (mode 0644)"},
	{"a journal that others can read", false, file("data/redis.journal", "", 0o640), "redis.journal can be read by others (mode 0640)"},
	{"secrets that others can read", false, file("data/secrets.json", "{}", 0o644), "secrets.json can be read by others (mode 0644)"},
	{"damaged secrets", false, file("data/secrets.json", "{}", 0o600), "secrets.json is damaged"},
	{"a damaged journal", false, file("data/redis.journal", "what is this, please?", 0o600), "redis journal"},
	{"a file that is no database", false, file("data/user.db", strings.Repeat("what is this, please? ", 100), 0o600), "file is not a database"},
	{"no database", false, func(t *testing.T, _ *home) string {
		return fmt.Sprintf("DataSource: app:Zq8pwVt3Lk0@tcp(127.0.0.1:%d)/userdb", freePort(t))
	}, "connection refused"},
	{"a data folder in use", false, func(t *testing.T, h *home) string {
		h.start(t)
		return ""
	}, "in use by another process"},
}

// What the start refuses, doctor fails, and both name the fault.
func TestDoctor_failsWhatTheStartRefuses(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	const password = "Zq8pwVt3Lk0"
	remember(password)
	for _, tt := range wrongs {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			yaml := "Mode: dev\n"
			if tt.pro {
				yaml = proYAML(h)
			}
			if tt.name == "no mode" {
				yaml = ""
			}
			yaml = overlay(yaml+fmt.Sprintf("Port: %d\nDevServer: {Port: %d}\n", freePort(t), freePort(t)), tt.prepare(t, h))
			if err := os.WriteFile(h.path("wrong.yaml"), []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"-f", "wrong.yaml"}, {"doctor", "-f", "wrong.yaml"}} {
				p := h.exec(t, "", args...)
				code := p.exit(t, time.Minute)
				if out := p.out.String(); code != 1 || !strings.Contains(strings.ToLower(out), strings.ToLower(tt.fault)) {
					t.Errorf("%v: exit code %d, want 1 and %q; it printed:\n%s", args, code, tt.fault, tail(out, 4000))
				}
			}
		})
	}
}

// overlay replaces the top-level keys of base that more has too.
func overlay(base, more string) string {
	var kept []string
	for _, line := range strings.Split(strings.TrimSpace(base), "\n") {
		key, _, _ := strings.Cut(line, ":")
		if !strings.Contains("\n"+more, "\n"+key+":") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n") + "\n" + more + "\n"
}

// proYAML is production in one process; its secrets are in the environment.
func proYAML(h *home) string {
	gateway := newSecret()
	remember(gateway)
	h.withSecrets(newSecret(), newSecret(), newSecret())
	h.env = append(h.env, "SMS_HTTP_SECRET="+gateway)
	return "Mode: pro\nSingleNode: true\nDataSource: sqlite:data/user.db\nEmail: {Provider: off}\n" +
		"Sms: {Provider: http, AllowedRegions: [IN], Http: {Url: 'http://127.0.0.1:9/send'}}\n"
}

// One process in pro, with nothing beside it, signs people in, is what doctor calls
// well while it runs and after, and has everything again when it is started again.
func TestPro_singleNode(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	h := newHome(t)
	yaml := proYAML(h)
	var secret string
	for _, variable := range h.env {
		if value, ok := strings.CutPrefix(variable, "SMS_HTTP_SECRET="); ok {
			secret = value
		}
	}
	sms := gatewaytest.New(t, secret)
	port := freePort(t)
	yaml = strings.Replace(yaml, "http://127.0.0.1:9/send", sms.URL, 1) + fmt.Sprintf("Port: %d\nDevServer: {Port: %d}\n", port, freePort(t))
	if err := os.WriteFile(h.path("pro.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	doctor := func(when string, wants ...string) {
		t.Helper()
		p := h.exec(t, "", "doctor", "-f", "pro.yaml")
		code := p.exit(t, time.Minute)
		for _, want := range wants {
			if !strings.Contains(p.out.String(), want) {
				t.Errorf("doctor %s has no %q", when, want)
			}
		}
		if code != 0 {
			t.Errorf("doctor %s: exit code %d; it printed:\n%s", when, code, p.out)
		}
	}
	doctor("before the first start", "ok    ports: free")
	run := func() *process {
		p := h.exec(t, fmt.Sprintf("http://127.0.0.1:%d", port), "-f", "pro.yaml")
		if err := p.serving(time.Minute); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := run()
	phone := number(1)
	ask := p.post(t, "/user/otp", object{"phone": phone})
	ask.Want(t, 200, "")
	await(t, time.Minute, "the message", func() bool { return len(sms.Requests()) > 0 })
	code := sms.Requests()[0].Code
	remember(code)
	login := p.login(t, ask.Text("otpId"), code)
	login.Want(t, 200, "")
	p.get(t, "/user/info", login.Text("accessToken")).Want(t, 200, "")
	p.get(t, "/dev/inbox", "").Want(t, 404, "not_found")
	doctor("while it runs", "warn  ports: a user-api answers", "ok    database: takes a row", "warn  gateway: answers")
	p.terminate(t)
	doctor("after it has ended", "ok    ports: free", "its journal whole")
	p = run()
	p.get(t, "/user/check", login.Text("accessToken")).Want(t, 200, "")
	p.login(t, ask.Text("otpId"), code).Want(t, 401, "otp_invalid")
	p.terminate(t)
}

// A certificate is looked at for how long it still is good.
func TestDoctor_certificate(t *testing.T) {
	for _, tt := range []struct {
		left time.Duration
		code int
		line string
	}{
		{-time.Minute, 1, "FAIL  certificate: has expired on "},
		{10 * 24 * time.Hour, 0, "warn  certificate: expires on "},
		{90 * 24 * time.Hour, 0, "ok    certificate: expires on "},
	} {
		h := newHome(t)
		yaml := fmt.Sprintf("Mode: dev\nPort: %d\nDevServer: {Enabled: false}\n", freePort(t)) + pair(t, h, 0o600, time.Now().Add(tt.left), false)
		if err := os.WriteFile(h.path("tls.yaml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		p := h.exec(t, "", "doctor", "-f", "tls.yaml")
		if code := p.exit(t, time.Minute); code != tt.code || !strings.Contains(p.out.String(), tt.line) {
			t.Errorf("%v left: exit code %d, want %d and %q; it printed:\n%s", tt.left, code, tt.code, tt.line, p.out)
		}
	}
}
