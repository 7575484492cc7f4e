package otp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
)

const (
	// countsKey is there as long as Redis holds all counts of failures. It goes
	// with them when Redis loses its data, which nothing else would tell.
	countsKey = prefix + "counts"
	// restoreTime bounds a restoration, restorePatience what a request waits for it.
	// A store that hangs ends it sooner; a trail of millions must be read to its end.
	restoreTime     = 10 * time.Minute
	restorePatience = time.Second
	// addressesPerScript bounds how long others wait for one step.
	addressesPerScript = 100
	quietMillis        = 5000
)

var (
	errLost      = errors.New("otp: Redis has lost the counts of wrong codes")
	errRestoring = errors.New("otp: the counts of wrong codes are being restored")
)

type (
	// Failures reads from the trail who failed since a time, by the pseudonyms of
	// addresses that Redis has too; of each the newest failures, at most so many.
	Failures func(ctx context.Context, since time.Time, most int) (map[string]Failed, error)

	// Failed are the wrong codes for one address.
	Failed struct {
		// At is when they came, in Unix milliseconds, oldest first.
		At []int64
		// InARow is how many of them came after the last code that was right.
		InARow int
	}
)

// decide runs a script that needs the counts of failures. Where Redis has lost
// them they are restored first; while that is not done, it is apperr.Unavailable.
func (c *Challenges) decide(ctx context.Context, script *redis.Script, keys []string, args ...any) (reply, error) {
	reply, err := run(ctx, c.Redis, script, keys, args...)
	if err != nil || reply.text(0) != "lost" {
		return reply, err
	}
	if err := c.restored(ctx); err != nil {
		return nil, apperr.Down(err)
	}
	reply, err = run(ctx, c.Redis, script, keys, args...)
	if err == nil && reply.text(0) == "lost" {
		return nil, apperr.Down(errLost)
	}
	return reply, err
}

// restored waits a moment for the restoration, one at a time, which goes on
// without whoever asked for it.
func (c *Challenges) restored(ctx context.Context) error {
	done := c.restoring.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
		defer cancel()
		err := c.restore(ctx)
		if err != nil {
			c.log.Errorf("otp: the counts of wrong codes are not restored: %v", err)
		}
		return nil, err
	})
	patience, cancel := context.WithTimeout(ctx, restorePatience)
	defer cancel()
	select {
	case result := <-done:
		return result.Err
	case <-patience.Done():
		return errRestoring
	}
}

// restore writes the counts of failures anew. Several nodes may do so at once: the
// first that ends has written all.
func (c *Challenges) restore(ctx context.Context) error {
	if n, err := c.Redis.Exists(ctx, countsKey).Result(); err != nil || n == 1 {
		return err // another has just done it
	}
	id, err := c.newID()
	if err != nil {
		return err
	}
	// Before the trail is read: whatever Redis loses from now on, the mark tells.
	mark := prefix + "restore:" + id
	if err := c.Redis.Set(ctx, mark, "1", restoreTime).Err(); err != nil {
		return err
	}
	start := c.Now()
	failed, err := c.Failures(ctx, start.Add(-rowLife), failuresInARow)
	if err != nil {
		return err
	}
	state := "more"
	write := func(life time.Duration, rows []any) error {
		args := append([]any{prefix, life.Milliseconds()}, rows...)
		reply, err := run(ctx, c.Redis, restoreScript, []string{countsKey, mark}, args...)
		state = reply.text(0)
		return err
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(failed)), addressesPerScript) {
		var rows []any
		for _, who := range some {
			rows = append(append(rows, who), failed[who].counts(c.Now().UnixMilli())...)
		}
		if err := write(0, rows); err != nil {
			return err
		}
		if state != "more" {
			break
		}
	}
	if state == "more" {
		if err := write(rowLife, nil); err != nil {
			return err
		}
	}
	switch state {
	case "restored":
		logx.WithContext(ctx).Infof("otp: Redis had no counts of wrong codes: restored for %d addresses in %v", len(failed), c.Now().Sub(start))
	case "lost":
		return fmt.Errorf("%w once more", errLost)
	}
	return nil
}

// counts are what verify.lua would hold, as restore.lua takes it. Where failures
// were in several lanes it would hold less.
func (f Failed) counts(now int64) []any {
	if len(f.At) == 0 {
		return []any{0, 0, 0, 0, 0, 0, 0}
	}
	last := f.At[len(f.At)-1]
	hours, hourLife := f.within(now, time.Hour)
	days, dayLife := f.within(now, 24*time.Hour)
	lock := int64(0)
	if hours >= failuresPerHour || days >= failuresPerDay {
		lock = last + lockTime.Milliseconds() - now
	}
	return []any{min(f.InARow, failuresInARow), hours, days, last + rowLife.Milliseconds() - now, hourLife, dayLife, lock}
}

// within counts the failures of a window that ends now, and tells how long the
// window that began with the first of them still lasts.
func (f Failed) within(now int64, window time.Duration) (n int, life int64) {
	for i, at := range f.At {
		if left := at + window.Milliseconds() - now; left > 0 {
			return len(f.At) - i, left
		}
	}
	return 0, 0
}
