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

// takeBackTime is how long a request waits for a send to be rolled back. After that it is
// rolled back in the background.
const takeBackTime = time.Second

type (
	// charge is a send that Redis has granted, or may have granted, and that is not queued.
	charge struct {
		who, id, grant string
		plan           guard.Plan
		// own is the part of plan that is decided together with the challenge; others are
		// the parts in other slots.
		own    guard.Plan
		others []guard.Part
	}

	// rollbacks are the charges that are still to be rolled back, by address. A new request
	// for an address rolls back those first. It is safe for concurrent use.
	rollbacks struct {
		mu        sync.Mutex
		byAddress map[string][]charge
	}
)

// TakeBack undoes an Issue or Resend whose send could not be queued. Cooldown, limits, budgets
// and conversion are as before, and the code that was replaced works again. If Redis does not
// respond, this happens as soon as it does.
func (c *Challenges) TakeBack(ctx context.Context, t Ticket) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.rollBackAll(ctx, []charge{t.charge}); err != nil {
		c.rollBackLater(t.charge)
	}
}

// Drain rolls back the remaining charges.
func (c *Challenges) Drain(ctx context.Context) error { return c.rollbackWriter.Drain(ctx) }

// rollBackUncertain rolls back a charge if err leaves open whether Redis granted it.
func (c *Challenges) rollBackUncertain(v charge, err error) {
	var op *net.OpError
	var reached interface{ Sent() bool } // from package store, which hides the cause
	sent := errors.As(err, &op) && op.Op != "dial" || errors.As(err, &reached) && reached.Sent()
	var timeout net.Error
	late := op == nil && errors.As(err, &timeout) && timeout.Timeout()
	if sent || late || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		c.rollBackLater(v)
	}
}

func (c *Challenges) rollBackLater(v charge) {
	c.pending.add(v)
	if !c.rollbackWriter.Add(&v) {
		c.pending.drop(v)
	}
}

// resolve rolls back the pending charges of an address before a new request for it, so that a
// client that was told to retry is not limited by sends it did not get.
func (c *Challenges) resolve(ctx context.Context, who string) error {
	return c.rollBackAll(ctx, c.pending.list(who))
}

// rollBackAll is idempotent.
func (c *Challenges) rollBackAll(ctx context.Context, all []charge) error {
	for _, v := range all {
		if err := c.rollBack(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *Challenges) rollBack(ctx context.Context, v charge) error {
	if err := c.rollBackRedis(ctx, v); err != nil {
		return err
	}
	c.Guard.Unremember(v.plan)
	c.pending.drop(v)
	return nil
}

func (c *Challenges) rollBackRedis(ctx context.Context, v charge) error {
	prefix := c.prefixOfID(v.id)
	reply, err := run(ctx, c.Redis, takeBackScript, []string{prefix + "c:" + v.id}, prefix, v.id, v.grant, v.own.Encode(), c.Ring.Order())
	if err != nil || reply.text(0) == "begun" {
		return err
	}
	return c.Guard.TakeBackParts(ctx, v.others)
}

// newRollbackWriter returns the background writer. It holds pointers because its buffer is
// allocated up front and seldom used.
func (c *Challenges) newRollbackWriter() *batch.Writer[*charge] {
	return batch.New(batch.Options[*charge]{Name: "takeback", Write: func(ctx context.Context, all []*charge) error {
		for _, v := range all {
			if err := c.rollBack(ctx, *v); err != nil {
				return err
			}
		}
		return nil
	}})
}

func (r *rollbacks) add(v charge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byAddress == nil {
		r.byAddress = map[string][]charge{}
	}
	r.byAddress[v.who] = append(r.byAddress[v.who], v)
}

func (r *rollbacks) list(who string) []charge {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.byAddress[who])
}

func (r *rollbacks) drop(v charge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := slices.DeleteFunc(r.byAddress[v.who], func(other charge) bool { return other.id == v.id && other.grant == v.grant })
	if len(rest) == 0 {
		delete(r.byAddress, v.who)
	} else {
		r.byAddress[v.who] = rest
	}
}
