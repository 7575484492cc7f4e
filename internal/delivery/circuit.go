package delivery

import "time"

const (
	// tripAt is how many faults in a row open a circuit.
	tripAt      = 5
	firstRest   = 10 * time.Second
	longestRest = time.Minute
)

// The states of a circuit; the metric gives them as these numbers.
const (
	circuitClosed circuitState = iota
	circuitHalfOpen
	circuitOpen
)

// What the end of a request says about its provider.
const (
	// fine: it answers, whatever it answered about the message.
	fine blame = iota
	// fault: unreachable, silent, broken or too busy.
	fault
	// shut: it knows us no more, so no other request would do better.
	shut
)

type (
	circuitState int

	blame int

	// circuit decides whether a provider is asked. It is a value: what happens
	// gives the next one.
	circuit struct {
		state  circuitState
		faults int
		// rest is how long an open circuit stays so, until when that ends.
		rest  time.Duration
		until time.Time
	}
)

// admit reports whether a request may be made now. The first one after the rest is
// the probe; until it has ended there is no other.
func (c circuit) admit(now time.Time) (next circuit, ok bool) {
	switch {
	case c.state == circuitClosed:
		return c, true
	case c.state == circuitOpen && !now.Before(c.until):
		c.state = circuitHalfOpen
		return c, true
	default:
		return c, false
	}
}

// after is the circuit once a request has ended. What began before it opened
// tells nothing new: of an open circuit only the probe counts.
func (c circuit) after(b blame, probe bool, now time.Time) circuit {
	switch {
	case c.state != circuitClosed && !probe:
		return c
	case b == fine:
		return circuit{}
	}
	c.faults++
	if !probe && b != shut && c.faults < tripAt {
		return c
	}
	c.rest = min(max(2*c.rest, firstRest), longestRest)
	c.state, c.until = circuitOpen, now.Add(c.rest)
	return c
}

// blameOf tells what a failure says about the provider; nil is an accepted
// message. A fault of ours says nothing against it.
func blameOf(failure *SendError) blame {
	if failure == nil || failure.Acted {
		return fine
	}
	switch failure.Reason {
	case ReasonCredentials:
		return shut
	case ReasonUnreachable, ReasonTimeout, ReasonConnection, ReasonProvider, ReasonRateLimited, ReasonUnreadable:
		return fault
	default:
		return fine
	}
}
