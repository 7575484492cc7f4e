package otp

import (
	"context"
	"fmt"

	"user-api/internal/apperr"
	"user-api/internal/identity"
)

// Forget ends the challenges of an address that any user could have opened, for
// an account that is erased. What else Redis holds of the address, counters by
// pseudonym, tells nothing and expires.
func (c *Challenges) Forget(ctx context.Context, address identity.Address) error {
	for _, who := range c.who(address).All() {
		if _, err := run(ctx, c.Redis, forgetScript, []string{prefix + "networks:" + who},
			prefix, who, string(PurposeLogin), string(PurposeReset), string(PurposeDelete)); err != nil {
			return err
		}
	}
	return nil
}

// ForgetUser ends the challenges by which a user was proving new addresses. Notices
// stay: they report what happened before, and whoever erases an account may be who
// took it over.
func (c *Challenges) ForgetUser(ctx context.Context, userID int64) error {
	list := ofUser(userID)
	ids, err := c.Redis.SMembers(ctx, list).Result()
	if err != nil {
		return apperr.Down(err)
	}
	keys := []string{list}
	for _, id := range ids {
		keys = append(keys, prefix+"c:"+id)
	}
	if err := c.Redis.Del(ctx, keys...).Err(); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// index notes a challenge that is bound to a user, for ForgetUser.
func (c *Challenges) index(ctx context.Context, userID int64, id string) error {
	pipe := c.Redis.TxPipeline()
	pipe.SAdd(ctx, ofUser(userID), id)
	pipe.PExpire(ctx, ofUser(userID), c.Expire)
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

func ofUser(userID int64) string { return fmt.Sprint(prefix, "user:", userID) }
