package delivery

import (
	"context"
	"slices"
	"time"
)

// another are the reasons after which the same channel would do no better, and
// another one may. Not among them: what may have been accepted, what passes by
// itself, a number that nobody has, and an address under suspicion of fraud.
var another = []string{
	ReasonCarrier, ReasonChannel, ReasonCredentials, ReasonExpired, ReasonFiltered, ReasonHandset, ReasonNotMobile,
	ReasonOptedOut, ReasonRegion, ReasonRejected, ReasonRoute, ReasonSender, ReasonUndelivered,
}

// ofRoute are the reasons that lie with the provider or with us, and not with the
// recipient: the next message of the route is likely to fail for them as well.
var ofRoute = []string{
	ReasonBusy, ReasonChannel, ReasonConnection, ReasonCredentials, ReasonOpen, ReasonProvider, ReasonRateLimited,
	ReasonRegion, ReasonSender, ReasonTLS, ReasonTimeout, ReasonUnreachable, ReasonUnreadable,
}

type (
	// Receipt tells what became of a message after the provider had accepted it.
	Receipt struct {
		// Ref is what Receipts.Ref gave for the message.
		Ref string
		// ID is the provider's own name for the message.
		ID string
		// Status is StatusSent, StatusDelivered or StatusFailed.
		Status Status
		// Reason is why it failed, of the same words as a SendError's.
		Reason string
		// Code is the provider's number for the error, 0 if it gave none.
		Code int
		// After is how long from now the receipt counts; of a made-up one only.
		After time.Duration
	}

	// Receipts takes receipts, in any order and any number of times.
	Receipts interface {
		// Ref gives what the provider is to hand back with the receipts of m. It
		// can stand in a URL, and tells nothing of the message.
		Ref(m Message, provider string) (string, error)
		// Take records a receipt. What it cannot place it ignores; an error says
		// that the store could not be asked.
		Take(ctx context.Context, r Receipt) error
	}
)

// AnotherMay reports whether a message that failed for the reason will not come,
// and one by another channel may.
func AnotherMay(reason string) bool { return slices.Contains(another, reason) }

// AboutRoute reports whether a message that failed for the reason failed for the
// sake of its route, and not for its recipient's.
func AboutRoute(reason string) bool { return slices.Contains(ofRoute, reason) }
