package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"user-api/internal/delivery"
)

// The steps of a send.
const (
	stepConnect step = iota
	stepAuth
	stepFrom
	stepTo
	stepData
	// stepEnd is after the end of DATA, when the message may be accepted.
	stepEnd
)

// The codes of RFC 5321 and RFC 4954 that mean something of their own.
const (
	codeClosing      = 421
	codeAuthRequired = 530
	codeAuthWeak     = 534
	codeAuthWrong    = 535
	codeAuthTLS      = 538
	codeNoMailbox    = 550
	codeNotLocal     = 551
	codeBadMailbox   = 553
)

// retryAfter is the least pause after a 4xx: what is busy is not at rest after
// the tenth of a second that a lost connection gets.
const retryAfter = 2 * time.Second

type step int

// failureAt turns an error into what may be done about it. Of the server's words
// the numbers alone are kept.
func failureAt(at step, err error) *delivery.SendError {
	code, enhanced := reply(err)
	failure := &delivery.SendError{Class: delivery.Permanent, Code: code}
	switch {
	case code >= 400 && code < 500:
		failure.Class, failure.Reason, failure.RetryAfter = delivery.Retryable, delivery.ReasonRateLimited, retryAfter
	case code >= 500:
		failure.Reason = refusal(at, code, enhanced)
	case at == stepEnd:
		failure.Class, failure.Reason = delivery.Ambiguous, delivery.ReasonConnection
		if _, malformed := errors.AsType[textproto.ProtocolError](err); malformed || code != 0 {
			failure.Reason = delivery.ReasonUnreadable
		}
	case tlsFault(err) != nil:
		return delivery.NewSendError(delivery.Permanent, delivery.ReasonTLS, tlsFault(err))
	case at == stepAuth && !lost(err):
		return delivery.NewSendError(delivery.Permanent, delivery.ReasonCredentials, errors.New("no way to sign in"))
	default:
		return delivery.NewSendError(delivery.Retryable, delivery.ReasonUnreachable, cause(err))
	}
	return failure
}

// refusal names a 5xx.
func refusal(at step, code int, enhanced string) string {
	switch code {
	case codeAuthRequired, codeAuthWeak, codeAuthWrong, codeAuthTLS:
		return delivery.ReasonCredentials
	}
	switch {
	case at == stepAuth:
		return delivery.ReasonCredentials
	case at == stepFrom || enhanced == "5.1.7" || enhanced == "5.1.8":
		return delivery.ReasonSender
	case strings.HasPrefix(enhanced, "5.1."):
		return delivery.ReasonAddress
	case at == stepTo && enhanced == "" && (code == codeNoMailbox || code == codeNotLocal || code == codeBadMailbox):
		return delivery.ReasonAddress
	}
	return delivery.ReasonRejected
}

// reply gives the server's code and its enhanced one (RFC 3463), or 0.
func reply(err error) (code int, enhanced string) {
	answer, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return 0, ""
	}
	var class, subject, detail int
	if n, _ := fmt.Sscanf(answer.Msg, "%d.%d.%d", &class, &subject, &detail); n == 3 {
		enhanced = fmt.Sprintf("%d.%d.%d", class, subject, detail)
	}
	return answer.Code, enhanced
}

// tlsFault says in our words why a server is not trusted; nil for any other
// error. A certificate's own names are the server's words.
func tlsFault(err error) error {
	if errors.Is(err, errNoStartTLS) {
		return errNoStartTLS
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return errors.New("the certificate is for another host")
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return errors.New("the certificate is of an unknown authority")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errors.New("the certificate is not valid")
	}
	return nil
}

// cause keeps a text only where it is ours: of the network or of ctx.
func cause(err error) error {
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return errors.New("the connection was lost")
}

// lost tells a connection that broke from a sign-in that could not begin.
func lost(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	_, malformed := errors.AsType[textproto.ProtocolError](err)
	return ok || malformed || errors.Is(err, context.Canceled) || isEOF(err)
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
