package delivery

import "slices"

var (
	// ours are the reasons on the side of the operator or the provider. A client can only
	// wait or use another channel.
	ours = []string{
		ReasonBusy, ReasonChannel, ReasonCredentials, ReasonOpen, ReasonRegion, ReasonSender, ReasonTLS, ReasonThrottled,
		ReasonUnreachable,
	}

	// another are the client reasons after which the same channel will fail for a while, and
	// another one may work. Not among them: messages that may have been accepted, conditions
	// that pass quickly, and unassigned numbers.
	another = []string{
		ReasonBlocked, ReasonCarrier, ReasonExpired, ReasonFiltered, ReasonHandset, ReasonNotMobile, ReasonOptedOut,
		ReasonRejected, ReasonRoute, ReasonUnavailable, ReasonUndelivered,
	}

	// ofRoute are the client reasons that lie with the provider or with us and not with the
	// recipient: the next message of the route is likely to fail for them as well.
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

// Outage reports whether a message that waits for the reason waits for its provider, rather
// than for a free slot.
func Outage(reason string) bool { return reason != ReasonBusy && slices.Contains(ours, reason) }

// OtherChannelMay reports whether a message that failed for the reason will not arrive, while
// one over another channel may.
func OtherChannelMay(reason string) bool { return slices.Contains(another, ClientReason(reason)) }

// AboutRoute reports whether a failure for the reason was caused by the route rather than by
// the recipient.
func AboutRoute(reason string) bool { return slices.Contains(ofRoute, ClientReason(reason)) }
