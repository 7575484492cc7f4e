package otp

import (
	"context"
	"strconv"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// Challenge identifies an open challenge, for auditing and for a resend. It proves nothing.
type Challenge struct {
	Address address.Address
	Channel string
	Purpose Purpose
	UserID  int64
}

// Find returns a challenge, or the zero Challenge if it is gone, unreadable or a notice. It
// fails with apperr.Unavailable.
func (c *Challenges) Find(ctx context.Context, id string) (Challenge, error) {
	if !wellFormed(id) {
		return Challenge{}, nil
	}
	values, err := c.Redis.HMGet(ctx, c.challengeKey(id), "address", "channel", "purpose", "user", "who").Result()
	if err != nil {
		return Challenge{}, apperr.Down(err)
	}
	fields := make([]string, len(values))
	for i, value := range values {
		fields[i], _ = value.(string)
	}
	s, err := c.open(id, fields[0])
	if err != nil || fields[4] == "" {
		return Challenge{}, nil
	}
	userID, _ := strconv.ParseInt(fields[3], 10, 64)
	return Challenge{Address: s.address, Channel: fields[1], Purpose: Purpose(fields[2]), UserID: userID}, nil
}
