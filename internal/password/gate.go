package password

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"user-api/internal/apperr"
)

// share is the part of the queue, one in so many, that one network may hold.
const share = 2

// Why the gate had no place.
var (
	errQueueFull = errors.New("password: too many wait for a hash")
	errShareFull = errors.New("password: too many of one network wait for a hash")
	errPushedOut = errors.New("password: a network with fewer callers needed the place")
)

type (
	// gate bounds the hashes that run and the callers that wait for one. Networks take
	// turns; those of one network are served in the order they came. No network holds
	// more than its share of the queue, and where the queue is full, the network that
	// holds most of it gives a place to one that holds less.
	gate struct {
		size, queue, share int
		wait               time.Duration

		mu      sync.Mutex
		taken   int
		waiting int
		// lines are of the networks that have callers, in the order of their turns.
		lines []*line
	}

	line struct {
		network string
		callers []*caller
	}

	// caller waits until turn has an answer: nil with the turn, or why there is none.
	caller struct {
		weight int
		turn   chan error
	}
)

func newGate(size, queue int, wait time.Duration) *gate {
	return &gate{size: size, queue: queue, share: max(1, queue/share), wait: wait}
}

// enter takes as many turns as weight says; leave must be called to give them
// back. What weighs more than the gate is wide takes all of it. The error is
// apperr.Unavailable with the cause apperr.ErrBusy: at once when there is no place
// to wait or ctx is done already, else when ctx or the gate's wait ends, or
// another network needs the place, before a turn is free. Who waited and may no
// longer have a hash fails with the error of still instead.
func (g *gate) enter(ctx context.Context, p Payer, weight int) (leave func(), err error) {
	weight = min(weight, g.size)
	if err := ctx.Err(); err != nil {
		return nil, g.refuse(err)
	}
	c, err := g.join(p.Network, weight)
	if err != nil {
		return nil, g.refuse(err)
	}
	leave = sync.OnceFunc(func() { g.leave(weight) })
	if c == nil {
		return leave, nil
	}
	if err := g.await(ctx, p.Network, c); err != nil {
		return nil, g.refuse(err)
	}
	if p.Still != nil {
		if err := p.Still(); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// join takes the turns and returns no caller, or queues one.
func (g *gate) join(network string, weight int) (*caller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.tell()
	if g.waiting == 0 && g.taken+weight <= g.size {
		g.taken += weight
		return nil, nil
	}
	own := g.line(network)
	switch {
	case own != nil && len(own.callers) >= g.share:
		return nil, errShareFull
	case g.waiting >= g.queue && !g.pushOut(own):
		return nil, errQueueFull
	}
	if own = g.line(network); own == nil {
		own = &line{network: network}
		g.lines = append(g.lines, own)
	}
	c := &caller{weight: weight, turn: make(chan error, 1)}
	own.callers = append(own.callers, c)
	g.waiting++
	return c, nil
}

// pushOut refuses the last caller of the longest line, unless that line would then be
// shorter than the one to be joined, of which nil is empty.
func (g *gate) pushOut(joined *line) bool {
	held := 0
	if joined != nil {
		held = len(joined.callers)
	}
	longest := slices.MaxFunc(g.lines, func(a, b *line) int { return len(a.callers) - len(b.callers) })
	if len(longest.callers) <= held+1 {
		return false
	}
	last := longest.callers[len(longest.callers)-1]
	last.turn <- errPushedOut
	g.remove(longest, last)
	return true
}

// await waits for the caller's turn.
func (g *gate) await(ctx context.Context, network string, c *caller) error {
	ctx, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	select {
	case err := <-c.turn:
		return err
	case <-ctx.Done():
	}
	g.mu.Lock()
	select {
	case err := <-c.turn: // at the same moment
		g.mu.Unlock()
		if err == nil {
			g.leave(c.weight)
		}
	default:
		g.remove(g.line(network), c)
		g.grant() // a heavy caller may have held up those behind it
		g.tell()
		g.mu.Unlock()
	}
	return fmt.Errorf("password: wait for a hash: %w", ctx.Err())
}

func (g *gate) leave(weight int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.taken -= weight
	g.grant()
	g.tell()
}

// tell puts into the metrics who has a turn and who waits; the lock is held.
func (g *gate) tell() {
	callers.Set(float64(g.taken), "running")
	callers.Set(float64(g.waiting), "waiting")
}

// grant gives free turns to the first of each line, a line after the other.
func (g *gate) grant() {
	for g.waiting > 0 {
		next := g.lines[0]
		c := next.callers[0]
		if g.taken+c.weight > g.size {
			return
		}
		g.taken += c.weight
		c.turn <- nil
		g.lines = append(g.lines[1:], next)
		g.remove(next, c)
	}
}

// line is that of a network, or nil. There are at most as many as places.
func (g *gate) line(network string) *line {
	i := slices.IndexFunc(g.lines, func(l *line) bool { return l.network == network })
	if i < 0 {
		return nil
	}
	return g.lines[i]
}

// remove takes a caller out of its line.
func (g *gate) remove(l *line, c *caller) {
	l.callers = slices.DeleteFunc(l.callers, func(other *caller) bool { return other == c })
	g.waiting--
	if len(l.callers) == 0 {
		g.lines = slices.DeleteFunc(g.lines, func(other *line) bool { return other == l })
	}
}

// refuse says to come back when those who wait now are served or gone.
func (g *gate) refuse(cause error) error {
	busy.Inc(reasonOf(cause))
	return apperr.New(apperr.Unavailable).WithRetryAfter(max(g.wait, time.Second)).Wrap(errors.Join(apperr.ErrBusy, cause))
}

// reasonOf is the label of a refusal.
func reasonOf(cause error) string {
	switch {
	case errors.Is(cause, errQueueFull):
		return "queue"
	case errors.Is(cause, errShareFull), errors.Is(cause, errPushedOut):
		return "share"
	}
	return "wait"
}
