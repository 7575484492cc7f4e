package otp

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/redisscript"
)

const (
	// mostReturns bounds how often one code is given back.
	mostReturns  = 10
	giveBackTime = 2 * time.Second
	// lentTime is how long a right code is out of use while what it is for is done, if
	// neither Done nor GiveBack says how that ended: the process was killed, or Redis
	// did not answer. Requests are shorter as a rule; of two that do the same all the
	// same, the database lets one.
	lentTime     = 10 * time.Second
	longestPause = 200 * time.Millisecond
	// lentPatience is what a second answer waits for the end of the first.
	lentPatience = 3 * time.Second
)

var errLent = errors.New("otp: another request is doing what the code is for")

// Done ends a challenge whose right code has done its work. Fails with
// apperr.Unavailable; what was done must then keep the code from working once more.
func (c *Challenges) Done(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
	defer cancel()
	prefix := c.prefixOfID(id)
	if err := redisscript.Wait(ctx, func() error { return c.Redis.Del(ctx, prefix+"spent:"+id, prefix+"lent:"+id).Err() }); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// GiveBack undoes the use of a right code: what the code was for has failed, not
// the code. It works once more until it expires, unless a newer code has taken its
// place. It does not wait for the client, who may have gone. Fails with
// apperr.Unavailable, which tells when the code works again all the same.
func (c *Challenges) GiveBack(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
	defer cancel()
	if _, err := run(ctx, c.Redis, giveBackScript, []string{c.challengeKey(id)}, c.prefixOfID(id), id, mostReturns); err != nil {
		return apperr.Down(err).WithRetryAfter(lentTime)
	}
	return nil
}

// verify runs the script. Where another request has the challenge it waits a moment
// for how that ends: as a rule the code is then used, or works. It waits by the
// cheapest question, since many may be waiting for one.
func (c *Challenges) verify(ctx context.Context, a Answer, args []any) (reply, error) {
	prefix := c.prefixOfID(a.ID)
	patience, cancel := context.WithTimeout(ctx, lentPatience)
	defer cancel()
	for {
		// An id of any shape is looked for, so that every refusal is charged.
		reply, err := c.decide(ctx, prefix, verifyScript, []string{prefix + "c:" + a.ID}, append([]any{prefix}, args...)...)
		if err != nil || reply.text(0) != "lent" {
			return reply, err
		}
		if !c.returned(patience, a.ID) {
			return nil, apperr.Down(errLent).WithRetryAfter(reply.millis(3))
		}
	}
}

// returned waits until a challenge is no longer lent, and reports whether ctx lasted.
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
