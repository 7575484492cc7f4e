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

// taken returns a port on which another listener is open.
func taken(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// pair writes a certificate and a key, which may belong to another certificate.
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

// proYAML is production in one process; its secrets are in the environment.
func proYAML(h *home) string {
	gateway := newSecret()
	remember(gateway)
	h.withSecrets(newSecret(), newSecret(), newSecret())
	h.env = append(h.env, "SMS_HTTP_SECRET="+gateway)
	return "Mode: pro\nSingleNode: true\nDataSource: sqlite:data/user.db\nEmail: {Provider: off}\n" +
		"Sms: {Provider: http, AllowedRegions: [IN], Http: {Url: 'http://127.0.0.1:9/send'}}\n"
}

// One process in pro mode without other services signs users in, is healthy according to
// doctor while it runs and afterwards, and keeps its data after a restart, after being
// killed, and in another folder restored from its backup.
func TestPro_singleNode(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	h := newHome(t)
	yaml := proYAML(h)
	var secret string
	for _, variable := range h.env {
		if value, ok := strings.CutPrefix(variable, "SMS_HTTP_SECRET="); ok {
			secret = value
		}
	}
	sms := gatewaytest.New(t, secret)
	port := testkit.FreePort(t)
	yaml = strings.Replace(yaml, "http://127.0.0.1:9/send", sms.URL, 1) + fmt.Sprintf("Port: %d\nDevServer: {Port: %d}\n", port, testkit.FreePort(t))
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
	doctor("while it runs", "warn  ports: a user-api is already running", "ok    database: can write a row", "warn  gateway: responds")
	p.terminate(t)
	doctor("after it has ended", "ok    ports: free", "its journal is intact")
	p = run()
	p.get(t, "/user/check", login.Text("accessToken")).Want(t, 200, "")
	p.login(t, ask.Text("otpId"), code).Want(t, 401, "otp_invalid")
	open := p.post(t, "/user/otp", object{"phone": number(2)})
	await(t, time.Minute, "the second message", func() bool { return len(sms.Requests()) > 1 })
	newer := sms.Requests()[1].Code
	remember(newer)
	p.kill(t)
	p = run()
	p.get(t, "/readyz?strict=1", "").Want(t, 200, "")
	p.post(t, "/user/otp", object{"phone": number(2)}).Want(t, 429, "rate_limited") // the cooldown continues
	if code, out := h.run(t, "backup", "copy", "-f", "pro.yaml"); code != 0 {
		t.Fatal(out)
	}
	second := p.login(t, open.Text("otpId"), newer) // was requested before the kill
	second.Want(t, 200, "")
	p.kill(t)
	p = run()
	p.login(t, open.Text("otpId"), newer).Want(t, 401, "otp_invalid")
	p.get(t, "/user/info", second.Text("accessToken")).Want(t, 200, "")
	p.terminate(t)

	// A code used after the backup cannot be used again after a restore.
	if code, out := h.run(t, "restore", "--force", "copy", "-f", "pro.yaml"); code != 0 || strings.Contains(out, "different secrets") {
		t.Fatalf("restore: exit code %d: %s", code, out)
	}
	doctor("after a restore", "its journal is intact")
	p = run()
	p.login(t, open.Text("otpId"), newer).Want(t, 401, "otp_invalid")
	p.refresh(t, login.Text("refreshToken")).Want(t, 200, "")
	p.terminate(t)
}

// The check of a certificate depends on its remaining lifetime.
func TestDoctor_certificate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		left time.Duration
		code int
		line string
	}{
		{-time.Minute, 1, "FAIL  certificate: expired on "},
		{10 * 24 * time.Hour, 0, "warn  certificate: expires on "},
		{90 * 24 * time.Hour, 0, "ok    certificate: expires on "},
	} {
		h := newHome(t)
		yaml := fmt.Sprintf("Mode: dev\nPort: %d\nDevServer: {Enabled: false}\n", testkit.FreePort(t)) + pair(t, h, 0o600, time.Now().Add(tt.left), false)
		if err := os.WriteFile(h.path("tls.yaml"), []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		p := h.exec(t, "", "doctor", "-f", "tls.yaml")
		if code := p.exit(t, time.Minute); code != tt.code || !strings.Contains(p.out.String(), tt.line) {
			t.Errorf("%v left: exit code %d, want %d and %q; it printed:\n%s", tt.left, code, tt.code, tt.line, p.out)
		}
	}
}
