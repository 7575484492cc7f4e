package delivery

import "time"

const (
	// tripAt is how many faults in a row open a circuit.
	tripAt = 5
	// probeEvery is the least time between two probes of an open circuit.
	probeEvery = 5 * time.Second
	// grace is for how long a probe that is due is left to those whose messages have
	// not failed here: longer than a waiting message takes to come by.
	grace = 3 * time.Second
	// taintFor is for how long it is remembered whose messages have failed.
	taintFor = time.Minute
	// maxTainted bounds what is remembered.
	maxTainted = 1024
)

// The states of a circuit; the metric gives them as these numbers.
const (
	circuitClosed = 0
	circuitOpen   = 2
)

// What a circuit says to a message.
const (
	shut turn = iota
	passes
	probes
)

type (
	// turn is what a message may do now.
	turn int

	// circuit decides whether a provider is asked for a channel. It is a value: what
	// happens gives the next one.
	circuit struct {
		open   bool
		faults int
		// next is when the next probe may begin.
		next time.Time
	}
)

// admit tells what a message may do now. Of an open circuit one message goes through
// in five seconds, the probe, whether the one before has ended or not: one that hangs
// must not keep a provider that is well again waiting. A message that stands back
// leaves it to others for a while.
func (c circuit) admit(now time.Time, standsBack bool) (next circuit, t turn) {
	if !c.open {
		return c, passes
	}
	due := c.next
	if standsBack {
		due = due.Add(grace)
	}
	if now.Before(due) {
		return c, shut
	}
	c.next = now.Add(probeEvery)
	return c, probes
}

// after is the circuit once a request has ended. What began before it opened tells
// nothing new: of an open circuit only a probe counts.
func (c circuit) after(fault, probe bool, now time.Time) circuit {
	switch {
	case c.open && !probe:
		return c
	case !fault:
		return circuit{}
	case c.open:
		return c
	}
	c.faults++
	if c.faults >= tripAt {
		c.open, c.next = true, now.Add(probeEvery)
	}
	return c
}
