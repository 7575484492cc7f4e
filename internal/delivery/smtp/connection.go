package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"user-api/internal/delivery"
)

const (
	connectTimeout = 5 * time.Second
	// probeTimeout is for the check of a kept connection.
	probeTimeout = 2 * time.Second
	quitTimeout  = time.Second
)

var (
	errNoMechanism = errors.New("smtp: the server offers neither PLAIN nor LOGIN")
	errNoStartTLS  = errors.New("smtp: the server offers no STARTTLS")

	// longAgo is a deadline that ends any operation.
	longAgo = time.Unix(1, 0)
)

type (
	// dialer connects to the server.
	dialer struct {
		host, tls          string
		port               int
		hello              string
		username, password string
		config             *tls.Config
	}

	// connection is an authenticated connection.
	connection struct {
		*smtp.Client
		raw net.Conn
		// broken means that it cannot be used any more.
		broken bool
		// expire closes it when it has been idle.
		expire *time.Timer
	}
)

// dial connects, encrypts and authenticates.
func (d *dialer) dial(ctx context.Context) (*connection, *delivery.SendError) {
	raw, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(d.host, strconv.Itoa(d.port)))
	if err != nil {
		return nil, failureAt(stepConnect, err)
	}
	c := &connection{raw: raw}
	stop := c.bound(ctx)
	failure := d.open(c)
	stop()
	if failure == nil && c.broken { // ctx ended at the last moment
		failure = failureAt(stepConnect, ctx.Err())
	}
	if failure != nil {
		raw.Close()
		return nil, failure
	}
	return c, nil
}

func (d *dialer) open(c *connection) *delivery.SendError {
	wire := c.raw
	if d.tls == Implicit {
		// The first read performs the handshake.
		wire = tls.Client(c.raw, d.config)
	}
	var err error
	if c.Client, err = smtp.NewClient(wire, d.host); err != nil {
		return failureAt(stepConnect, err)
	}
	// The message and its addresses are ASCII. A server that is asked for SMTPUTF8 may
	// forward the mail only to servers that support it too.
	c.SkipSMTPUTF8(true)
	if err := c.Hello(d.hello); err != nil {
		return failureAt(stepConnect, err)
	}
	if d.tls == StartTLS {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return failureAt(stepConnect, errNoStartTLS)
		}
		if err := c.StartTLS(d.config); err != nil {
			return failureAt(stepConnect, err)
		}
	}
	if d.username != "" {
		if err := d.signIn(c); err != nil {
			return failureAt(stepAuth, err)
		}
	}
	return nil
}

// signIn sends the password over TLS or to this host only; go-mail's mechanisms ensure that.
func (d *dialer) signIn(c *connection) error {
	_, offered := c.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered)) // RFC 4422: case-insensitive
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return c.Auth(smtp.PlainAuth("", d.username, d.password, d.host, false))
	case slices.Contains(mechanisms, "LOGIN"):
		return c.Auth(smtp.LoginAuth(d.username, d.password, d.host, false))
	}
	return errNoMechanism
}

// deliver sends one message. On failure it returns the step.
func (c *connection) deliver(ctx context.Context, from, to string, text []byte) (at step, failure *delivery.SendError) {
	defer c.bound(ctx)()
	if err := c.Mail(quoted(from)); err != nil {
		return stepFrom, c.failed(stepFrom, err)
	}
	if err := c.Rcpt(quoted(to)); err != nil {
		return stepTo, c.failed(stepTo, err)
	}
	w, err := c.Data()
	if err != nil {
		return stepData, c.failed(stepData, err)
	}
	if _, err := w.Write(text); err != nil {
		// Close would end the message, and half of it might be accepted.
		return stepData, c.failed(stepData, err)
	}
	if err := w.Close(); err != nil {
		return stepEnd, c.failed(stepEnd, err)
	}
	return 0, nil
}

// failed records whether the connection is still usable: after a refusal it is, unless the server
// closes it.
func (c *connection) failed(at step, err error) *delivery.SendError {
	code, _ := reply(err)
	c.broken = c.broken || code == 0 || code == codeClosing
	return failureAt(at, err)
}

// alive checks a kept connection, and resets what a refused message left there.
func (c *connection) alive(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	stop := c.bound(ctx)
	err := c.Reset()
	stop()
	return err == nil && !c.broken
}

// bound ends operations on the connection when ctx ends. The connection is then broken, because
// an answer may still arrive.
func (c *connection) bound(ctx context.Context) (stop func()) {
	release := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(longAgo) })
	return func() {
		if !release() {
			c.broken = true
		}
	}
}

// quit says QUIT and closes, within a second.
func (c *connection) quit() {
	cut := time.AfterFunc(quitTimeout, func() { c.raw.Close() })
	defer cut.Stop()
	if !c.broken {
		_ = c.Quit()
	}
	c.raw.Close()
}
