// Package coalesce lets requests that ask a store the same kind of question at the
// same time share one trip to it. A call that comes alone is made at once, by its own
// goroutine. While it is under way others wait for its end and are then made together.
// So an idle service waits for nobody, and a busy one saves most of the system calls
// and statements that it spent on every call.
package coalesce

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/threading"
	"go.opentelemetry.io/otel/trace"
)

const (
	// patience is how long a call waits for the trip that is under way. After that the
	// store hangs or is very slow, and the call goes its own way, as if there were no
	// others: nobody waits for somebody else's time limit.
	patience = 50 * time.Millisecond
	// tripTime bounds a trip of several calls, none of which has left yet. It is longer
	// than what a store client allows itself.
	tripTime = 10 * time.Second
	// most is how many calls make a trip.
	most = 64
)

// errLost is the error of calls whose trip ended in a panic.
var errLost = errors.New("coalesce: the trip was given up")

type (
	// Group makes calls of one kind. It is safe for concurrent use.
	Group[In, Out any] struct {
		// alone makes one call, together several: it sets Out or Err of each.
		alone    func(context.Context, In) (Out, error)
		together func(context.Context, []*Call[In, Out])

		mu      sync.Mutex
		busy    bool
		waiting []*Call[In, Out]
	}

	// Call is one of several that are made together.
	Call[In, Out any] struct {
		In  In
		Out Out
		Err error

		// first is set, before done is closed, for a call that is to be made alone: no
		// other was waiting.
		first bool
		done  chan struct{}
	}
)

// New returns a Group.
func New[In, Out any](alone func(context.Context, In) (Out, error), together func(context.Context, []*Call[In, Out])) *Group[In, Out] {
	return &Group[In, Out]{alone: alone, together: together}
}

// Do makes a call. It returns when ctx ends, whatever becomes of the call then. A call of
// a request that is traced is made alone, so that its span is part of that trace.
func (g *Group[In, Out]) Do(ctx context.Context, in In) (out Out, err error) {
	if trace.SpanFromContext(ctx).IsRecording() {
		return g.alone(ctx, in)
	}
	g.mu.Lock()
	if !g.busy {
		g.busy = true
		g.mu.Unlock()
		return g.lead(ctx, in)
	}
	c := &Call[In, Out]{In: in, Err: errLost, done: make(chan struct{})}
	g.waiting = append(g.waiting, c)
	g.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.done:
		return g.result(ctx, c)
	case <-timer.C:
		if g.leave(c) {
			return g.alone(ctx, in)
		}
	case <-ctx.Done():
		if g.leave(c) {
			return out, ctx.Err()
		}
	}
	select {
	case <-c.done:
		return g.result(ctx, c)
	case <-ctx.Done():
		threading.GoSafe(func() { // the turn may still come to this call
			<-c.done
			if c.first {
				g.next()
			}
		})
		return out, ctx.Err()
	}
}

func (g *Group[In, Out]) lead(ctx context.Context, in In) (Out, error) {
	defer g.next()
	return g.alone(ctx, in)
}

func (g *Group[In, Out]) result(ctx context.Context, c *Call[In, Out]) (Out, error) {
	if c.first {
		return g.lead(ctx, c.In)
	}
	return c.Out, c.Err
}

// leave takes a call back that no trip has begun with, and reports whether it could.
func (g *Group[In, Out]) leave(c *Call[In, Out]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, c)
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
	}
	return at >= 0
}

// next lets those go who wait now. It has its turn who made the last trip.
func (g *Group[In, Out]) next() {
	if calls := g.take(); calls != nil {
		threading.GoSafe(func() { g.trips(calls) })
	}
}

// take ends a turn. A call that waits alone gets the next one, several are returned.
func (g *Group[In, Out]) take() []*Call[In, Out] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), most)
	calls := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.busy = n > 0
	if n == 1 {
		calls[0].first = true
		close(calls[0].done)
	}
	if n < 2 {
		return nil
	}
	return calls
}

// trips makes one after the other, by one goroutine whose stack has grown.
func (g *Group[In, Out]) trips(calls []*Call[In, Out]) {
	for calls != nil {
		g.trip(calls)
		calls = g.take()
	}
}

func (g *Group[In, Out]) trip(calls []*Call[In, Out]) {
	ctx, cancel := context.WithTimeout(context.Background(), tripTime)
	defer func() {
		cancel()
		for _, c := range calls {
			close(c.done)
		}
	}()
	threading.RunSafe(func() { g.together(ctx, calls) })
}
