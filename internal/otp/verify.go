package otp

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
)

// Proven ends a series of failures, after the owner has proven the address by other means.
func (c *Challenges) Proven(ctx context.Context, address address.Address) error {
	who, prefix := c.who(address), c.prefixOf(address)
	reply, err := c.decide(ctx, prefix, provenScript, []string{prefix + "fails:" + who.Current}, prefix, who.Text(), rowLife.Milliseconds())
	if err != nil {
		return err
	}
	c.keep(reply.list(1), false)
	return nil
}

// Verify counts the attempt and, if the answer is correct, consumes the challenge. On refusal
// it still returns the address and channel, if the challenge exists, for auditing. Every
// refusal is apperr.OtpInvalid, with the attempts left while the challenge lives; a lock and a
// client's limit are apperr.RateLimited. It fails with apperr.Unavailable as Issue does, and
// while another request keeps the code reserved. A correct code stays reserved until Done or
// GiveBack, but no longer than reservedTime. A wrong AskedWith counts as a wrong answer.
func (c *Challenges) Verify(ctx context.Context, a Answer) (Verified, error) {
	plan := c.Guard.ForVerify(a.Client)
	if err := c.Guard.Recall(plan); err != nil {
		return Verified{}, err
	}
	if asker, err := c.isAsker(ctx, a); err != nil {
		return Verified{}, err
	} else if !asker {
		a.Code = "" // fits no challenge
	}
	crossSlot := c.crossSlot(c.prefixOfID(a.ID))
	if crossSlot { // the client's limits are in another slot
		if err := c.Guard.Spend(ctx, plan); err != nil {
			return c.refusedCrossSlot(ctx, a.ID, err)
		}
	}
	reply, err := c.verify(ctx, a, c.verifyArgs(a, plan, crossSlot))
	if crossSlot {
		c.settle(ctx, plan, reply, err)
	}
	if err != nil {
		return Verified{}, err
	}
	// An address sealed under an unknown pepper cannot be opened; no code fits it either.
	s, _ := c.open(a.ID, reply.text(1))
	v := Verified{Address: s.address, Channel: reply.text(2)}
	switch reply.text(0) {
	case "ok":
		c.keep(reply.list(6), false)
		if !v.Address.IsZero() {
			verified.Inc(v.Channel, country(v.Address))
			v.Holder, v.Epoch, v.Locale = reply.number(3), reply.number(4), reply.text(5)
			v.Returned = reply.text(7) == "1"
			return v, nil
		}
	case "refused":
		return v, c.refused(plan, reply[2:])
	case "wrong":
		c.keep(reply.list(4), true)
		if left := int(reply.number(3)); left > 0 {
			return v, apperr.New(apperr.OtpInvalid).WithAttemptsLeft(left)
		}
	}
	return v, apperr.New(apperr.OtpInvalid)
}

// verifyArgs returns the arguments of verify.lua that follow the prefix.
func (c *Challenges) verifyArgs(a Answer, plan guard.Plan, crossSlot bool) []any {
	if crossSlot {
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
		other, c.Ring.Order(), mostReturns, reservedTime.Milliseconds(),
	}
}
