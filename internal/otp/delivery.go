package otp

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
)

var _ delivery.Challenges = (*Challenges)(nil)

// layout is the newest format of a challenge that this release understands. Format 0 is no
// longer written. A release whose format an older one would misread writes a higher number
// into the field layout.
const layout = 1

// Claim marks an attempt of a send as started and derives its code; see delivery.Challenges.
func (c *Challenges) Claim(ctx context.Context, id string, send int, repeatable bool) (delivery.Outgoing, error) {
	if !wellFormed(id) {
		return delivery.Outgoing{}, delivery.ErrGone
	}
	repeat := 0
	if repeatable {
		repeat = 1
	}
	reply, err := c.claim(ctx, id, send, repeat)
	if err != nil {
		return delivery.Outgoing{}, err
	}
	switch reply.text(0) {
	case "ok":
	case "newer":
		return delivery.Outgoing{}, delivery.ErrNewer
	case "unconfirmed":
		return delivery.Outgoing{}, delivery.ErrUnconfirmed
	default:
		if _, ok := c.tagOfID(id); placed(id) && !ok {
			// Made under a pepper that this process lacks; another process may have it.
			return delivery.Outgoing{}, delivery.ErrNewer
		}
		return delivery.Outgoing{}, delivery.ErrGone
	}
	s, err := c.open(id, reply.text(1))
	if err != nil {
		// Sealed under a pepper that this process does not have yet, or no longer has.
		// Another process may have it, so undo the claim.
		if err := c.Report(ctx, id, send, delivery.StatusQueued, ""); err != nil {
			return delivery.Outgoing{}, err
		}
		return delivery.Outgoing{}, delivery.ErrNewer
	}
	address := s.address
	out := delivery.Outgoing{
		To: address.Spelled(), Channel: delivery.Channel(reply.text(2)), Country: address.Region(), Locale: reply.text(4),
		ExpiresIn: reply.millis(6), Decoy: reply.text(5) == "1", Hidden: reply.text(7) == "1",
		Requester: reply.text(9), UserID: reply.number(10), Said: reply.text(11) == "1",
	}
	purpose := Purpose(reply.text(3))
	switch {
	case purpose == purposeNotice:
		out.Notice = reply.text(8)
	case s.salt == "":
		return delivery.Outgoing{}, delivery.ErrGone // written by the first release
	default:
		out.Purpose, out.Code = purpose.text(), c.code(id, purpose, s)
	}
	return out, nil
}

// claim runs claim.lua, and runs it again with the state of the route if the script needs
// that and it is in another slot.
func (c *Challenges) claim(ctx context.Context, id string, send, repeat int) (reply, error) {
	prefix := c.prefixOfID(id)
	keys, args := []string{prefix + "c:" + id}, []any{send, repeat, prefix, routeFailures, layout, prefix == sharedPrefix}
	answer, err := run(ctx, c.Redis, claimScript, keys, args...)
	if err != nil || answer.text(0) != "route" {
		return answer, err
	}
	fares, err := c.Redis.HMGet(ctx, answer.text(1), "n", "reason", "offer").Result()
	if err != nil {
		return nil, apperr.Down(err)
	}
	route := reply(fares)
	return run(ctx, c.Redis, claimScript, keys, append(args, route.number(0), route.text(1), route.text(2))...)
}

// Report records the result of an attempt; see delivery.Challenges.
func (c *Challenges) Report(ctx context.Context, id string, send int, status delivery.Status, reason string) error {
	if !wellFormed(id) {
		return nil
	}
	return c.record(ctx, id, outcome{send: send, status: status, reason: reason})
}

// text returns the name by which templates know the purpose, one of template.Purposes.
func (p Purpose) text() string {
	if p == PurposeBindPhone || p == PurposeBindEmail {
		return "bind"
	}
	return string(p)
}
