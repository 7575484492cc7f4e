package otp

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/identity"
)

// Forget ends the challenges of an address that any user could have opened, for
// an account that is erased. What else Redis holds of the address, counters by
// pseudonym, tells nothing and expires.
func (c *Challenges) Forget(ctx context.Context, address identity.Address) error {
	who := c.who(address)
	_, prefix, err := c.newID(who)
	if err != nil {
		return err
	}
	for _, purpose := range []Purpose{PurposeLogin, PurposeReset} {
		pointer := live(prefix, purpose, 0, who)
		if _, err := run(ctx, c.Redis, forgetScript, []string{pointer}, prefix+"c:"); err != nil {
			return err
		}
	}
	return nil
}

// Notice makes a message without a code due: it tells an address that it was
// replaced. Nothing verifies it, and no cooldown holds it up.
func (c *Challenges) Notice(ctx context.Context, address identity.Address, channel string) (Ticket, error) {
	id, prefix, err := c.newID(c.who(address))
	if err != nil {
		return Ticket{}, err
	}
	sealed, err := c.Ring.Seal("challenge "+id, []byte(address.Canonical()))
	if err != nil {
		return Ticket{}, err
	}
	key := prefix + "c:" + id
	pipe := c.Redis.TxPipeline()
	pipe.HSet(ctx, key, "address", sealed, "channel", channel, "purpose", string(purposeNotice),
		"locale", "", "decoy", 0, "sends", 1, "status", "queued", "reason", "")
	pipe.PExpire(ctx, key, noticeLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return Ticket{}, apperr.Down(err)
	}
	return Ticket{ID: id, Send: 1, Channel: channel, To: address.Masked()}, nil
}
