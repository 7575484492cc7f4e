package otp

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"user-api/internal/batch"
	"user-api/internal/guard"
)

// takeBackTime is what a request waits for a send to be taken back; after that it is
// taken back in the background.
const takeBackTime = time.Second

// vain is a send that was granted, or may have been, and is not queued.
type vain struct {
	id, grant string
	plan      guard.Plan
}

// TakeBack undoes Issue or Resend, whose send could not be queued: cooldown, limits,
// budgets and conversion are as if it had not been asked for, and the code that it
// replaced works again. Where Redis does not answer that is done as soon as it does.
func (c *Challenges) TakeBack(ctx context.Context, t Ticket) {
	c.takeBack(ctx, vain{t.ID, t.grant, t.plan})
}

// doubt takes back a send of which Redis did not say whether it granted it.
func (c *Challenges) doubt(v vain, err error) {
	var op *net.OpError
	var reached interface{ Sent() bool } // of package store, which hides the rest
	sent := errors.As(err, &op) && op.Op != "dial" || errors.As(err, &reached) && reached.Sent()
	var timeout net.Error
	late := op == nil && errors.As(err, &timeout) && timeout.Timeout()
	if sent || late || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		c.vain.Add(v)
	}
}

// Drain takes back what is still to be taken back.
func (c *Challenges) Drain(ctx context.Context) error { return c.vain.Drain(ctx) }

func (c *Challenges) takeBack(ctx context.Context, v vain) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.takeBackAll(ctx, []vain{v}); err != nil {
		c.vain.Add(v)
	}
}

// takeBackAll may be asked to again: what is taken back already is not there any more.
func (c *Challenges) takeBackAll(ctx context.Context, all []vain) error {
	for _, v := range all {
		_, err := run(ctx, c.Redis, takeBackScript, []string{prefix + "c:" + v.id}, prefix, v.id, v.grant, v.plan.Encode(), c.Ring.Order())
		if err != nil {
			return err
		}
		c.Guard.Unremember(v.plan)
	}
	return nil
}

// newVain returns the writer that takes back in the background.
func (c *Challenges) newVain() *batch.Writer[vain] {
	return batch.New(batch.Options[vain]{Name: "takeback", Write: c.takeBackAll})
}
