package otp

import (
	"context"
	"net/netip"

	"user-api/internal/apperr"
	"user-api/internal/identity"
)

// Notice makes a message without a code due: it tells an address that it was
// replaced. Nothing verifies it, and no cooldown holds it up.
func (c *Challenges) Notice(ctx context.Context, userID int64, address identity.Address, channel string) (Ticket, error) {
	id, err := c.newID()
	if err != nil {
		return Ticket{}, err
	}
	s, err := c.newSecret(address)
	if err != nil {
		return Ticket{}, err
	}
	sealed, err := c.seal(id, s)
	if err != nil {
		return Ticket{}, err
	}
	_, mute := c.fixed(address, netip.Addr{})
	key := prefix + "c:" + id
	pipe := c.Redis.TxPipeline()
	pipe.HSet(ctx, key, "address", sealed, "channel", channel, "purpose", string(purposeNotice),
		"locale", "", "decoy", mute, "sends", 1, "status", "queued", "reason", "")
	pipe.PExpire(ctx, key, noticeLife)
	if _, err := pipe.Exec(ctx); err != nil {
		return Ticket{}, apperr.Down(err)
	}
	if err := c.index(ctx, userID, id); err != nil {
		return Ticket{}, err
	}
	return Ticket{ID: id, Send: 1, Channel: channel, To: address.Masked()}, nil
}
