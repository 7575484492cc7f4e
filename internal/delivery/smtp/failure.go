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

	"user-api/internal/delivery"
)

// The steps of a send.
const (
	stepConnect step = iota
	stepAuth
	stepFrom
	stepTo
	stepData
	// stepEnd is after the end of DATA, when the message may have been accepted.
	stepEnd
)

// The codes of RFC 5321 and RFC 4954 with a meaning of their own.
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

type step int

// failed is a failed step: by a reply, or without one.
type failed struct {
	at       step
	code     int
	enhanced string
	err      error
}

// The faults that only e-mail has.
var (
	untrusted = delivery.Fault{Of: delivery.OfServer, Class: delivery.Permanent, Reason: delivery.ReasonTLS, Retry: delivery.Waits}
	// full: the server accepts nothing from us at the moment.
	full = delivery.Fault{Of: delivery.OfServer, Class: delivery.Retryable, Reason: delivery.ReasonThrottled, Retry: delivery.Waits}
	// putOff: the server does not accept the recipient at the moment.
	putOff    = delivery.Fault{Of: delivery.OfRecipient, Class: delivery.Retryable, Reason: delivery.ReasonRateLimited, Retry: delivery.Spread}
	noMailbox = delivery.Fault{Of: delivery.OfRecipient, Class: delivery.Permanent, Reason: delivery.ReasonAddress, Retry: delivery.Never, Ends: true}
	refused   = delivery.Fault{Of: delivery.OfRecipient, Class: delivery.Permanent, Reason: delivery.ReasonRejected, Retry: delivery.Never}
)

// rules are the failures of a send. Before RCPT a server does not know the recipient, so a
// failure affects everybody. From RCPT on every failure is attributed to the recipient or the
// message: the server may be asking servers of the recipient, and anybody can run a slow one.
var rules = delivery.Rules[failed]{
	delivery.When("no STARTTLS; a certificate that is not the server's",
		func(f failed) bool { return f.code == 0 && tlsFault(f.err) != nil }, untrusted),
	delivery.When("no authentication mechanism that we support",
		func(f failed) bool { return f.at == stepAuth && f.code == 0 && !lost(f.err) }, delivery.FaultCredentials),
	delivery.When("no connection, no answer, or a lost one, before RCPT",
		func(f failed) bool { return f.at < stepTo && f.code == 0 }, delivery.FaultUnreachable),
	delivery.When("421 and any 4xx before RCPT",
		func(f failed) bool { return f.at < stepTo && f.code < 500 }, full),
	delivery.When("5xx to AUTH; 530, 534, 535 and 538 to MAIL",
		func(f failed) bool { return f.at == stepAuth || f.at == stepFrom && unsigned(f.code) }, delivery.FaultCredentials),
	delivery.When("5xx to the greeting, EHLO or STARTTLS",
		func(f failed) bool { return f.at == stepConnect }, delivery.FaultUnreachable),
	delivery.When("any other 5xx to MAIL; 5.1.7 and 5.1.8",
		func(f failed) bool { return f.at == stepFrom || f.enhanced == "5.1.7" || f.enhanced == "5.1.8" }, delivery.FaultSender),
	delivery.When("421 and any 4xx from RCPT on, greylisting among them",
		func(f failed) bool { return f.code >= 400 && f.code < 500 }, putOff),
	delivery.When("no or a malformed answer to RCPT or DATA, or a connection lost there",
		func(f failed) bool { return f.at < stepEnd && f.code < 400 }, putOff),
	delivery.When("any other 5.1.x; 550, 551 and 553 to RCPT without an enhanced code", failed.unknownRecipient, noMailbox),
	delivery.When("any other 5xx to RCPT",
		func(f failed) bool { return f.at == stepTo }, refused),
	delivery.When("any other 5xx to DATA or the final dot",
		func(f failed) bool { return f.code >= 500 }, delivery.FaultRejected),
	delivery.When("a malformed answer to the final dot",
		func(f failed) bool { return f.code != 0 || isMalformed(f.err) }, ofMessage(delivery.FaultUnreadable)),
	delivery.When("no answer to the final dot in time",
		func(f failed) bool { return isLate(f.err) }, ofMessage(delivery.FaultTimeout)),
	delivery.When("a connection lost after the final dot",
		func(failed) bool { return true }, ofMessage(delivery.FaultConnection)),
}

// Rows returns the rules for the documents.
func Rows() []delivery.Row { return rules.Rows() }

// failureAt classifies an error. Only the numbers of the server's answer are kept.
func failureAt(at step, err error) *delivery.SendError {
	f := failed{at: at, err: err}
	f.code, f.enhanced = reply(err)
	fault := rules.Judge(f)
	failure := fault.Err()
	switch {
	case f.code != 0 || at >= stepTo:
	case fault.Reason == delivery.ReasonTLS:
		failure = fault.Because(tlsFault(err))
	case fault.Reason == delivery.ReasonCredentials:
		failure = fault.Because(errors.New("no supported authentication mechanism"))
	default:
		failure = fault.Because(cause(err))
	}
	failure.Code = f.code
	return failure
}

// unsigned reports whether a code means that authentication is missing or failed.
func unsigned(code int) bool {
	return code == codeAuthRequired || code == codeAuthWeak || code == codeAuthWrong || code == codeAuthTLS
}

func (f failed) unknownRecipient() bool {
	bare := f.enhanced == "" && (f.code == codeNoMailbox || f.code == codeNotLocal || f.code == codeBadMailbox)
	return strings.HasPrefix(f.enhanced, "5.1.") || f.at == stepTo && bare
}

// ofMessage returns the fault for the case that the server has accepted everything so far.
func ofMessage(fault delivery.Fault) delivery.Fault {
	fault.Of = delivery.OfMessage
	return fault
}

// reply returns the server's code and its enhanced code (RFC 3463), or 0.
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

// tlsFault returns, in our own words, why a server is not trusted, or nil for any other error.
// The names in a certificate are the server's words.
func tlsFault(err error) error {
	if errors.Is(err, errNoStartTLS) {
		return errNoStartTLS
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return errors.New("the certificate is for another host")
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return errors.New("the certificate is from an unknown authority")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errors.New("the certificate is not valid")
	}
	return nil
}

// cause only keeps a text that is not the server's: that of the network or of ctx.
func cause(err error) error {
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return errors.New("the connection was lost")
}

// lost distinguishes a broken connection from a missing authentication mechanism.
func lost(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok || isMalformed(err) || errors.Is(err, context.Canceled) || isEOF(err)
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func isMalformed(err error) bool {
	_, malformed := errors.AsType[textproto.ProtocolError](err)
	return malformed
}

// isLate reports whether a deadline has passed, which is also how the context ends an operation.
func isLate(err error) bool {
	wait, ok := errors.AsType[net.Error](err)
	return errors.Is(err, context.DeadlineExceeded) || ok && wait.Timeout()
}
