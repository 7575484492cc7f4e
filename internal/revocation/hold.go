package revocation

import (
	"context"
	"time"
)

// hold is how long an answer is held.
type hold struct {
	over     bool
	history  *history
	timer    *time.Timer
	draining <-chan struct{}
}

// hold begins to hold an answer, at once for the last time where wait is 0.
func (p *Polls) hold(wait time.Duration) *hold {
	h := &hold{history: p.Memory.history, draining: p.Draining}
	select {
	case <-p.Draining:
		wait, h.draining = min(wait, drainHold), nil
	default:
	}
	h.over = wait <= 0
	h.timer = time.NewTimer(wait)
	h.history.wait(1)
	return h
}

// until returns once something has changed, or the answer is no longer to be held. It
// fails when ctx ends.
func (h *hold) until(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
	case <-h.timer.C:
		h.over = true
	case <-h.draining:
		h.over = true
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (h *hold) end() {
	h.timer.Stop()
	h.history.wait(-1)
}
