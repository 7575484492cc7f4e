package otp

import (
	"context"
	"fmt"

	"user-api/internal/address"
	"user-api/internal/apperr"
)

// Forget ends the challenges of an address that need no signed-in user, for an account that is
// erased. What remains in Redis are counters by pseudonym, which expire.
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

// FailureCounts returns the stored failure counts of an address, or the zero value.
func (c *Challenges) FailureCounts(ctx context.Context, address address.Address) (FailureCounts, error) {
	return c.Failures.Find(ctx, c.who(address).All()...)
}

// ForgetUser ends the challenges by which a user was proving new addresses. Notices stay: they
// report past events, and an account may be erased by an intruder.
func (c *Challenges) ForgetUser(ctx context.Context, userID int64) error {
	for _, list := range c.ofUser(userID) {
		ids, err := c.Redis.SMembers(ctx, list).Result()
		if err != nil {
			return apperr.Down(err)
		}
		pipe := c.Redis.Pipeline() // one key per command: they are in many slots
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

// index records a challenge that is bound to a user, for ForgetUser.
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

// ofUser returns the keys of a user's list of challenges, the one to write to first. In a
// cluster, nodes with and without Spread use different keys.
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
