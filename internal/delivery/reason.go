package delivery

import "slices"

var (
	// ours are the reasons that lie with the operator or the provider, and in which a
	// client can do nothing but wait or go another way.
	ours = []string{
		ReasonBusy, ReasonChannel, ReasonCredentials, ReasonOpen, ReasonRegion, ReasonSender, ReasonTLS, ReasonThrottled,
		ReasonUnreachable,
	}

	// another are the told reasons after which the same channel would do no better
	// for a while, and another one may. Not among them: what may have been accepted,
	// what passes by itself, and a number that nobody has.
	another = []string{
		ReasonBlocked, ReasonCarrier, ReasonExpired, ReasonFiltered, ReasonHandset, ReasonNotMobile, ReasonOptedOut,
		ReasonRejected, ReasonRoute, ReasonUnavailable, ReasonUndelivered,
	}

	// ofRoute are the told reasons that lie with the provider or with us, and not with
	// the recipient: the next message of the route is likely to fail for them as well.
	ofRoute = []string{ReasonConnection, ReasonProvider, ReasonTimeout, ReasonUnavailable, ReasonUnreadable}
)

// ClientReason returns the reason that clients see. An outage on our side is unavailable,
// without its cause.
func ClientReason(reason string) string {
	if slices.Contains(ours, reason) {
		return ReasonUnavailable
	}
	return reason
}

// Outage reports whether a message that waits for the reason waits for its provider,
// and not for a place.
func Outage(reason string) bool { return reason != ReasonBusy && slices.Contains(ours, reason) }

// AnotherMay reports whether a message that failed for the reason will not come,
// and one by another channel may.
func AnotherMay(reason string) bool { return slices.Contains(another, ClientReason(reason)) }

// AboutRoute reports whether a message that failed for the reason failed for the
// sake of its route, and not for its recipient's.
func AboutRoute(reason string) bool { return slices.Contains(ofRoute, ClientReason(reason)) }
