package otp

import (
	"context"
	"errors"
	"fmt"

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

// ForgetUser ends the challenges by which a user was proving new addresses, and
// the notices to old ones.
func (c *Challenges) ForgetUser(ctx context.Context, userID int64) error {
	list := ofUser(userID)
	ids, err := c.Redis.SMembers(ctx, list).Result()
	if err != nil {
		return apperr.Down(err)
	}
	// One key at a time: in a cluster they are of different slots.
	for _, id := range ids {
		if prefix, ok := prefixOf(id); ok {
			err = errors.Join(err, c.Redis.Del(ctx, prefix+"c:"+id).Err())
		}
	}
	if err := errors.Join(err, c.Redis.Del(ctx, list).Err()); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// index notes a challenge that is bound to a user, for ForgetUser.
func (c *Challenges) index(ctx context.Context, userID int64, id string) error {
	pipe := c.Redis.TxPipeline()
	pipe.SAdd(ctx, ofUser(userID), id)
	pipe.PExpire(ctx, ofUser(userID), noticeLife) // the longest life of any of them
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

func ofUser(userID int64) string { return fmt.Sprintf("ua:otp:user:%d", userID) }
