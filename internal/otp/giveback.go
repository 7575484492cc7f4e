package otp

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/redisscript"
)

const (
	// mostReturns limits how often one code can be given back.
	mostReturns  = 10
	giveBackTime = 2 * time.Second
	// reservedTime is how long a correct code stays reserved if neither Done nor GiveBack
	// ends that, because the process was killed or Redis did not respond. Requests are
	// usually shorter. If two run at the same time anyway, the database admits one.
	reservedTime = 10 * time.Second
	longestPause = 200 * time.Millisecond
	// reservedPatience is how long a second answer waits for the first.
	reservedPatience = 3 * time.Second
)

var errReserved = errors.New("otp: the code is reserved by another request")

// Done deletes a challenge whose code has served its purpose. It fails with
// apperr.Unavailable; the operation itself must then make sure the code cannot work again.
func (c *Challenges) Done(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
	defer cancel()
	prefix := c.prefixOfID(id)
	if err := redisscript.Wait(ctx, func() error { return c.Redis.Del(ctx, prefix+"spent:"+id, prefix+"lent:"+id).Err() }); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// GiveBack releases a correct code after the operation it authorized failed. The code works
// again until it expires, unless a newer one has replaced it. GiveBack does not depend on the
// client's connection. It fails with apperr.Unavailable, whose Retry-After says when the code
// works again anyway.
func (c *Challenges) GiveBack(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
	defer cancel()
	if _, err := run(ctx, c.Redis, giveBackScript, []string{c.challengeKey(id)}, c.prefixOfID(id), id, mostReturns); err != nil {
		return apperr.Down(err).WithRetryAfter(reservedTime)
	}
	return nil
}

// verify runs verify.lua. If another request has reserved the challenge it waits for that
// request, usually briefly. It polls with EXISTS, the cheapest command, because many requests
// may be waiting.
func (c *Challenges) verify(ctx context.Context, a Answer, args []any) (reply, error) {
	prefix := c.prefixOfID(a.ID)
	patience, cancel := context.WithTimeout(ctx, reservedPatience)
	defer cancel()
	for {
		// An id of any shape is looked up, so that every refusal is charged.
		reply, err := c.decide(ctx, prefix, verifyScript, []string{prefix + "c:" + a.ID}, append([]any{prefix}, args...)...)
		if err != nil || reply.text(0) != "lent" {
			return reply, err
		}
		if !c.returned(patience, a.ID) {
			return nil, apperr.Down(errReserved).WithRetryAfter(reply.millis(3))
		}
	}
}

// returned waits until a challenge is no longer reserved. It returns false if ctx ends first.
func (c *Challenges) returned(ctx context.Context, id string) bool {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, longestPause) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		if lent, err := c.Redis.Exists(ctx, c.prefixOfID(id)+"lent:"+id).Result(); err == nil && lent == 0 {
			return true
		}
	}
}
