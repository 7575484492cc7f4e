// Package circuit is a circuit breaker: it decides whether a request may be sent to a
// server or provider that has been failing. Some failures in a row open the circuit. It
// then lets one request through at intervals, the probe, to find out whether the other side
// has recovered. go-zero's breaker is not used: it weighs the last ten seconds, so after a
// healthy period it takes ten seconds of timeouts to open and ten more to close.
package circuit

import (
	"cmp"
	"time"
)

const (
	// Failures is how many failures in a row open a circuit by default.
	Failures = 5
	// ProbeEvery is the default for the minimum time between two probes.
	ProbeEvery = 5 * time.Second
	// Grace is how long a due probe is reserved for requests that do not yield.
	Grace = 3 * time.Second
)

// The states of a circuit, as metrics report them.
const (
	StateClosed = 0
	StateOpen   = 2
)

// The decisions of a circuit on a request.
const (
	Reject Decision = iota
	Pass
	Probe
)

type (
	// Decision says what a request may do now.
	Decision int

	// Circuit is the circuit of one server or provider. Its zero value is closed and uses
	// the defaults. It is a value: each event returns the next one.
	Circuit struct {
		// Failures and ProbeEvery replace the defaults unless they are 0.
		Failures   int
		ProbeEvery time.Duration
		Open       bool
		failures   int
		next       time.Time // of the probe
	}
)

// Admit decides on a request. While the circuit is open, one request in each interval is
// the probe, whether or not the previous probe has ended: a probe that hangs must not delay
// the use of a provider that has recovered. A request that yields leaves the probe to
// others for Grace.
func (c Circuit) Admit(now time.Time, yields bool) (Circuit, Decision) {
	if !c.Open {
		return c, Pass
	}
	due := c.next
	if yields {
		due = due.Add(Grace)
	}
	if now.Before(due) {
		return c, Reject
	}
	c.next = now.Add(c.probeEvery())
	return c, Probe
}

// After returns the circuit after a request has ended. While the circuit is open, only
// probes count: requests that began before it opened say nothing new.
func (c Circuit) After(failed, probe bool, now time.Time) Circuit {
	switch {
	case c.Open && !probe:
		return c
	case !failed:
		return Circuit{Failures: c.Failures, ProbeEvery: c.ProbeEvery}
	case c.Open:
		return c
	}
	c.failures++
	if c.failures >= cmp.Or(c.Failures, Failures) {
		return c.OpenUntil(now.Add(c.probeEvery()))
	}
	return c
}

// OpenUntil returns the circuit opened, with its next probe at the given time.
func (c Circuit) OpenUntil(probe time.Time) Circuit {
	c.Open, c.next = true, probe
	return c
}

// Wait returns how long it is until the next probe.
func (c Circuit) Wait(now time.Time) time.Duration { return c.next.Sub(now) }

func (c Circuit) probeEvery() time.Duration { return cmp.Or(c.ProbeEvery, ProbeEvery) }
