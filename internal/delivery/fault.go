package delivery

// The faults that no answer of a provider tells of.
var (
	// FaultInternal is a fault of ours, before anybody was asked.
	FaultInternal = Fault{OfMessage, Permanent, ReasonInternal, Never, false}
	// FaultPanic is one in the middle of a request.
	FaultPanic = Fault{OfMessage, Ambiguous, ReasonInternal, Never, true}
	// FaultChannel is of a sender that has no way to send by the channel.
	FaultChannel = Fault{OfSender, Permanent, ReasonChannel, Never, false}
	// FaultUnconfirmed is of a try whose process was killed.
	FaultUnconfirmed = Fault{OfMessage, Ambiguous, ReasonUnconfirmed, Never, true}
	// FaultHeld is of a recipient that a provider has blocked for a while.
	FaultHeld = Fault{OfRecipient, Permanent, ReasonBlocked, Never, true}

	// FaultBusy is of a message for which there was no place: nobody was asked.
	FaultBusy = Fault{OfSender, Retryable, ReasonBusy, Waits, false}

	faultOpen  = Fault{OfServer, Retryable, ReasonOpen, Waits, false}
	faultNewer = Fault{OfMessage, Retryable, ReasonInternal, Waits, false}
)

// The faults that every provider has.
var (
	// FaultUnreachable: no connection was made.
	FaultUnreachable = Fault{OfServer, Retryable, ReasonUnreachable, Waits, false}
	// FaultTimeout: asked, and no answer in time.
	FaultTimeout = Fault{OfServer, Ambiguous, ReasonTimeout, Never, true}
	// FaultConnection: asked, and the connection broke.
	FaultConnection = Fault{OfServer, Ambiguous, ReasonConnection, Never, true}
	// FaultProvider: the provider's own failure.
	FaultProvider = Fault{OfServer, Ambiguous, ReasonProvider, Never, true}
	// FaultUnreadable: an answer that is none of the provider's.
	FaultUnreadable = Fault{OfServer, Ambiguous, ReasonUnreadable, Never, true}
	// FaultCredentials: it does not know us.
	FaultCredentials = Fault{OfAccount, Permanent, ReasonCredentials, Waits, false}
	// FaultThrottled: too much of ours in all.
	FaultThrottled = Fault{OfAccount, Retryable, ReasonThrottled, Waits, false}
	// FaultRateLimited: too much for this recipient.
	FaultRateLimited = Fault{OfRecipient, Retryable, ReasonRateLimited, Soon, false}
	// FaultRejected: refused, for a reason that names nobody else.
	FaultRejected = Fault{OfMessage, Permanent, ReasonRejected, Never, false}
	// FaultNumber, FaultNotMobile and FaultOptedOut: nobody reaches this recipient.
	FaultNumber    = Fault{OfRecipient, Permanent, ReasonNumber, Never, true}
	FaultNotMobile = Fault{OfRecipient, Permanent, ReasonNotMobile, Never, true}
	FaultOptedOut  = Fault{OfRecipient, Permanent, ReasonOptedOut, Never, true}
	// FaultRoute: this provider does not reach the recipient.
	FaultRoute = Fault{OfRecipient, Permanent, ReasonRoute, Never, false}
	// FaultBlocked: stopped for fraud, for a while. A number under suspicion is not to
	// be reached by a detour.
	FaultBlocked = Fault{OfRecipient, Permanent, ReasonBlocked, Held, true}
	// FaultSender: who sends may not, or not to there.
	FaultSender = Fault{OfSender, Permanent, ReasonSender, Never, false}
	// FaultRegion: the country is switched off.
	FaultRegion = Fault{OfSender, Permanent, ReasonRegion, Never, false}
)

type (
	// Rule is a row of the fault table: an answer of a provider, as the documents and
	// the code know it, and the fault that it is.
	Rule[A any] struct {
		// Answer is what the provider says, in words for docs/delivery.md.
		Answer string
		Is     func(A) bool
		Fault  Fault
	}

	// Rules are all the failures of one provider. The first that an answer is
	// decides; the last takes every answer.
	Rules[A any] []Rule[A]

	// Row is a rule without its code, for the documents.
	Row struct {
		Answer string
		Fault  Fault
	}
)

// When is a rule.
func When[A any](answer string, is func(A) bool, fault Fault) Rule[A] {
	return Rule[A]{Answer: answer, Is: is, Fault: fault}
}

// Judge is the fault that an answer is.
func (r Rules[A]) Judge(answer A) Fault {
	for _, rule := range r {
		if rule.Is(answer) {
			return rule.Fault
		}
	}
	return FaultUnreadable // not reached, by the last rule
}

// Rows are the rules as the documents show them.
func (r Rules[A]) Rows() []Row {
	rows := make([]Row, len(r))
	for i, rule := range r {
		rows[i] = Row{rule.Answer, rule.Fault}
	}
	return rows
}
