package otp

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/guard"
)

// In a spread cluster the charges of one send are in several slots: those of the address in
// its own, those of the client in another, and global ones in a third. The first is read, the
// others are charged, and then the first decides and opens the challenge. If a later slot
// refuses, the earlier ones are rolled back. Until then they count, so parallel requests
// cannot pass a limit. A process killed in between leaves charges and nothing else. See
// docs/decisions/0010-slots-by-address.md.

// crossSlot reports whether challenges with this key prefix are also charged in other slots.
func (c *Challenges) crossSlot(prefix string) bool { return c.Spread || prefix != sharedPrefix }

// newSend returns the charge of a send that is not decided yet.
func (c *Challenges) newSend(who, id, grant string, plan guard.Plan) charge {
	v := charge{who: who, id: id, grant: grant, plan: plan, own: plan}
	if prefix := c.prefixOfID(id); c.crossSlot(prefix) {
		v.own, v.others = c.marks.Split(plan, prefix)
	}
	return v
}

// decideSend runs script, which takes an encoded plan, and charges the other slots. After an
// error the caller must roll back.
func (c *Challenges) decideSend(ctx context.Context, v charge, script func(plan string) (reply, error)) (reply, error) {
	if len(v.others) == 0 {
		return script(v.own.Encode())
	}
	look := v.own
	look.Look = true
	seen, err := script(look.Encode())
	if err != nil || seen.text(0) != "look" {
		return seen, err
	}
	charged, err := c.Guard.ChargeParts(ctx, v.others, seen.text(1) == "1", false)
	var decided reply
	if err == nil {
		if refused := refusedBy(charged); refused != nil {
			return refused, nil
		}
		decided, err = script(v.own.Encode())
	}
	if err != nil || decided.text(0) != "ok" {
		c.TakeBack(ctx, Ticket{charge: v})
		return decided, err
	}
	decided[2], decided[3] = append(charged.Alerts, decided.list(2)...), append(charged.Shadow, decided.list(3)...)
	return decided, nil
}

// refusedBy returns the reply of issue.lua for a refusal by another slot, or nil if there is
// none.
func refusedBy(charged guard.Charged) reply {
	switch {
	case charged.Captcha:
		return reply{"captcha"}
	case charged.Wait > 0:
		return reply{"refused", string(charged.Class), charged.Wait.Milliseconds(), charged.Bucket}
	default:
		return nil
	}
}

// refusedCrossSlot returns the address and channel of a challenge whose client is refused, for
// auditing.
func (c *Challenges) refusedCrossSlot(ctx context.Context, id string, refusal error) (Verified, error) {
	if !apperr.Is(refusal, apperr.RateLimited) {
		return Verified{}, refusal
	}
	challenge, err := c.Find(ctx, id)
	if err != nil {
		return Verified{}, err
	}
	return Verified{Address: challenge.Address, Channel: challenge.Channel}, refusal
}

// settle refunds the client's charge for an answer unless the answer was a failure, and counts
// the conversion if that is in another slot.
func (c *Challenges) settle(ctx context.Context, plan guard.Plan, answer reply, err error) {
	word := answer.text(0)
	if err != nil || word != "wrong" && word != "gone" {
		c.Guard.Void(ctx, plan)
	}
	if err != nil || word != "ok" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.Guard.Used(ctx, answer.text(8)); err != nil {
		logx.WithContext(ctx).Infof("otp: cannot count a conversion: %v", err)
	}
}

// noticeCrossSlot is notice for money budgets in other slots, which are charged first.
func (c *Challenges) noticeCrossSlot(ctx context.Context, n Notice, money guard.Plan, script func(money string) (reply, error)) (reply, error) {
	key := c.challengeKey(n.ID)
	if there, err := c.Redis.Exists(ctx, key).Result(); err != nil {
		return nil, apperr.Down(err)
	} else if there == 1 {
		return reply{"ok", []any{}}, nil // requested before
	}
	own, others := c.marks.Split(money, key)
	charged, err := c.Guard.ChargeParts(ctx, others, false, !n.Routine)
	if err != nil {
		c.refundNotice(ctx, others)
		return nil, err
	}
	if refused := refusedBy(charged); refused != nil {
		return refused, nil
	}
	decided, err := script(own.Encode())
	if err != nil {
		return nil, err // the notice may have been granted, so the charge stays
	}
	if decided.text(0) != "ok" {
		c.refundNotice(ctx, others)
		return decided, nil
	}
	return reply{"ok", append(charged.Alerts, decided.list(1)...)}, nil
}

// refundNotice refunds a notice that was not granted.
func (c *Challenges) refundNotice(ctx context.Context, parts []guard.Part) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.Guard.TakeBackParts(ctx, parts); err != nil {
		logx.WithContext(ctx).Infof("otp: cannot refund a notice: %v", err)
	}
}
