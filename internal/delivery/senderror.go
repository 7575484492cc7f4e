package delivery

import (
	"fmt"
	"time"
)

// How certain it is that a message was not accepted.
const (
	// Ambiguous: it may have been accepted, so it is never sent again. This is the zero
	// value because it is the safe one.
	Ambiguous Class = iota
	// Retryable: certainly not accepted, and a retry may succeed.
	Retryable
	// Permanent: certainly not accepted, and a retry fails too until somebody intervenes.
	Permanent
)

// What a failure is attributed to. Only the last two predict the failure of other messages, so
// only they affect a circuit.
const (
	OfMessage Subject = iota + 1
	OfRecipient
	// OfSender: the sender id, or what it is permitted to send.
	OfSender
	// OfAccount: our credentials, or our total volume.
	OfAccount
	// OfServer: the provider itself, or the connection to it.
	OfServer
)

// When the same message is sent to the same provider again.
const (
	Never Retry = iota + 1
	// Waits: as soon as the provider works, while the code lives. It uses up no attempt.
	Waits
	// Soon: after a moment, or when the provider says; three attempts in total.
	Soon
	// Spread: 30, 60 and 120 seconds after the first attempt, to pass greylisting.
	Spread
	// Blocks: never, nor is any other message sent to the recipient over the channel for the
	// next 15 minutes.
	Blocks
)

// The reasons of a send, a closed list of words for status answers, logs and metrics. A
// provider's own text is never a reason.
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
	// Class is what is known about a message after a failed attempt.
	Class int

	// Subject is what a failure is attributed to.
	Subject int

	// Retry is when a provider is called again.
	Retry int

	// Fault is a kind of failure: what it is attributed to, what is known about the message,
	// and what follows. The providers' tables map their answers to faults.
	Fault struct {
		Of     Subject
		Class  Class
		Reason string
		Retry  Retry
		// Ends means that no other provider of the route may be tried: it would not do better,
		// or must not be used.
		Ends bool
	}

	// SendError is a failed attempt. Its text contains nothing of the message, the address,
	// the credentials or the provider's own words.
	SendError struct {
		Fault
		// Code is the provider's error code, 0 if it gave none.
		Code int
		// RetryAfter is the minimum pause that the provider demands, 0 if none.
		RetryAfter time.Duration

		err error
	}
)

// Err returns the fault as an error.
func (f Fault) Err() *SendError { return &SendError{Fault: f} }

// Because returns the fault with a cause. The cause's text is logged, so it must come from our
// side of the connection: a dial error, not an answer.
func (f Fault) Because(cause error) *SendError { return &SendError{Fault: f, err: cause} }

// again reports whether there is another attempt.
func (f Fault) again() bool { return f.Retry == Waits || f.Retry == Soon || f.Retry == Spread }

// Moves reports whether the fault affects the provider's circuit.
func (f Fault) Moves() bool { return f.Of == OfAccount || f.Of == OfServer }

// String returns the class's word in logs and metrics.
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

// String returns the subject's word in logs and documents.
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

// Error returns class, reason, code and cause.
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

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.err }
