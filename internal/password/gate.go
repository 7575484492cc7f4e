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

// share is the fraction of the queue, 1/share, that one network may hold.
const share = 2

// Why the gate refused a caller.
var (
	errQueueFull = errors.New("password: the hash queue is full")
	errShareFull = errors.New("password: the network's share of the hash queue is full")
	errDisplaced = errors.New("password: displaced by a network with fewer waiting callers")
)

type (
	// gate bounds the running hashes and the queue for them. It serves networks in round-robin
	// order and the callers of a network in FIFO order. A network holds at most its share of the
	// queue. If the queue is full, the network with the most callers gives a place to one with
	// fewer.
	gate struct {
		size, queue, share int
		wait               time.Duration

		mu      sync.Mutex
		taken   int
		waiting int
		// lines are the queues of the networks, in round-robin order.
		lines []*line
	}

	line struct {
		network string
		callers []*caller
	}

	// caller waits for turn: nil grants it, an error refuses it.
	caller struct {
		weight int
		turn   chan error
	}
)

func newGate(size, queue int, wait time.Duration) *gate {
	return &gate{size: size, queue: queue, share: max(1, queue/share), wait: wait}
}

// enter takes weight slots, at most all of them; leave must be called to return them. It fails with
// apperr.Unavailable caused by apperr.ErrBusy: immediately if the queue is full or ctx is done,
// later if ctx or the gate's wait ends or another network needs the place. If p.Recheck fails after
// the wait, enter returns that error.
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
	if p.Recheck != nil {
		if err := p.Recheck(); err != nil {
			leave()
			return nil, err
		}
	}
	return leave, nil
}

// join takes the slots and returns nil, or queues a caller.
func (g *gate) join(network string, weight int) (*caller, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.report()
	if g.waiting == 0 && g.taken+weight <= g.size {
		g.taken += weight
		return nil, nil
	}
	own := g.line(network)
	switch {
	case own != nil && len(own.callers) >= g.share:
		return nil, errShareFull
	case g.waiting >= g.queue && !g.displace(own):
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

// displace refuses the last caller of the longest line, unless that line would then be shorter than
// the one joined; nil stands for an empty line.
func (g *gate) displace(joined *line) bool {
	length := 0
	if joined != nil {
		length = len(joined.callers)
	}
	longest := slices.MaxFunc(g.lines, func(a, b *line) int { return len(a.callers) - len(b.callers) })
	if len(longest.callers) <= length+1 {
		return false
	}
	last := longest.callers[len(longest.callers)-1]
	last.turn <- errDisplaced
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
	case err := <-c.turn: // at the same time
		g.mu.Unlock()
		if err == nil {
			g.leave(c.weight)
		}
	default:
		g.remove(g.line(network), c)
		g.grant() // a heavy caller may have blocked those behind it
		g.report()
		g.mu.Unlock()
	}
	return fmt.Errorf("password: wait for a hash: %w", ctx.Err())
}

func (g *gate) leave(weight int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.taken -= weight
	g.grant()
	g.report()
}

// report updates the metrics; the lock must be length.
func (g *gate) report() {
	callers.Set(float64(g.taken), "running")
	callers.Set(float64(g.waiting), "waiting")
}

// grant gives free slots to the first callers of the lines in round-robin order.
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

// line returns the line of a network, or nil. There are at most as many lines as queued callers.
func (g *gate) line(network string) *line {
	i := slices.IndexFunc(g.lines, func(l *line) bool { return l.network == network })
	if i < 0 {
		return nil
	}
	return g.lines[i]
}

// remove removes a caller from its line.
func (g *gate) remove(l *line, c *caller) {
	l.callers = slices.DeleteFunc(l.callers, func(other *caller) bool { return other == c })
	g.waiting--
	if len(l.callers) == 0 {
		g.lines = slices.DeleteFunc(g.lines, func(other *line) bool { return other == l })
	}
}

// refuse returns an error that asks the client to retry when the current queue is served.
func (g *gate) refuse(cause error) error {
	busy.Inc(reasonOf(cause))
	return apperr.New(apperr.Unavailable).WithRetryAfter(max(g.wait, time.Second)).Wrap(errors.Join(apperr.ErrBusy, cause))
}

// reasonOf returns the metric label of a refusal.
func reasonOf(cause error) string {
	switch {
	case errors.Is(cause, errQueueFull):
		return "queue"
	case errors.Is(cause, errShareFull), errors.Is(cause, errDisplaced):
		return "share"
	}
	return "wait"
}
