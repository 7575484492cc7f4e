// Package smtp sends e-mail through a submission server.
//
// What happens after a failure depends on the step: a server has accepted a message once it
// answers the end of DATA, and not before. From RCPT on a failure is attributed to the
// recipient or the message, and before that to the server, the account or the sender. The rules
// are in failure.go.
//
// The package uses go-mail's message writer and protocol client, but not its high-level client,
// which bounds a connection by a deadline of its own, leaks some failed connections, and does
// not report the step of a failure.
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

// The encryption modes.
const (
	// StartTLS encrypts before anything else is sent; a server that does not offer it is
	// refused.
	StartTLS = "starttls"
	// Implicit encrypts from the first byte.
	Implicit = "implicit"
	// None does not encrypt, and sends no password.
	None = "none"
)

const (
	name               = "smtp"
	defaultConnections = 4
	// defaultTimeout allows for a server that takes long after the final dot (RFC 5321 section
	// 4.5.3.2), but not longer than a user would wait.
	defaultTimeout = 30 * time.Second
	// defaultIdle is below the five minutes of RFC 5321 after which a server disconnects.
	defaultIdle = 30 * time.Second
)

var (
	_ delivery.Sender  = (*Sender)(nil)
	_ delivery.Bounded = (*Sender)(nil)
	_ delivery.Limited = (*Sender)(nil)
)

type (
	// Options configure a Sender.
	Options struct {
		// Host is the server's name, which its certificate must have.
		Host string
		Port int
		// Username and Password are the credentials; both empty means none.
		Username string
		Password string
		// From is the sender, as `App <no-reply@example.com>`.
		From string
		// TLS is StartTLS, Implicit or None.
		TLS string
		// Hello is the name in EHLO; empty means the domain of From.
		Hello string
		// Connections is the maximum number of connections; 0 means 4.
		Connections int
		// Timeout bounds one send; 0 means 30 s.
		Timeout time.Duration
		// Idle is how long an unused connection is kept; 0 means 30 s.
		Idle time.Duration
		// RootCAs are the trusted authorities; nil means the system's.
		RootCAs *x509.CertPool
		// DKIM signs every message; nil leaves that to the server.
		DKIM *DKIM
		// Now is the clock for the Date header.
		Now func() time.Time
	}

	// Sender sends through one server. It is safe for concurrent use.
	Sender struct {
		from    *mail.Address
		domain  string
		dkim    *DKIM
		timeout time.Duration
		now     func() time.Time
		pool    *pool
	}
)

// New returns a sender, or an error that names the invalid option. It does not connect.
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
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
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
	return &Sender{from: from, domain: domain, dkim: o.DKIM, timeout: o.Timeout, now: o.Now, pool: newPool(d, o.Connections, o.Idle)}, nil
}

// Bound implements delivery.Bounded.
func (s *Sender) Bound() time.Duration { return s.timeout }

// Capacity implements delivery.Limited: each message needs its own connection.
func (s *Sender) Capacity() int { return cap(s.pool.slots) }

// Check connects, encrypts and authenticates as for a message, but sends none. It fails with a
// *delivery.SendError, which contains none of the server's words.
func (s *Sender) Check(ctx context.Context) error {
	c, failure := s.pool.dialer.dial(ctx)
	if failure != nil {
		return failure
	}
	c.quit()
	return nil
}

// Close closes idle connections, and the others after their message.
func (s *Sender) Close() { s.pool.close() }

// Name implements delivery.Sender.
func (s *Sender) Name() string { return name }

// Repeatable implements delivery.Sender: a message that is sent twice arrives twice.
func (s *Sender) Repeatable() bool { return false }

// Send implements delivery.Sender. ctx bounds everything, including the wait for a connection.
func (s *Sender) Send(ctx context.Context, m delivery.Message) error {
	text, err := s.write(m)
	if err != nil {
		return delivery.FaultInternal.Because(err)
	}
	c, reused, failure := s.pool.take(ctx)
	if failure != nil {
		return failure
	}
	at, failure := c.deliver(ctx, s.from.Address, m.To, text)
	s.pool.put(c)
	if failure != nil && reused && c.broken && at < stepEnd && ctx.Err() == nil {
		// The server was closing an idle connection, which says nothing about this message.
		failure = s.anew(ctx, m.To, text)
	}
	if failure != nil {
		return failure
	}
	delivery.Accepted(ctx, messageID(m)+"@"+s.domain)
	return nil
}

// anew sends over a new connection.
func (s *Sender) anew(ctx context.Context, to string, text []byte) *delivery.SendError {
	c, failure := s.pool.fresh(ctx)
	if failure != nil {
		return failure
	}
	_, failure = c.deliver(ctx, s.from.Address, to, text)
	s.pool.put(c)
	return failure
}
