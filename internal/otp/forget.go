package otp

import (
	"context"
	"fmt"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// Forget ends the challenges of an address that any user could have opened, for
// an account that is erased. What else Redis holds of the address, counters by
// pseudonym, tells nothing and expires.
func (c *Challenges) Forget(ctx context.Context, address address.Address) error {
	for _, prefix := range c.prefixesOf(address) {
		for _, who := range c.who(address).All() {
			if _, err := run(ctx, c.Redis, forgetScript, []string{prefix + "networks:" + who},
				prefix, who, string(PurposeLogin), string(PurposeReset), string(PurposeDelete)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Failed is what is kept of the wrong codes for an address; the zero one if nothing is.
func (c *Challenges) Failed(ctx context.Context, address address.Address) (Failed, error) {
	return c.Failures.Find(ctx, c.who(address).All()...)
}

// ForgetUser ends the challenges by which a user was proving new addresses. Notices
// stay: they report what happened before, and whoever erases an account may be who
// took it over.
func (c *Challenges) ForgetUser(ctx context.Context, userID int64) error {
	for _, list := range c.ofUser(userID) {
		ids, err := c.Redis.SMembers(ctx, list).Result()
		if err != nil {
			return apperr.Down(err)
		}
		pipe := c.Redis.Pipeline() // a key at a time: they are in many slots
		for _, id := range ids {
			pipe.Del(ctx, c.challengeKey(id))
		}
		pipe.Del(ctx, list)
		if _, err := pipe.Exec(ctx); err != nil {
			return apperr.Down(err)
		}
	}
	return nil
}

// index notes a challenge that is bound to a user, for ForgetUser.
func (c *Challenges) index(ctx context.Context, userID int64, id string) error {
	pipe := c.Redis.TxPipeline()
	list := c.ofUser(userID)[0]
	pipe.SAdd(ctx, list, id)
	pipe.PExpire(ctx, list, c.Expire)
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// ofUser are the lists of a user's challenges: the one to write to, and in a cluster that
// of nodes that spread and of those that do not.
func (c *Challenges) ofUser(userID int64) []string {
	shared, own := fmt.Sprint(sharedPrefix, "user:", userID), fmt.Sprintf("ua:otp:{user %d}:challenges", userID)
	switch {
	case c.Spread:
		return []string{own, shared}
	case c.cluster:
		return []string{shared, own}
	default:
		return []string{shared}
	}
}
