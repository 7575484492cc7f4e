package otp

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
)

// Living returns the id of the live challenge for a request's address and purpose, if it was
// requested with the same idempotency key, or "" otherwise. The key alone proves that: a phone
// that lost the response may be on another network by now. It fails with apperr.Unavailable.
func (c *Challenges) Living(ctx context.Context, r Request) (string, error) {
	if r.Key == "" {
		return "", nil
	}
	asked := c.asked(r.Key)
	for _, prefix := range c.prefixesOf(r.Address) {
		reply, err := run(ctx, c.Redis, livingScript, []string{prefix + countsName},
			prefix, c.who(r.Address).Text(), c.network(r.Client).Text(), string(r.Purpose), r.UserID, asked.Current, asked.Other)
		if err != nil || reply.text(0) != "" {
			return reply.text(0), err
		}
	}
	return "", nil
}

// asked returns the pseudonym of an idempotency key.
func (c *Challenges) asked(key string) keyring.Name {
	if key == "" {
		return keyring.Name{}
	}
	return c.Ring.Name("asked with", key)
}

// isAsker reports whether an answer comes from the client that requested the challenge, if
// the answer claims that. Only that client knows the random key.
func (c *Challenges) isAsker(ctx context.Context, a Answer) (bool, error) {
	if a.AskedWith == "" || !wellFormed(a.ID) {
		return true, nil
	}
	stored, err := c.Redis.HGet(ctx, c.challengeKey(a.ID), "asked").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, apperr.Down(err)
	}
	asked := c.asked(a.AskedWith)
	return stored != "" && (stored == asked.Current || stored == asked.Other), nil
}
