package smtp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"user-api/internal/delivery/smtp"
)

const (
	user     = "acme"
	password = "kQ4-smtp-pw"
)

type (
	// server is a submission server on a free port.
	server struct {
		roots *x509.CertPool
		port  int

		// refuse may answer a step (mail, rcpt, data) of the nth mail with an error. cut closes
		// the connection instead of answering DATA.
		refuse func(step string, n int) error
		cut    bool

		mu    sync.Mutex
		mails []received
		asked int // number of mails that were started
		open  map[net.Conn]bool
		total int
		most  int
	}

	received struct {
		hello, from, to, data string
		utf8                  bool
	}

	// setup configures a server before it starts.
	setup struct {
		host     string // in the certificate
		noTLS    bool
		implicit bool
		// utf8 offers SMTPUTF8; mechanism is the authentication mechanism, PLAIN if empty.
		utf8      bool
		mechanism string
	}

	session struct {
		s         *server
		conn      *gosmtp.Conn
		mechanism string
		mail      received
		n         int
	}

	// counting is a listener that counts its connections.
	counting struct {
		net.Listener
		s *server
	}

	countedConn struct {
		net.Conn
		s *server
	}
)

func start(t *testing.T, change ...func(*setup)) *server {
	t.Helper()
	o := setup{host: "127.0.0.1", mechanism: sasl.Plain}
	for _, f := range change {
		f(&o)
	}
	s := &server{open: map[net.Conn]bool{}}
	certificate, roots := issue(t, o.host)
	s.roots = roots
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	backend := gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &session{s: s, conn: c, mechanism: o.mechanism}, nil
	})
	g := gosmtp.NewServer(backend)
	g.Domain, g.ErrorLog, g.EnableSMTPUTF8 = "mail.test", quiet{}, o.utf8
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	var l net.Listener = counting{listener, s}
	switch {
	case o.implicit:
		l = tls.NewListener(l, config)
	case o.noTLS:
		g.AllowInsecureAuth = true
	default:
		g.TLSConfig = config
	}
	go func() { _ = g.Serve(l) }()
	t.Cleanup(func() { _ = g.Close() })
	return s
}

// client returns a sender for the server.
func (s *server) client(t *testing.T, change ...func(*smtp.Options)) *smtp.Sender {
	t.Helper()
	o := smtp.Options{
		Host: "127.0.0.1", Port: s.port, Username: user, Password: password,
		From: "Acme <no-reply@acme.example>", TLS: smtp.StartTLS, RootCAs: s.roots, Now: now,
	}
	for _, f := range change {
		f(&o)
	}
	sender, err := smtp.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(sender.Close)
	return sender
}

// cutIdle closes every connection, as a server does with idle ones.
func (s *server) cutIdle() {
	s.mu.Lock()
	open := make([]net.Conn, 0, len(s.open))
	for c := range s.open {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

func (s *server) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

func (s *server) begun() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func (s *server) connections() (open, most, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open), s.most, s.total
}

func (l counting) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &countedConn{raw, l.s}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.open[c] = true
	l.s.total++
	l.s.most = max(l.s.most, len(l.s.open))
	return c, nil
}

func (c *countedConn) Close() error {
	c.s.mu.Lock()
	delete(c.s.open, c)
	c.s.mu.Unlock()
	return c.Conn.Close()
}

func (s *session) AuthMechanisms() []string { return []string{s.mechanism} }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism == sasl.Login {
		return &loginServer{}, nil
	}
	return sasl.NewPlainServer(func(_, name, pass string) error { return signIn(name, pass) }), nil
}

func signIn(name, pass string) error {
	if name != user || pass != password {
		return gosmtp.ErrAuthFailed
	}
	return nil
}

// loginServer asks for the name and then for the password.
type loginServer struct{ asked []string }

func (l *loginServer) Next(answer []byte) (challenge []byte, done bool, err error) {
	if l.asked = append(l.asked, string(answer)); len(l.asked) < 3 {
		return []byte([]string{"Username:", "Password:"}[len(l.asked)-1]), false, nil
	}
	return nil, true, signIn(l.asked[1], l.asked[2])
}

func (s *session) Mail(from string, o *gosmtp.MailOptions) error {
	s.s.mu.Lock()
	s.s.asked++
	s.n = s.s.asked
	s.s.mu.Unlock()
	s.mail = received{hello: s.conn.Hostname(), from: from, utf8: o.UTF8}
	return s.answer("mail")
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mail.to += to
	return s.answer("rcpt")
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.s.cut {
		_ = s.conn.Conn().Close()
		return errors.New("cut")
	}
	if err := s.answer("data"); err != nil {
		return err
	}
	s.mail.data = string(data)
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.mails = append(s.s.mails, s.mail)
	return nil
}

func (s *session) answer(step string) error {
	if s.s.refuse == nil {
		return nil
	}
	return s.s.refuse(step, s.n)
}

func (s *session) Reset()        { s.mail = received{} }
func (s *session) Logout() error { return nil }

// reply returns an answer such as "550 5.1.1", with the server's own words.
func reply(code string) error {
	number, enhanced, _ := strings.Cut(code, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		panic(err)
	}
	e := gosmtp.NoEnhancedCode
	if parts := strings.Split(enhanced, "."); len(parts) == 3 {
		for i, part := range parts {
			e[i], _ = strconv.Atoi(part)
		}
	}
	return &gosmtp.SMTPError{Code: n, EnhancedCode: e, Message: serverWords}
}

// issue creates an authority and a certificate for the host.
func issue(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key := func() *ecdsa.PrivateKey {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		leaf.IPAddresses = []net.IP{ip}
	} else {
		leaf.DNSNames = []string{host}
	}
	rootKey, leafKey := key(), key()
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(rootDER)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}, roots
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
