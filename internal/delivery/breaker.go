package delivery

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/circuit"
)

const (
	// suspectFor is how long a requester stays suspect after a failure.
	suspectFor = time.Minute
	// maxSuspects bounds the memory for suspects.
	maxSuspects = 1024
)

// breaker is this process's circuit breaker for one channel of a provider. A client who chooses
// recipients for whom the provider fails can open the circuit. To keep that client's messages
// from being all of the probes as well, requesters with recent failures are suspects, and the
// first probe is left to the messages of others.
type breaker struct {
	provider string
	channel  Channel

	mu       sync.Mutex
	circuit  circuit.Circuit
	suspects map[string]time.Time
	// waiting holds the messages that wait for the circuit, by id.
	waiting map[string]waiter
}

// waiter is a waiting message.
type waiter struct {
	requester string
	// hidden messages are never probes.
	hidden bool
	// seen is when it was last checked, until when it is worth sending.
	seen, until time.Time
}

func newBreaker(provider string, channel Channel) *breaker {
	circuits.Set(circuit.StateClosed, provider, string(channel))
	return &breaker{provider: provider, channel: channel, suspects: map[string]time.Time{}, waiting: map[string]waiter{}}
}

// peek returns what the message may do now, and records it as waiting if the circuit is open.
func (b *breaker) peek(m Message, now time.Time) circuit.Decision {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, t := b.turn(m, now)
	return t
}

// admit is peek for a message that is sent now. A hidden message is never the probe; it passes
// if a probe is due that no other message has taken.
func (b *breaker) admit(m Message, now time.Time) circuit.Decision {
	b.mu.Lock()
	defer b.mu.Unlock()
	next, t := b.turn(m, now)
	if t == circuit.Reject {
		return circuit.Reject
	}
	delete(b.waiting, m.ID)
	if m.Hidden {
		return circuit.Pass
	}
	b.circuit = next
	return t
}

// turn must be called with the lock held.
func (b *breaker) turn(m Message, now time.Time) (circuit.Circuit, circuit.Decision) {
	next, t := b.circuit.Admit(now, b.yields(m, now))
	if t == circuit.Reject {
		b.waiting[m.ID] = waiter{requester: m.Requester, hidden: m.Hidden, seen: now, until: now.Add(m.ExpiresIn - lastMoment)}
	}
	return next, t
}

// record updates the circuit after a request.
func (b *breaker) record(ctx context.Context, m Message, probe bool, failure *SendError, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fault := failure != nil && failure.Moves()
	if fault {
		b.suspect(m.Requester, now)
	}
	before := b.circuit
	b.circuit = before.After(fault, probe, now)
	if before.Open == b.circuit.Open {
		return
	}
	if b.circuit.Open {
		// Logged once per opening, not for every failed probe.
		circuits.Set(circuit.StateOpen, b.provider, string(b.channel))
		logx.WithContext(ctx).Errorw("delivery: circuit open", logx.Field("provider", b.provider),
			logx.Field("channel", string(b.channel)), logx.Field("reason", failure.Reason))
		return
	}
	circuits.Set(circuit.StateClosed, b.provider, string(b.channel))
	clear(b.waiting)
}

// open reports whether the circuit is open.
func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.circuit.Open
}

// forget drops a message that no longer waits.
func (b *breaker) forget(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.waiting, id)
}

// waits reports whether the message is known to wait here, and whether it must keep waiting.
func (b *breaker) waits(id string, now time.Time) (known, shut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w, ok := b.waiting[id]
	if !ok {
		return false, false
	}
	m := Message{ID: id, Requester: w.requester, Hidden: w.hidden}
	if _, t := b.circuit.Admit(now, b.yields(m, now)); t != circuit.Reject || !now.Before(w.until) {
		return true, false
	}
	w.seen = now
	b.waiting[id] = w
	return true, true
}

// yields reports whether the message leaves a probe to others.
func (b *breaker) yields(m Message, now time.Time) bool {
	if m.Hidden {
		return true
	}
	if !b.isSuspect(m.Requester, now) {
		return false
	}
	for id, w := range b.waiting {
		switch {
		case !now.Before(w.until) || now.Sub(w.seen) > 2*circuit.Grace:
			delete(b.waiting, id) // expired, or another process has it
		case !w.hidden && !b.isSuspect(w.requester, now):
			return true
		}
	}
	return false
}

func (b *breaker) isSuspect(requester string, now time.Time) bool {
	at, ok := b.suspects[requester]
	return ok && now.Sub(at) < suspectFor
}

func (b *breaker) suspect(requester string, now time.Time) {
	if len(b.suspects) >= maxSuspects {
		maps.DeleteFunc(b.suspects, func(_ string, at time.Time) bool { return now.Sub(at) >= suspectFor })
	}
	if len(b.suspects) < maxSuspects {
		b.suspects[requester] = now
	}
}
