package otp

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"user-api/internal/batch"
	"user-api/internal/guard"
)

// takeBackTime is what a request waits for a send to be taken back; after that it is
// taken back in the background.
const takeBackTime = time.Second

type (
	// vain is a send to an address that was granted, or may have been, and is not queued.
	vain struct {
		who, id, grant string
		plan           guard.Plan
		// own is what of the plan is decided together with the challenge, others the
		// rest, which is in other slots.
		own    guard.Plan
		others []guard.Part
	}

	// doubts are the sends that are still to be taken back, by address: whoever asks for
	// the same one does that first. It is safe for concurrent use.
	doubts struct {
		mu sync.Mutex
		of map[string][]vain
	}
)

// TakeBack undoes Issue or Resend, whose send could not be queued: cooldown, limits,
// budgets and conversion are as if it had not been asked for, and the code that it
// replaced works again. Where Redis does not answer that is done as soon as it does.
func (c *Challenges) TakeBack(ctx context.Context, t Ticket) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.takeBackAll(ctx, []vain{t.vain}); err != nil {
		c.later(t.vain)
	}
}

// Drain takes back what is still to be taken back.
func (c *Challenges) Drain(ctx context.Context) error { return c.vain.Drain(ctx) }

// doubt takes back a send of which Redis did not say whether it granted it.
func (c *Challenges) doubt(v vain, err error) {
	var op *net.OpError
	var reached interface{ Sent() bool } // of package store, which hides the rest
	sent := errors.As(err, &op) && op.Op != "dial" || errors.As(err, &reached) && reached.Sent()
	var timeout net.Error
	late := op == nil && errors.As(err, &timeout) && timeout.Timeout()
	if sent || late || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		c.later(v)
	}
}

func (c *Challenges) later(v vain) {
	c.doubts.add(v)
	if !c.vain.Add(&v) {
		c.doubts.drop(v)
	}
}

// resolve takes back what is in doubt of an address, before it is asked for anew: a
// client that was told to try again is not held up by what it was not given.
func (c *Challenges) resolve(ctx context.Context, who string) error {
	return c.takeBackAll(ctx, c.doubts.list(who))
}

// takeBackAll may be asked to again: what is taken back already is not there any more.
func (c *Challenges) takeBackAll(ctx context.Context, all []vain) error {
	for _, v := range all {
		if err := c.takeBack(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *Challenges) takeBack(ctx context.Context, v vain) error {
	if err := c.takeBackCharge(ctx, v); err != nil {
		return err
	}
	c.Guard.Unremember(v.plan)
	c.doubts.drop(v)
	return nil
}

func (c *Challenges) takeBackCharge(ctx context.Context, v vain) error {
	prefix := c.prefixOfID(v.id)
	reply, err := run(ctx, c.Redis, takeBackScript, []string{prefix + "c:" + v.id}, prefix, v.id, v.grant, v.own.Encode(), c.Ring.Order())
	if err != nil || reply.text(0) == "begun" {
		return err
	}
	return c.Guard.TakeBackParts(ctx, v.others)
}

// newVain returns the writer that takes back in the background. It holds pointers, as its
// buffer is there from the start and seldom used.
func (c *Challenges) newVain() *batch.Writer[*vain] {
	return batch.New(batch.Options[*vain]{Name: "takeback", Write: func(ctx context.Context, all []*vain) error {
		for _, v := range all {
			if err := c.takeBack(ctx, *v); err != nil {
				return err
			}
		}
		return nil
	}})
}

func (d *doubts) add(v vain) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string][]vain{}
	}
	d.of[v.who] = append(d.of[v.who], v)
}

func (d *doubts) list(who string) []vain {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.of[who])
}

func (d *doubts) drop(v vain) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rest := slices.DeleteFunc(d.of[v.who], func(other vain) bool { return other.id == v.id && other.grant == v.grant })
	if len(rest) == 0 {
		delete(d.of, v.who)
	} else {
		d.of[v.who] = rest
	}
}
