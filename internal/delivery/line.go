package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/circuit"
)

const (
	// taintFor is for how long it is remembered whose messages have failed.
	taintFor = time.Minute
	// maxTainted bounds what is remembered.
	maxTainted = 1024
)

// line is what this process knows of one channel of a provider: whether it works, and
// whose messages have met a fault there of late. One who chooses recipients for whom
// a provider fails can open its circuit; he must not be its every probe as well, so
// the first probe is left to others that wait.
type line struct {
	provider string
	channel  Channel

	mu      sync.Mutex
	circuit circuit.Circuit
	tainted map[string]time.Time
	// waiting are the messages that wait for the circuit, by id.
	waiting map[string]waiter
}

// waiter is a message that waits.
type waiter struct {
	asker string
	// quiet means that it must never be the probe.
	quiet bool
	// seen is when it last came by, until when it is of use.
	seen, until time.Time
}

func newLine(provider string, channel Channel) *line {
	circuits.Set(circuit.StateClosed, provider, string(channel))
	return &line{provider: provider, channel: channel, tainted: map[string]time.Time{}, waiting: map[string]waiter{}}
}

// look tells what the message may do now, and notes where it has to wait.
func (l *line) look(m Message, now time.Time) circuit.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, t := l.turn(m, now)
	return t
}

// enter is look for a message that goes through. A hidden one is never the probe: it
// goes when a probe is due and nobody has come for it.
func (l *line) enter(m Message, now time.Time) circuit.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, t := l.turn(m, now)
	if t == circuit.Reject {
		return circuit.Reject
	}
	delete(l.waiting, m.ID)
	if m.Hidden {
		return circuit.Pass
	}
	l.circuit = next
	return t
}

// turn must be called with the lock held.
func (l *line) turn(m Message, now time.Time) (circuit.Circuit, circuit.Decision) {
	next, t := l.circuit.Admit(now, l.standsBack(m, now))
	if t == circuit.Reject {
		l.waiting[m.ID] = waiter{asker: m.Asker, quiet: m.Hidden, seen: now, until: now.Add(m.ExpiresIn - lastMoment)}
	}
	return next, t
}

// leave learns from the end of a request.
func (l *line) leave(ctx context.Context, m Message, probe bool, failure *SendError, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fault := failure != nil && failure.Moves()
	if fault {
		l.taint(m.Asker, now)
	}
	before := l.circuit
	l.circuit = before.After(fault, probe, now)
	if before.Open == l.circuit.Open {
		return
	}
	if l.circuit.Open {
		// Once per opening: a failing probe is no news.
		circuits.Set(circuit.StateOpen, l.provider, string(l.channel))
		logx.WithContext(ctx).Errorw("delivery: the provider is left alone for a while", logx.Field("provider", l.provider),
			logx.Field("channel", string(l.channel)), logx.Field("reason", failure.Reason))
		return
	}
	circuits.Set(circuit.StateClosed, l.provider, string(l.channel))
	clear(l.waiting)
}

// open reports whether the provider is left alone.
func (l *line) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.circuit.Open
}

// forget is for a message that waits no more.
func (l *line) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, id)
}

// waits reports whether the message is known to wait here, and whether there is
// nothing else for it to do.
func (l *line) waits(id string, now time.Time) (known, shutOut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, ok := l.waiting[id]
	if !ok {
		return false, false
	}
	m := Message{ID: id, Asker: w.asker, Hidden: w.quiet}
	if _, t := l.circuit.Admit(now, l.standsBack(m, now)); t != circuit.Reject || !now.Before(w.until) {
		return true, false
	}
	w.seen = now
	l.waiting[id] = w
	return true, true
}

// standsBack reports whether the message leaves a probe to others.
func (l *line) standsBack(m Message, now time.Time) bool {
	if m.Hidden {
		return true
	}
	if !l.isTainted(m.Asker, now) {
		return false
	}
	for id, w := range l.waiting {
		switch {
		case !now.Before(w.until) || now.Sub(w.seen) > 2*circuit.Grace:
			delete(l.waiting, id) // over, or another process has it
		case !w.quiet && !l.isTainted(w.asker, now):
			return true
		}
	}
	return false
}

func (l *line) isTainted(asker string, now time.Time) bool {
	at, ok := l.tainted[asker]
	return ok && now.Sub(at) < taintFor
}

func (l *line) taint(asker string, now time.Time) {
	if len(l.tainted) >= maxTainted {
		for other, at := range l.tainted {
			if now.Sub(at) >= taintFor {
				delete(l.tainted, other)
			}
		}
	}
	if len(l.tainted) < maxTainted {
		l.tainted[asker] = now
	}
}
