// Package coalesce combines concurrent calls of one kind into a single round trip to a
// store. A call that comes alone is made immediately by its own goroutine. While it is in
// progress, further calls wait for its end and are then made together. An idle service thus
// never waits, and a busy one saves most of the system calls and statements.
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
	// patience is how long a call waits for the trip in progress. After that the store is
	// hanging or very slow, and the call is made separately, so that no call waits for the
	// time limit of another.
	patience = 50 * time.Millisecond
	// tripTime bounds a trip of several calls. It is longer than the time limits of the
	// store clients.
	tripTime = 10 * time.Second
	// maxCalls is the maximum number of calls in a trip.
	maxCalls = 64
)

// errLost is the error of calls whose trip panicked.
var errLost = errors.New("coalesce: the trip was aborted")

type (
	// Group makes calls of one kind. It is safe for concurrent use.
	Group[In, Out any] struct {
		// alone makes one call. together makes several and sets Out or Err of each.
		alone    func(context.Context, In) (Out, error)
		together func(context.Context, []*Call[In, Out])

		mu      sync.Mutex
		busy    bool
		waiting []*Call[In, Out]
	}

	// Call is one of several calls that are made together.
	Call[In, Out any] struct {
		In  In
		Out Out
		Err error

		// first is set, before done is closed, if no other call was waiting. The call must
		// then be made alone.
		first bool
		done  chan struct{}
	}
)

// New returns a Group.
func New[In, Out any](alone func(context.Context, In) (Out, error), together func(context.Context, []*Call[In, Out])) *Group[In, Out] {
	return &Group[In, Out]{alone: alone, together: together}
}

// Do makes a call. It returns when ctx ends, even if the call is still in progress. A call
// of a traced request is made alone, so that its span is part of that trace.
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
		threading.GoSafe(func() { // this call may still become the next leader
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

// leave withdraws a call that is not part of a trip yet, and reports whether it could.
func (g *Group[In, Out]) leave(c *Call[In, Out]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, c)
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
	}
	return at >= 0
}

// next starts the waiting calls. It must be called at the end of each trip.
func (g *Group[In, Out]) next() {
	if calls := g.take(); calls != nil {
		threading.GoSafe(func() { g.trips(calls) })
	}
}

// take ends a trip. If one call is waiting it becomes the leader; several are returned.
func (g *Group[In, Out]) take() []*Call[In, Out] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxCalls)
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

// trips makes successive trips on one goroutine, to reuse its grown stack.
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
