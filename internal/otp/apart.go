package otp

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/guard"
)

// In a cluster that is spread, what one send costs is in several slots: what is of the
// address in its own, of the client in another, and of all in one more. The first is
// looked at, the others are charged, and then the first decides and opens the challenge.
// What a later one refuses is taken back from those before it; until then it counts, so
// that no number of parallel requests passes a limit. A process that is killed in between
// leaves charges and nothing else. See docs/decisions/0010-slots-by-address.md.

// apart reports whether what a challenge with keys of that prefix costs is in other slots
// as well.
func (c *Challenges) apart(prefix string) bool { return c.Spread || prefix != sharedPrefix }

// newSend is a send that is still to be decided.
func (c *Challenges) newSend(who, id, grant string, plan guard.Plan) vain {
	v := vain{who: who, id: id, grant: grant, plan: plan, own: plan}
	if prefix := c.prefixOfID(id); c.apart(prefix) {
		v.own, v.others = c.marks.Split(plan, prefix)
	}
	return v
}

// decideSend decides a send by its script, which takes a plan. In its doubt after an
// error it is the caller's to take back.
func (c *Challenges) decideSend(ctx context.Context, v vain, script func(plan string) (reply, error)) (reply, error) {
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
		c.TakeBack(ctx, Ticket{vain: v})
		return decided, err
	}
	decided[2], decided[3] = append(charged.Alerts, decided.list(2)...), append(charged.Shadow, decided.list(3)...)
	return decided, nil
}

// refusedBy is what issue.lua replies where another slot refuses, or nil.
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

// refusedApart says whose challenge it was for which the client is refused, for the
// records.
func (c *Challenges) refusedApart(ctx context.Context, id string, refusal error) (Verified, error) {
	if !apperr.Is(refusal, apperr.RateLimited) {
		return Verified{}, refusal
	}
	held, err := c.Held(ctx, id)
	if err != nil {
		return Verified{}, err
	}
	return Verified{Address: held.Address, Channel: held.Channel}, refusal
}

// settle takes back what an answer was charged to the client before it was compared,
// unless it was a failure, and counts a use where that is counted in other slots.
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
		logx.WithContext(ctx).Infof("otp: a use is not counted: %v", err)
	}
}

// noticeApart is notice where the money is in another slot: it is charged first.
func (c *Challenges) noticeApart(ctx context.Context, n Notice, money guard.Plan, script func(money string) (reply, error)) (reply, error) {
	key := c.challengeKey(n.ID)
	if there, err := c.Redis.Exists(ctx, key).Result(); err != nil {
		return nil, apperr.Down(err)
	} else if there == 1 {
		return reply{"ok", []any{}}, nil // it was asked for before
	}
	own, others := c.marks.Split(money, key)
	charged, err := c.Guard.ChargeParts(ctx, others, false, !n.Routine)
	if err != nil {
		c.forgive(ctx, others)
		return nil, err
	}
	if refused := refusedBy(charged); refused != nil {
		return refused, nil
	}
	decided, err := script(own.Encode())
	if err != nil {
		return nil, err // the notice may be due, and then it costs that
	}
	if decided.text(0) != "ok" {
		c.forgive(ctx, others)
		return decided, nil
	}
	return reply{"ok", append(charged.Alerts, decided.list(1)...)}, nil
}

// forgive takes back the charge of a notice that is not due.
func (c *Challenges) forgive(ctx context.Context, parts []guard.Part) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := c.Guard.TakeBackParts(ctx, parts); err != nil {
		logx.WithContext(ctx).Infof("otp: the charge of a notice is not taken back: %v", err)
	}
}
