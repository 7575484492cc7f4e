package otp

import (
	"context"
	"net/netip"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard"
)

// noticeLife is how long a notice may wait to be sent. It is longer than most provider
// outages, because what a notice says stays true.
const noticeLife = 12 * time.Hour

// Notice is a message without a code.
type Notice struct {
	// ID comes from NewID. Repeated calls with one ID send one message.
	ID string
	// Name selects the text, one of template.Notices.
	Name    string
	Address address.Address
	Channel string
	Locale  string
	// Routine marks a notice about something that can be repeated at will. It has a smaller
	// share of the address's limit and is refused once a money budget is spent.
	Routine bool
}

// Notice grants the send of a notice. No cooldown applies, and the notice outlives the user's
// other challenges and the account. It fails with apperr.RateLimited, and with
// apperr.Unavailable without Redis.
func (c *Challenges) Notice(ctx context.Context, n Notice) (Ticket, error) {
	s, err := c.newSecret(n.Address)
	if err != nil {
		return Ticket{}, err
	}
	sealed, err := c.seal(n.ID, s)
	if err != nil {
		return Ticket{}, err
	}
	plan, money := c.Guard.ForNotice(n.Address, n.Routine)
	_, isTest := c.fixed(n.Address, netip.Addr{})
	fields := []any{
		"address", sealed, "channel", n.Channel, "purpose", string(purposeNotice), "notice", n.Name,
		"locale", n.Locale, "decoy", isTest, "sends", 1, "status", "queued", "reason", "",
	}
	reply, err := c.notice(ctx, n, plan, money, fields)
	if err != nil {
		return Ticket{}, err
	}
	if reply.text(0) == "refused" {
		return Ticket{}, c.Guard.Refuse(plan, guard.Class(reply.text(1)), reply.millis(2), reply.text(3))
	}
	c.Guard.Granted(ctx, reply.list(1), nil)
	return Ticket{ID: n.ID, Send: 1, Channel: n.Channel, To: n.Address.Masked()}, nil
}

// notice decides a notice, in one step if all its charges are in one slot.
func (c *Challenges) notice(ctx context.Context, n Notice, plan, money guard.Plan, fields []any) (reply, error) {
	key := c.challengeKey(n.ID)
	script := func(money string) (reply, error) {
		args := append([]any{plan.Encode(), money, n.Routine, noticeLife.Milliseconds()}, fields...)
		return run(ctx, c.Redis, noticeScript, []string{key}, args...)
	}
	if c.Spread {
		return c.noticeCrossSlot(ctx, n, money, script)
	}
	return script(money.Encode())
}
