// Package health knows how the parts are that a service needs. A part is asked by
// what the service does with it, a write, and at most once a second, however often
// somebody wants to know. Parts are asked beside each other, and the answer of one
// is not kept back by another that hangs.
package health

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// How a part can be.
const (
	OK State = iota
	// ReadOnly answers what reads and refuses what writes.
	ReadOnly
	Down
)

const (
	// fresh is how long what was found is answered without asking again.
	fresh = time.Second
	// AskTime bounds one question. A transaction over a connection that is yet to be
	// made takes seven round trips, and each may take half a second.
	AskTime = 4 * time.Second
	// Patience is how long Look waits for news of a part that was heard of before:
	// less than the second after which balancers give up.
	Patience = 800 * time.Millisecond
	// watchEvery keeps the metric and the log true where nobody asks.
	watchEvery = 5 * time.Second
)

// errSilent is why a part is down that has never answered.
var errSilent = errors.New("health: no answer yet")

type (
	// State is how a part is.
	State int

	// Part is asked how it is. Ask ends soon after its context, and says why where
	// the state is not OK.
	Part struct {
		Name string
		Ask  func(context.Context) (State, error)
	}

	// Finding is what a part was found to be.
	Finding struct {
		State State
		// Err is why, where it is not OK.
		Err error
	}

	// Monitor asks parts.
	Monitor struct {
		now    func() time.Time
		probes map[string]*probe

		mu     sync.Mutex
		closed bool
		asking sync.WaitGroup
		ctx    context.Context
		stop   context.CancelFunc
	}

	// probe is a part and what was found last.
	probe struct {
		Part
		mu      sync.Mutex
		known   bool
		at      time.Time
		last    Finding
		running chan struct{} // closed at the end of the question; nil while there is none
	}
)

// String is the state as it is told.
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

// New returns a monitor of the parts. Nothing is asked yet.
func New(now func() time.Time, parts ...Part) *Monitor {
	m := &Monitor{now: now, probes: map[string]*probe{}}
	m.ctx, m.stop = context.WithCancel(context.Background())
	for _, part := range parts {
		m.probes[part.Name] = &probe{Part: part}
	}
	return m
}

// Stop asks no more, and heeds no answer that is still to come.
func (m *Monitor) Stop() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.stop()
}

// Close stops, and waits for the questions under way.
func (m *Monitor) Close() {
	m.Stop()
	m.asking.Wait()
}

// Look tells of every part what was found within the last second, asking where
// need be. For news it waits until ctx ends at most, or, of a part that was heard
// of before, not longer than patience.
func (m *Monitor) Look(ctx context.Context, patience time.Duration) map[string]Finding {
	var waits sync.WaitGroup
	hurry, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, p := range m.probes {
		running, known := m.ask(p)
		until := ctx
		if known {
			until = hurry
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

// Watch asks again and again until ctx ends.
func (m *Monitor) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
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

// ask has the part asked, unless it is being asked or was within the last second.
// The channel is closed when there is something to look at.
func (m *Monitor) ask(p *probe) (running <-chan struct{}, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return p.running, p.known
	}
	done := make(chan struct{})
	at := m.now()
	if p.known && at.Sub(p.at).Abs() < fresh || !m.begin() {
		close(done)
		return done, p.known
	}
	p.running = done
	go func() {
		defer m.asking.Done()
		ctx, cancel := context.WithTimeout(m.ctx, AskTime)
		defer cancel()
		state, err := p.Ask(ctx)
		if m.ctx.Err() == nil { // or it is the end of this process that was found
			p.heard(Finding{state, err}, at)
		}
		p.mu.Lock()
		p.running = nil
		p.mu.Unlock()
		close(done)
	}()
	return done, p.known
}

// begin reports whether a question may begin; its end is asking.Done.
func (m *Monitor) begin() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.asking.Add(1)
	return true
}

// heard keeps a finding, and logs and counts it where it is another than the last.
func (p *probe) heard(f Finding, at time.Time) {
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
