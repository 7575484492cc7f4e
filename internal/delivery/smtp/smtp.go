// Package smtp sends e-mail through a submission server.
//
// What may be done after a failure follows from where it happened, for a server
// has accepted a message once it answers the end of DATA, and not before:
//
//	Retryable  no connection, or a lost one, before the end of DATA; any 4xx
//	Ambiguous  whatever is lost between the end of DATA and its answer
//	Permanent  any 5xx; a certificate that is not the server's; no STARTTLS
//
// Of go-mail it uses the writer of messages and the protocol's client. Its
// high-level client is not used: it bounds a connection by one deadline of its
// own, leaves some open that failed, and does not tell where a failure happened.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/mail"
	"strings"
	"time"

	"user-api/internal/delivery"
)

// The ways to encrypt.
const (
	// StartTLS encrypts before anything else is said; a server that does not
	// offer it is refused.
	StartTLS = "starttls"
	// Implicit encrypts from the first byte.
	Implicit = "implicit"
	// None does not encrypt, and sends no password either.
	None = "none"
)

const (
	name               = "smtp"
	defaultConnections = 4
	// defaultIdle is below the five minutes that a server waits (RFC 5321).
	defaultIdle = 30 * time.Second
)

var _ delivery.Sender = (*Sender)(nil)

type (
	// Options configure a Sender.
	Options struct {
		// Host is the server's name, which its certificate has to be for.
		Host string
		Port int
		// Username and Password sign in; both empty means not to.
		Username string
		Password string
		// From is who sends, as `App <no-reply@example.com>`.
		From string
		// TLS is StartTLS, Implicit or None.
		TLS string
		// Hello is the name this host gives itself (EHLO); empty means the domain of From.
		Hello string
		// Connections is how many are open at most; 0 means 4.
		Connections int
		// Idle is for how long an unused connection is kept; 0 means 30 s.
		Idle time.Duration
		// RootCAs are the authorities to trust; nil means the system's.
		RootCAs *x509.CertPool
		// DKIM signs every message; nil means that this is left to the server.
		DKIM *DKIM
		// Now gives a message its Date.
		Now func() time.Time
	}

	// Sender sends through one server. It is safe for concurrent use.
	Sender struct {
		from   *mail.Address
		domain string
		dkim   *DKIM
		now    func() time.Time
		pool   *pool
	}
)

// New returns a sender, or an error that names the option at fault. It does not
// connect.
func New(o Options) (*Sender, error) {
	from, err := mail.ParseAddress(o.From)
	switch {
	case o.Host == "" || o.Port < 1 || o.Port > 65535:
		return nil, errors.New("smtp: Host or Port is missing or malformed")
	case err != nil || !plain(from.Name) || !bare(from.Address):
		return nil, errors.New("smtp: From is missing or malformed")
	case o.TLS != StartTLS && o.TLS != Implicit && o.TLS != None:
		return nil, errors.New("smtp: TLS must be starttls, implicit or none")
	case (o.Username == "") != (o.Password == ""):
		return nil, errors.New("smtp: Username and Password go together")
	case strings.ContainsFunc(o.Hello, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("smtp: Hello must be one word in ASCII")
	case o.Now == nil:
		return nil, errors.New("smtp: Now is required")
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	if o.Hello == "" {
		o.Hello = domain
	}
	d := &dialer{
		host: o.Host, port: o.Port, tls: o.TLS, hello: o.Hello, username: o.Username, password: o.Password,
		config: &tls.Config{ServerName: o.Host, RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
	}
	return &Sender{from: from, domain: domain, dkim: o.DKIM, now: o.Now, pool: newPool(d, o.Connections, o.Idle)}, nil
}

// Check connects, encrypts and signs in as for a message, and sends none. Fails
// with a *delivery.SendError, which has nothing of the server's words.
func (s *Sender) Check(ctx context.Context) error {
	c, failure := s.pool.dialer.dial(ctx)
	if failure != nil {
		return failure
	}
	c.quit()
	return nil
}

// Close ends the connections that are idle, and the others after their message.
func (s *Sender) Close() { s.pool.close() }

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender. ctx bounds all of it, the wait for a free
// connection included.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	text, err := s.write(m)
	if err != nil {
		return delivery.NewSendError(delivery.Permanent, delivery.ReasonInternal, err)
	}
	c, failure := s.pool.take(ctx)
	if failure != nil {
		return failure
	}
	failure = c.deliver(ctx, s.from.Address, m.To, text)
	s.pool.put(c)
	if failure != nil {
		return failure
	}
	return nil
}
