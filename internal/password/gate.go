package password

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"user-api/internal/apperr"
)

var errQueueFull = errors.New("password: too many wait for a hash")

// gate bounds the hashes that run and the callers that wait for one. Those who
// wait are served in the order they came.
type gate struct {
	turns *semaphore.Weighted
	size  int
	queue chan struct{} // holds a token per caller that waits
	wait  time.Duration
}

func newGate(size, queue int, wait time.Duration) *gate {
	return &gate{
		turns: semaphore.NewWeighted(int64(size)),
		size:  size,
		queue: make(chan struct{}, queue),
		wait:  wait,
	}
}

// enter takes as many turns as weight says; leave must be called to give them
// back. What weighs more than the gate is wide takes all of it. The error is
// apperr.Unavailable: at once when the queue is full or ctx is done already,
// else when ctx or the gate's wait ends before a turn is free.
func (g *gate) enter(ctx context.Context, weight int) (leave func(), err error) {
	n := int64(min(weight, g.size))
	if err := ctx.Err(); err != nil {
		return nil, g.refuse(err)
	}
	if !g.turns.TryAcquire(n) {
		select {
		case g.queue <- struct{}{}:
			defer func() { <-g.queue }()
		default:
			return nil, g.refuse(errQueueFull)
		}
		ctx, cancel := context.WithTimeout(ctx, g.wait)
		defer cancel()
		if err := g.turns.Acquire(ctx, n); err != nil {
			return nil, g.refuse(fmt.Errorf("password: wait for a hash: %w", err))
		}
	}
	return func() { g.turns.Release(n) }, nil
}

// refuse tells to come back when those who wait now are served or gone.
func (g *gate) refuse(cause error) error {
	return apperr.New(apperr.Unavailable).WithRetryAfter(max(g.wait, time.Second)).Wrap(cause)
}
