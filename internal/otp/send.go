package otp

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/guard"
)

// Issue opens a challenge for the address. It fails with apperr.RateLimited while a limit or
// a lock applies, with apperr.CaptchaRequired when a limit is near and a captcha can be
// solved, and with apperr.Unavailable without Redis or while its counts are being restored.
func (c *Challenges) Issue(ctx context.Context, r Request) (Ticket, error) {
	plan, who := c.plan(r), c.who(r.Address).Text()
	if err := c.resolve(ctx, who); err != nil {
		return Ticket{}, err
	}
	if err := c.Guard.Recall(plan); err != nil {
		return Ticket{}, err
	}
	id, err := c.NewID(r.Address)
	if err != nil {
		return Ticket{}, err
	}
	send := c.newSend(who, id, id, plan)
	fields, err := c.fields(send, r)
	if err != nil {
		return Ticket{}, err
	}
	reply, err := c.issue(ctx, r, send, fields)
	if err != nil {
		c.rollBackUncertain(send, err)
		return Ticket{}, err
	}
	if err := c.granted(ctx, plan, reply); err != nil {
		return Ticket{}, err
	}
	if r.UserID != 0 {
		if err := c.index(ctx, r.UserID, id); err != nil {
			c.TakeBack(ctx, Ticket{charge: send})
			return Ticket{}, err
		}
	}
	c.count(r.Channel, r.Address)
	return Ticket{charge: send, ID: id, Send: 1, Channel: r.Channel, To: r.Address.Masked(), ExpiresIn: c.Expire, ResendIn: reply.millis(1),
		ExpectedIn: c.expected(r.Channel, r.Address)}, nil
}

// issue runs issue.lua.
func (c *Challenges) issue(ctx context.Context, r Request, v charge, fields []any) (reply, error) {
	prefix, network := c.prefixOf(r.Address), c.network(r.Client).Text()
	keys := []string{prefix + "c:" + v.id}
	return c.decideSend(ctx, v, func(plan string) (reply, error) {
		args := append([]any{
			prefix, v.id, v.who, network, string(r.Purpose), r.UserID,
			c.Expire.Milliseconds(), c.Cooldown.Milliseconds(), failuresInARow, strangersLive, plan, c.free(r),
		}, fields...)
		return c.decide(ctx, prefix, issueScript, keys, args...)
	})
}

// Recall refuses, from the guard's cache, a request that was refused a moment ago. It saves
// Issue a call to Redis, and the caller one to the database.
func (c *Challenges) Recall(r Request) error { return c.Guard.Recall(c.plan(r)) }

// Resend grants one more send of the same code. Of the request it reads Address and UserID
// (as returned by Find), Client, Captcha and Channel. A channel other than the last one skips
// the cooldown of a message that failed permanently. It fails with apperr.NotFound if the
// challenge is gone, and otherwise as Issue does.
func (c *Challenges) Resend(ctx context.Context, id string, r Request) (Ticket, error) {
	if r.Address.IsZero() {
		return Ticket{}, apperr.New(apperr.NotFound)
	}
	plan, who := c.plan(r), c.who(r.Address).Text()
	if err := c.resolve(ctx, who); err != nil {
		return Ticket{}, err
	}
	if err := c.Guard.Recall(plan); err != nil {
		return Ticket{}, err
	}
	grant, err := c.newName()
	if err != nil {
		return Ticket{}, err
	}
	send := c.newSend(who, id, grant, plan)
	reply, err := c.resend(ctx, r, send)
	if err != nil {
		c.rollBackUncertain(send, err)
		return Ticket{}, err
	}
	if err := c.granted(ctx, plan, reply); err != nil {
		return Ticket{}, err
	}
	c.count(reply.text(6), r.Address)
	return Ticket{
		charge: send, ID: id, Send: int(reply.number(4)), Channel: reply.text(6), To: r.Address.Masked(),
		ExpiresIn: reply.millis(5), ResendIn: reply.millis(1), ExpectedIn: c.expected(reply.text(6), r.Address),
	}, nil
}

// resend runs resend.lua.
func (c *Challenges) resend(ctx context.Context, r Request, v charge) (reply, error) {
	prefix := c.prefixOfID(v.id)
	return c.decideSend(ctx, v, func(plan string) (reply, error) {
		return c.decide(ctx, prefix, resendScript, []string{prefix + "c:" + v.id},
			prefix, c.Cooldown.Milliseconds(), failuresInARow, plan, r.Channel, c.free(r), c.Ring.Order(), v.grant)
	})
}

// fields returns the fields of a challenge other than its lane.
func (c *Challenges) fields(v charge, r Request) ([]any, error) {
	id := v.id
	s, err := c.newSecret(r.Address)
	if err != nil {
		return nil, err
	}
	sealed, err := c.seal(id, s)
	if err != nil {
		return nil, err
	}
	code := c.code(id, r.Purpose, s)
	fixed, isTest := c.fixed(r.Address, r.Client)
	if isTest {
		code, r.Decoy = fixed, r.Decoy || fixed == ""
	}
	fields := []any{
		"address", sealed, "channel", r.Channel, "locale", r.Locale, "said", r.Said, "decoy", r.Decoy, "mute", isTest, "holder", r.Holder, "epoch", r.Epoch,
		"asked", c.asked(r.Key).Current,
		"hidden", r.Hidden || r.Purpose == PurposeReset || r.Purpose == PurposeDelete, "country", country(r.Address),
		"digest", digest(c.digestKeys[0], id, code), "conversion", v.own.Conversions(),
		"tries", 0, "returns", 0, "sends", 1, "status", "queued", "reason", "",
	}
	if len(v.others) > 0 {
		fields = append(fields, "elsewhere", guard.Conversions(v.others))
	}
	if c.Ring.Rotating() {
		fields = append(fields, "names", c.Ring.Order())
	}
	return fields, nil
}

// granted handles the reply of issue.lua or resend.lua.
func (c *Challenges) granted(ctx context.Context, plan guard.Plan, r reply) error {
	switch r.text(0) {
	case "ok":
		c.Guard.Granted(ctx, r.list(2), r.list(3))
		return nil
	case "captcha":
		return apperr.New(apperr.CaptchaRequired)
	case "refused":
		return c.refused(plan, r)
	default:
		return apperr.New(apperr.NotFound)
	}
}

func (c *Challenges) plan(r Request) guard.Plan {
	return c.Guard.ForSend(guard.Send{
		Address: r.Address, Channel: r.Channel, Client: r.Client, UserID: r.UserID, Holder: r.Holder != 0, Captcha: r.Captcha,
	})
}

func (c *Challenges) refused(plan guard.Plan, r reply) error {
	return c.Guard.Refuse(plan, guard.Class(r.text(1)), r.millis(2), r.text(3))
}
