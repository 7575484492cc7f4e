package otp

import (
	"context"
	"net/netip"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard"
)

// noticeLife is how long a notice may wait to be sent: longer than a provider is
// usually down, for what it says stays true.
const noticeLife = 12 * time.Hour

// Notice is a message without a code, which nothing verifies.
type Notice struct {
	// ID is one of NewID. However often a notice is asked for by it, there is one
	// message.
	ID string
	// Name is what it says, one of template.Notices.
	Name    string
	Address address.Address
	Channel string
	Locale  string
	// Routine is a notice of what can be done again at will: it has a smaller share
	// of the address's limit, and none of a budget that is spent.
	Routine bool
}

// NewID returns the id of a new notice to an address.
func (c *Challenges) NewID(address address.Address) (string, error) { return c.newID(address) }

// Notice makes a notice due. No cooldown holds it up, and it does not depend on
// the user's other challenges: it outlives them, and the account. Fails with
// apperr.RateLimited, and apperr.Unavailable without Redis.
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
	_, mute := c.fixed(n.Address, netip.Addr{})
	fields := []any{
		"address", sealed, "channel", n.Channel, "purpose", string(purposeNotice), "notice", n.Name,
		"locale", n.Locale, "decoy", mute, "sends", 1, "status", "queued", "reason", "",
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

// notice decides a notice, in one step where all that it costs is in one place.
func (c *Challenges) notice(ctx context.Context, n Notice, plan, money guard.Plan, fields []any) (reply, error) {
	key := c.challengeKey(n.ID)
	script := func(money string) (reply, error) {
		args := append([]any{plan.Encode(), money, n.Routine, noticeLife.Milliseconds()}, fields...)
		return run(ctx, c.Redis, noticeScript, []string{key}, args...)
	}
	if c.Spread {
		return c.noticeApart(ctx, n, money, script)
	}
	return script(money.Encode())
}
