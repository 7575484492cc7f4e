package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"user-api/internal/cli"
	"user-api/internal/testkit"
)

const mailPassword = "kQ4-smtp-hunter2"

// mailCertificate returns a certificate for 127.0.0.1 that this process trusts as a root.
var mailCertificate tls.Certificate

func TestMain(m *testing.M) {
	web := httptest.NewTLSServer(nil)
	mailCertificate = web.TLS.Certificates[0]
	web.Close()
	file, err := os.CreateTemp("", "root-*.pem")
	if err != nil {
		panic(err)
	}
	if err := pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: mailCertificate.Certificate[0]}); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", file.Name())
	_, _ = x509.SystemCertPool() // loads the root
	os.Remove(file.Name())
	os.Exit(m.Run())
}

// mailSession accepts a password and rejects every mail, so there are no further steps.
type mailSession struct {
	smtp.Session
	t *testing.T
}

func (s mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, password string) error {
		if password != mailPassword {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s mailSession) Mail(string, *smtp.MailOptions) error {
	s.t.Error("a mail was begun")
	return errors.New("no mail")
}

func (s mailSession) Reset()        {}
func (s mailSession) Logout() error { return nil }

// mailServer starts a submission server that presents its certificate after STARTTLS or,
// with implicit TLS, immediately.
func mailServer(t *testing.T, implicit bool, config *tls.Config) (port int) {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return mailSession{t: t}, nil }))
	server.Domain, server.TLSConfig, server.ErrorLog = "mail.test", config, log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if implicit {
		l, server.TLSConfig = tls.NewListener(l, config), nil
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return port
}

func TestDoctor_mail(t *testing.T) {
	encrypted := &tls.Config{Certificates: []tls.Certificate{mailCertificate}}
	const signIn = ", Username: acme, Password: " + mailPassword
	for name, c := range map[string]struct {
		implicit bool
		config   *tls.Config
		host     string
		options  string
		line     string
	}{
		"STARTTLS":        {false, encrypted, "127.0.0.1", signIn, "ok    email: 127.0.0.1 responds with a valid certificate and accepts the password"},
		"implicit":        {true, encrypted, "127.0.0.1", signIn + ", Tls: implicit", "ok    email: .*accepts the password"},
		"nobody signs in": {false, encrypted, "127.0.0.1", "", "ok    email: .*no credentials"},
		"in clear":        {false, nil, "127.0.0.1", ", Tls: none", "warn  email: .*unencrypted"},
		"no STARTTLS":     {false, nil, "127.0.0.1", signIn, "FAIL  email: 127.0.0.1 port [0-9]+: permanent: tls: .*STARTTLS"},
		"another host":    {false, encrypted, "localhost", signIn, "FAIL  email: .*the certificate is for another host"},
		"wrong password":  {false, encrypted, "127.0.0.1", signIn + "-not", "FAIL  email: .*provider_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			out, code := visit(t, mailYAML(t, c.host, mailServer(t, c.implicit, c.config), c.options), time.Now)
			wantLine(t, out, c.line)
			if failed := strings.HasPrefix(c.line, "FAIL"); failed != (code == cli.Failed) {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if strings.Contains(out, "hunter2") {
				t.Errorf("a secret is printed:\n%s", out)
			}
		})
	}
	out, _ := visit(t, "Mode: test\nDataSource: sqlite:"+t.TempDir()+"/user.db\n", time.Now)
	wantLine(t, out, "warn  email: none are sent: Email.Provider is inbox")
}

// A server that accepts the connection and sends nothing does not block for long.
func TestDoctor_mailSilent(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	out, code := visit(t, mailYAML(t, "127.0.0.1", l.Addr().(*net.TCPAddr).Port, ""), time.Now)
	wantLine(t, out, "FAIL  email: .*provider_unreachable")
	if took := time.Since(began); took > time.Minute || code != cli.Failed {
		t.Errorf("exit code %d after %v, want 1 after some 5 s", code, took)
	}
}

func mailYAML(t *testing.T, host string, port int, options string) string {
	t.Helper()
	return fmt.Sprintf("Mode: test\nDataSource: sqlite:%s/user.db\nEmail: {Provider: smtp, Smtp: {Host: %s, Port: %d, From: no-reply@acme.example%s}}\n",
		t.TempDir(), host, port, options)
}
