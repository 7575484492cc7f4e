package delivery

import (
	"fmt"
	"time"
)

// How sure it is that a message was not accepted.
const (
	// Ambiguous: it may have been accepted, so it is never sent again. The zero
	// value, as the safe one.
	Ambiguous Class = iota
	// Retryable: surely not accepted, and another try may do better.
	Retryable
	// Permanent: surely not accepted, and another try does no better until somebody
	// acts.
	Permanent
)

// What a failure tells about, and so what it is charged to. Only the last two say
// anything of the messages to others: they alone move a circuit.
const (
	OfMessage Subject = iota + 1
	OfRecipient
	// OfSender: whom we send as, or what it may do.
	OfSender
	// OfAccount: our credentials, or all that we send.
	OfAccount
	// OfServer: the provider itself, or the way to it.
	OfServer
)

// When the same message is given to the same provider again.
const (
	Never Retry = iota + 1
	// Waits: while the code lives, as soon as the provider works. It uses up no try.
	Waits
	// Soon: after a moment, or when the provider says; three tries in all.
	Soon
	// Spread: 30, 60 and 120 seconds after the first try, as greylisting has it.
	Spread
	// Held: not this message, and none to the recipient by the channel for the next
	// quarter of an hour.
	Held
)

// The reasons a send can have, a closed list of words for status answers, logs
// and metrics. A provider's own text is never a reason.
const (
	ReasonAddress     = "invalid_address"
	ReasonBlocked     = "blocked_for_fraud"
	ReasonCarrier     = "blocked_by_carrier"
	ReasonBusy        = "provider_busy"
	ReasonChannel     = "channel_unavailable"
	ReasonConnection  = "connection_lost"
	ReasonCredentials = "provider_credentials"
	ReasonExpired     = "expired"
	ReasonFiltered    = "filtered"
	ReasonHandset     = "unreachable_handset"
	ReasonInternal    = "internal"
	ReasonNotMobile   = "not_mobile"
	ReasonNumber      = "invalid_number"
	ReasonOpen        = "circuit_open"
	ReasonOptedOut    = "opted_out"
	ReasonProvider    = "provider_error"
	ReasonRateLimited = "rate_limited"
	ReasonRegion      = "region_disabled"
	ReasonRejected    = "rejected"
	ReasonRoute       = "unreachable_route"
	ReasonSender      = "sender"
	ReasonTLS         = "tls"
	ReasonThrottled   = "throttled"
	ReasonTimeout     = "timeout"
	ReasonUnavailable = "unavailable"
	ReasonUnconfirmed = "unconfirmed"
	ReasonUndelivered = "undelivered"
	ReasonUnreachable = "provider_unreachable"
	ReasonUnreadable  = "unreadable_answer"
)

type (
	// Class tells what is known of a message after a failed try.
	Class int

	// Subject is what a failure tells about.
	Subject int

	// Retry says when a provider is asked again.
	Retry int

	// Fault is a way to fail: who is charged, what is known of the message, and what
	// follows. The providers' tables map their answers to these.
	Fault struct {
		Of     Subject
		Class  Class
		Reason string
		Retry  Retry
		// Ends means that no other provider of the route is to be asked: it would do
		// no better, or must not.
		Ends bool
	}

	// SendError is a failed try. Its text holds nothing of the message, the
	// address, the credentials or the provider's own words.
	SendError struct {
		Fault
		// Code is the provider's number for the error, 0 if it gave none.
		Code int
		// RetryAfter is the least pause the provider asked for, 0 if none.
		RetryAfter time.Duration

		err error
	}
)

// Err is the fault as it happens.
func (f Fault) Err() *SendError { return &SendError{Fault: f} }

// Because is the fault with a cause. The cause's text goes to the log, so it must
// come from our side of the wire: a dial error, not an answer.
func (f Fault) Because(cause error) *SendError { return &SendError{Fault: f, err: cause} }

// again reports whether there is to be another try.
func (f Fault) again() bool { return f.Retry == Waits || f.Retry == Soon || f.Retry == Spread }

// Moves reports whether the fault moves the provider's circuit.
func (f Fault) Moves() bool { return f.Of == OfAccount || f.Of == OfServer }

// String is the class's word in logs and metrics.
func (c Class) String() string {
	switch c {
	case Retryable:
		return "retryable"
	case Permanent:
		return "permanent"
	default:
		return "ambiguous"
	}
}

// String is the subject's word in logs and documents.
func (s Subject) String() string {
	switch s {
	case OfRecipient:
		return "recipient"
	case OfSender:
		return "sender"
	case OfAccount:
		return "account"
	case OfServer:
		return "server"
	default:
		return "message"
	}
}

// Error gives class, reason, code and cause.
func (e *SendError) Error() string {
	s := fmt.Sprintf("%s: %s", e.Class, e.Reason)
	if e.Code != 0 {
		s += fmt.Sprintf(" (%d)", e.Code)
	}
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.err }
