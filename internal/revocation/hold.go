package revocation

import (
	"context"
	"time"
)

// hold is the state of a held answer (a long poll).
type hold struct {
	over     bool
	history  *history
	timer    *time.Timer
	draining <-chan struct{}
}

// hold starts to hold an answer. If wait is 0, the answer is due immediately.
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

// until returns once something has changed or the answer is due. It fails when ctx ends.
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
