// Package smtp sends e-mail through a submission server.
//
// What may be done after a failure follows from where it happened, for a server
// has accepted a message once it answers the end of DATA, and not before. From RCPT
// on a failure is charged to the recipient or the message, and before that to the
// server, the account or the sender. The rules in failure.go say it all.
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
	// defaultTimeout has in mind that a server may take its time with the final dot
	// (RFC 5321 section 4.5.3.2), and a user none.
	defaultTimeout = 30 * time.Second
	// defaultIdle is below the five minutes that a server waits (RFC 5321).
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
		// Timeout bounds one send; 0 means 30 s.
		Timeout time.Duration
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
		from    *mail.Address
		domain  string
		dkim    *DKIM
		timeout time.Duration
		now     func() time.Time
		pool    *pool
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

// Capacity implements delivery.Limited: a message needs a connection of its own.
func (s *Sender) Capacity() int { return cap(s.pool.slots) }

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
		return delivery.FaultInternal.Because(err)
	}
	c, reused, failure := s.pool.take(ctx)
	if failure != nil {
		return failure
	}
	at, failure := c.deliver(ctx, s.from.Address, m.To, text)
	s.pool.put(c)
	if failure != nil && reused && c.broken && at < stepEnd && ctx.Err() == nil {
		// The server was about to end a connection that had been idle, which says
		// nothing of this message.
		failure = s.anew(ctx, m.To, text)
	}
	if failure != nil {
		return failure
	}
	delivery.Accepted(ctx, messageID(m)+"@"+s.domain)
	return nil
}

// anew sends by a connection that is new.
func (s *Sender) anew(ctx context.Context, to string, text []byte) *delivery.SendError {
	c, failure := s.pool.fresh(ctx)
	if failure != nil {
		return failure
	}
	_, failure = c.deliver(ctx, s.from.Address, to, text)
	s.pool.put(c)
	return failure
}
