// Package health monitors the dependencies of a service, called parts. A part is checked by
// what the service does with it, a write, at most once per second regardless of demand.
// Parts are checked concurrently, so that a hanging one does not delay the results of
// others.
package health

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// The states of a part.
const (
	OK State = iota
	// ReadOnly means that reads work and writes are refused.
	ReadOnly
	Down
)

const (
	// freshness is how long a result is reused.
	freshness = time.Second
	// AskTime limits one check. A transaction over a new connection takes seven round
	// trips, and each may take half a second.
	AskTime = 4 * time.Second
	// MaxWait is how long Look waits for a new result of a part that has an older one:
	// less than the second after which load balancers give up.
	MaxWait = 800 * time.Millisecond
	// watchInterval keeps the metric and the log current when nobody asks.
	watchInterval = 5 * time.Second
)

// errSilent is the error of a part without a result so far.
var errSilent = errors.New("health: no answer yet")

type (
	// State is the state of a part.
	State int

	// Part is a dependency. Ask checks it, returns soon after its context ends, and returns
	// an error if the state is not OK.
	Part struct {
		Name string
		Ask  func(context.Context) (State, error)
	}

	// Finding is the result of a check.
	Finding struct {
		State State
		// Err is the reason if the state is not OK.
		Err error
	}

	// Monitor checks parts.
	Monitor struct {
		now    func() time.Time
		probes map[string]*probe

		mu     sync.Mutex
		closed bool
		asking sync.WaitGroup
		ctx    context.Context
		stop   context.CancelFunc
	}

	// probe is a part with its last result.
	probe struct {
		Part
		mu      sync.Mutex
		known   bool
		at      time.Time
		last    Finding
		running chan struct{} // closed when the current check ends; nil if there is none
	}
)

// String returns the state as in responses.
func (s State) String() string {
	switch s {
	case OK:
		return "ok"
	case ReadOnly:
		return "read_only"
	default:
		return "down"
	}
}

// New returns a monitor of the parts, without checking any yet.
func New(now func() time.Time, parts ...Part) *Monitor {
	m := &Monitor{now: now, probes: map[string]*probe{}}
	m.ctx, m.stop = context.WithCancel(context.Background())
	for _, part := range parts {
		m.probes[part.Name] = &probe{Part: part}
	}
	return m
}

// Stop stops checking, and ignores pending results.
func (m *Monitor) Stop() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.stop()
}

// Close stops and waits for running checks.
func (m *Monitor) Close() {
	m.Stop()
	m.asking.Wait()
}

// Look returns a result for every part that is at most a second old, and runs checks if
// necessary. It waits until ctx ends or, for parts with an older result, at most for
// maxWait.
func (m *Monitor) Look(ctx context.Context, maxWait time.Duration) map[string]Finding {
	var waits sync.WaitGroup
	limited, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	for _, p := range m.probes {
		running, known := m.ask(p)
		until := ctx
		if known {
			until = limited
		}
		waits.Go(func() {
			select {
			case <-running:
			case <-until.Done():
			}
		})
	}
	waits.Wait()
	found := map[string]Finding{}
	for name, p := range m.probes {
		found[name] = p.found()
	}
	return found
}

// Watch checks all parts periodically until ctx ends.
func (m *Monitor) Watch(ctx context.Context) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		for _, p := range m.probes {
			m.ask(p)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// ask starts a check unless one is running or the last result is recent. The channel is
// closed when there is a result.
func (m *Monitor) ask(p *probe) (running <-chan struct{}, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return p.running, p.known
	}
	done := make(chan struct{})
	at := m.now()
	if p.known && at.Sub(p.at).Abs() < freshness || !m.begin() {
		close(done)
		return done, p.known
	}
	p.running = done
	go func() {
		defer m.asking.Done()
		ctx, cancel := context.WithTimeout(m.ctx, AskTime)
		defer cancel()
		state, err := p.Ask(ctx)
		if m.ctx.Err() == nil { // otherwise the check failed because of Stop
			p.record(Finding{state, err}, at)
		}
		p.mu.Lock()
		p.running = nil
		p.mu.Unlock()
		close(done)
	}()
	return done, p.known
}

// begin reports whether a check may start; it must end with asking.Done.
func (m *Monitor) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.asking.Add(1)
	return true
}

// record stores a result, and logs and counts it if the state has changed.
func (p *probe) record(f Finding, at time.Time) {
	p.mu.Lock()
	changed := !p.known || p.last.State != f.State
	was := p.known
	p.known, p.at, p.last = true, at, f
	p.mu.Unlock()
	if !changed {
		return
	}
	for _, state := range []State{OK, ReadOnly, Down} {
		value := 0.0
		if state == f.State {
			value = 1
		}
		states.Set(value, p.Name, state.String())
	}
	switch {
	case f.State != OK:
		logx.Errorf("health: %s is %s: %v", p.Name, f.State, f.Err)
	case was:
		logx.Infof("health: %s is ok again", p.Name)
	}
}

func (p *probe) found() Finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known {
		return Finding{Down, errSilent}
	}
	return p.last
}
