package otp

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
)

// Proven says that somebody has proven by other means that the address is
// theirs, which ends a series of failures.
func (c *Challenges) Proven(ctx context.Context, address address.Address) error {
	who, prefix := c.who(address), c.prefixOf(address)
	reply, err := c.decide(ctx, prefix, provenScript, []string{prefix + "fails:" + who.Current}, prefix, who.Text(), rowLife.Milliseconds())
	if err != nil {
		return err
	}
	c.keep(reply.list(1), false)
	return nil
}

// Verify counts the try and, if the answer is right, consumes the challenge. With
// a refusal comes whose challenge it was, if it was one, for the records.
// Every refusal is apperr.OtpInvalid, with the tries left while the challenge
// lives; a lock and a client's limit are apperr.RateLimited. Fails with
// apperr.Unavailable as Issue does, and while another request has the code and does
// not end. A right code is out of use until Done or GiveBack, or for lentTime.
// An answer whose AskedWith is not the challenge's is a wrong one, and counts as one.
func (c *Challenges) Verify(ctx context.Context, a Answer) (Verified, error) {
	plan := c.Guard.ForVerify(a.Client)
	if err := c.Guard.Recall(plan); err != nil {
		return Verified{}, err
	}
	if asker, err := c.isAsker(ctx, a); err != nil {
		return Verified{}, err
	} else if !asker {
		a.Code = "" // that of no challenge
	}
	apart := c.apart(c.prefixOfID(a.ID))
	if apart { // the client's limits are in another slot
		if err := c.Guard.Spend(ctx, plan); err != nil {
			return c.refusedApart(ctx, a.ID, err)
		}
	}
	reply, err := c.verify(ctx, a, c.verifyArgs(a, plan, apart))
	if apart {
		c.settle(ctx, plan, reply, err)
	}
	if err != nil {
		return Verified{}, err
	}
	// What was sealed under another pepper opens for nobody: no code fits it.
	s, _ := c.open(a.ID, reply.text(1))
	whose := Verified{Address: s.address, Channel: reply.text(2)}
	switch reply.text(0) {
	case "ok":
		c.keep(reply.list(6), false)
		if !whose.Address.IsZero() {
			verified.Inc(whose.Channel, country(whose.Address))
			whose.Holder, whose.Epoch, whose.Locale = reply.number(3), reply.number(4), reply.text(5)
			whose.Returned = reply.text(7) == "1"
			return whose, nil
		}
	case "refused":
		return whose, c.refused(plan, reply[2:])
	case "wrong":
		c.keep(reply.list(4), true)
		if left := int(reply.number(3)); left > 0 {
			return whose, apperr.New(apperr.OtpInvalid).WithAttemptsLeft(left)
		}
	}
	return whose, apperr.New(apperr.OtpInvalid)
}

// verifyArgs are those of verify.lua after the prefix.
func (c *Challenges) verifyArgs(a Answer, plan guard.Plan, apart bool) []any {
	if apart {
		plan = guard.NoPlan()
	}
	other := ""
	if len(c.digestKeys) > 1 {
		other = digest(c.digestKeys[1], a.ID, a.Code)
	}
	return []any{
		a.ID, digest(c.digestKeys[0], a.ID, a.Code), string(a.Purpose), a.UserID,
		c.Attempts, failuresPerHour, lockTime.Milliseconds(), failuresPerDay, failuresInARow,
		rowLife.Milliseconds(), c.network(a.Client).Text(), networkLife.Milliseconds(), networks, plan.Encode(),
		other, c.Ring.Order(), mostReturns, lentTime.Milliseconds(),
	}
}
