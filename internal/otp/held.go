package otp

import (
	"context"
	"strconv"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// Held is whom a challenge was opened for: for the records, and for a resend. It
// is no proof of anything.
type Held struct {
	Address address.Address
	Channel string
	Purpose Purpose
	UserID  int64
}

// Held reads a challenge; one that is gone or unreadable, and a notice, is the zero
// Held. Fails with apperr.Unavailable.
func (c *Challenges) Held(ctx context.Context, id string) (Held, error) {
	if !wellFormed(id) {
		return Held{}, nil
	}
	values, err := c.Redis.HMGet(ctx, c.challengeKey(id), "address", "channel", "purpose", "user", "who").Result()
	if err != nil {
		return Held{}, apperr.Down(err)
	}
	fields := make([]string, len(values))
	for i, value := range values {
		fields[i], _ = value.(string)
	}
	s, err := c.open(id, fields[0])
	if err != nil || fields[4] == "" {
		return Held{}, nil
	}
	userID, _ := strconv.ParseInt(fields[3], 10, 64)
	return Held{Address: s.address, Channel: fields[1], Purpose: Purpose(fields[2]), UserID: userID}, nil
}
