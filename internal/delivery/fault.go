package delivery

import (
	"fmt"
	"slices"
	"strings"
)

// Faults that do not come from a provider's answer.
var (
	// FaultInternal is a failure on our side before any request.
	FaultInternal = Fault{OfMessage, Permanent, ReasonInternal, Never, false}
	// FaultPanic is a panic during a request.
	FaultPanic = Fault{OfMessage, Ambiguous, ReasonInternal, Never, true}
	// FaultChannel is a sender that is not set up for the channel.
	FaultChannel = Fault{OfSender, Permanent, ReasonChannel, Never, false}
	// FaultUnconfirmed is an attempt whose process was killed.
	FaultUnconfirmed = Fault{OfMessage, Ambiguous, ReasonUnconfirmed, Never, true}
	// FaultRecipientBlocked is a recipient that a provider has blocked for a while.
	FaultRecipientBlocked = Fault{OfRecipient, Permanent, ReasonBlocked, Never, true}

	// FaultBusy is a message for which there was no slot. No request was sent.
	FaultBusy = Fault{OfSender, Retryable, ReasonBusy, Waits, false}

	faultOpen  = Fault{OfServer, Retryable, ReasonOpen, Waits, false}
	faultNewer = Fault{OfMessage, Retryable, ReasonInternal, Waits, false}
)

// Faults that every provider has.
var (
	// FaultUnreachable: no connection could be made.
	FaultUnreachable = Fault{OfServer, Retryable, ReasonUnreachable, Waits, false}
	// FaultTimeout: the request was sent, and no answer came in time.
	FaultTimeout = Fault{OfServer, Ambiguous, ReasonTimeout, Never, true}
	// FaultConnection: the request was sent, and the connection broke.
	FaultConnection = Fault{OfServer, Ambiguous, ReasonConnection, Never, true}
	// FaultProvider: an error on the provider's side.
	FaultProvider = Fault{OfServer, Ambiguous, ReasonProvider, Never, true}
	// FaultUnreadable: an answer that does not come from the provider.
	FaultUnreadable = Fault{OfServer, Ambiguous, ReasonUnreadable, Never, true}
	// FaultCredentials: the provider rejects our credentials.
	FaultCredentials = Fault{OfAccount, Permanent, ReasonCredentials, Waits, false}
	// FaultThrottled: we have sent too much in total.
	FaultThrottled = Fault{OfAccount, Retryable, ReasonThrottled, Waits, false}
	// FaultRateLimited: too many messages to this recipient.
	FaultRateLimited = Fault{OfRecipient, Retryable, ReasonRateLimited, Soon, false}
	// FaultRejected: rejected for a reason that applies to this message only.
	FaultRejected = Fault{OfMessage, Permanent, ReasonRejected, Never, false}
	// FaultNumber, FaultNotMobile and FaultOptedOut: no provider reaches this recipient.
	FaultNumber    = Fault{OfRecipient, Permanent, ReasonNumber, Never, true}
	FaultNotMobile = Fault{OfRecipient, Permanent, ReasonNotMobile, Never, true}
	FaultOptedOut  = Fault{OfRecipient, Permanent, ReasonOptedOut, Never, true}
	// FaultRoute: this provider does not reach the recipient.
	FaultRoute = Fault{OfRecipient, Permanent, ReasonRoute, Never, false}
	// FaultBlocked: stopped for a while on suspicion of fraud. Another provider must not be
	// used to get around that.
	FaultBlocked = Fault{OfRecipient, Permanent, ReasonBlocked, Blocks, true}
	// FaultSender: the sender may not send, or not to this destination.
	FaultSender = Fault{OfSender, Permanent, ReasonSender, Never, false}
	// FaultRegion: the country is disabled.
	FaultRegion = Fault{OfSender, Permanent, ReasonRegion, Never, false}
)

type (
	// Rule is a row of the fault table: an answer of a provider, for the code and for the
	// documents, and the fault it means.
	Rule[A any] struct {
		// Answer describes what the provider says, for docs/delivery.md.
		Answer string
		Is     func(A) bool
		Fault  Fault
	}

	// Rules are all failures of one provider. The first rule that matches an answer decides;
	// the last one matches every answer.
	Rules[A any] []Rule[A]

	// Row is a rule for the documents.
	Row struct {
		Answer string
		Fault  Fault
	}
)

// When returns a rule.
func When[A any](answer string, is func(A) bool, fault Fault) Rule[A] {
	return Rule[A]{Answer: answer, Is: is, Fault: fault}
}

// Codes returns the rule for answers with one of codes.
func Codes[A any, C comparable](fault Fault, meaning string, codeOf func(A) C, codes ...C) Rule[A] {
	return When(Quoted(codes)+": "+meaning, func(answer A) bool { return slices.Contains(codes, codeOf(answer)) }, fault)
}

// Quoted lists codes for the documents.
func Quoted[C any](codes []C) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprintf("`%v`", code)
	}
	return strings.Join(words, ", ")
}

// AfterAccept returns the fault of a message that failed after the provider had accepted it. It
// is not sent again.
func AfterAccept(of Subject, reason string) Fault {
	return Fault{Of: of, Class: Permanent, Reason: reason, Retry: Never, Ends: true}
}

// Judge returns the fault that an answer means.
func (r Rules[A]) Judge(answer A) Fault {
	for _, rule := range r {
		if rule.Is(answer) {
			return rule.Fault
		}
	}
	return FaultUnreadable // unreachable: the last rule matches
}

// Rows returns the rules for the documents.
func (r Rules[A]) Rows() []Row {
	rows := make([]Row, len(r))
	for i, rule := range r {
		rows[i] = Row{rule.Answer, rule.Fault}
	}
	return rows
}
