package delivery

import (
	"fmt"
	"time"
)

// How sure it is that a message was not accepted.
const (
	// Ambiguous: it may have been accepted. The zero value, as the safe one.
	Ambiguous Class = iota
	// Retryable: surely not accepted, and another try may do better.
	Retryable
	// Permanent: surely not accepted, and another try would do no better.
	Permanent
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
	ReasonTimeout     = "timeout"
	ReasonUnconfirmed = "unconfirmed"
	ReasonUndelivered = "undelivered"
	ReasonUnreachable = "provider_unreachable"
	ReasonUnreadable  = "unreadable_answer"
)

type (
	// Class tells what may be done after a failed try.
	Class int

	// SendError is a failed try. Its text holds nothing of the message, the
	// address, the credentials or the provider's own words.
	SendError struct {
		Class  Class
		Reason string
		// Code is the provider's number for the error, 0 if it gave none.
		Code int
		// Acted is set by a sender that only plays one that fails: it says nothing
		// of the sender itself.
		Acted bool
		// RetryAfter is the least pause the provider asked for, 0 if none.
		RetryAfter time.Duration

		err error
	}
)

// NewSendError returns a SendError with a cause. The cause's text goes to the
// log, so it must come from our side of the wire: a dial error, not an answer.
func NewSendError(class Class, reason string, cause error) *SendError {
	return &SendError{Class: class, Reason: reason, err: cause}
}

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
