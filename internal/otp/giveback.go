package otp

import (
	"context"
	"time"
)

const (
	// mostReturns bounds how often one code is given back.
	mostReturns  = 10
	giveBackTime = 2 * time.Second
)

// GiveBack undoes the use of a right code: what the code was for has failed, not
// the code. It works once more until it expires, unless a newer code has taken its
// place. It does not wait for the client, who may have gone. Fails with
// apperr.Unavailable; the code is then used up.
func (c *Challenges) GiveBack(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
	defer cancel()
	_, err := run(ctx, c.Redis, giveBackScript, []string{prefix + "c:" + id, prefix + "spent:" + id}, id, mostReturns)
	return err
}
