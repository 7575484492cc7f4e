// Package circuit decides whether a provider that fails is asked: after some failures in a
// row it is left alone, but for one request in a while that finds out whether it is well.
package circuit

import "time"

const (
	// TripAt is how many faults in a row open a circuit.
	TripAt = 5
	// ProbeEvery is the least time between two probes of an open circuit.
	ProbeEvery = 5 * time.Second
	// Grace is for how long a probe that is due is left to those who do not stand back.
	Grace = 3 * time.Second
)

// The states of a circuit, as metrics give them.
const (
	StateClosed = 0
	StateOpen   = 2
)

// What a circuit says to a request.
const (
	Shut Turn = iota
	Passes
	Probes
)

type (
	// Turn is what a request may do now.
	Turn int

	// Circuit is of one provider. It is a value: what happens gives the next one.
	Circuit struct {
		Open   bool
		faults int
		// next is when the next probe may begin.
		next time.Time
	}
)

// Admit tells what a request may do now. Of an open circuit one request goes through
// in five seconds, the probe, whether the one before has ended or not: one that hangs
// must not keep a provider that is well again waiting. A request that stands back
// leaves it to others for a while.
func (c Circuit) Admit(now time.Time, standsBack bool) (next Circuit, t Turn) {
	if !c.Open {
		return c, Passes
	}
	due := c.next
	if standsBack {
		due = due.Add(Grace)
	}
	if now.Before(due) {
		return c, Shut
	}
	c.next = now.Add(ProbeEvery)
	return c, Probes
}

// After is the circuit once a request has ended. What began before it opened tells
// nothing new: of an open circuit only a probe counts.
func (c Circuit) After(fault, probe bool, now time.Time) Circuit {
	switch {
	case c.Open && !probe:
		return c
	case !fault:
		return Circuit{}
	case c.Open:
		return c
	}
	c.faults++
	if c.faults >= TripAt {
		c.Open, c.next = true, now.Add(ProbeEvery)
	}
	return c
}
