package otp

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
)

const (
	// countsName is there as long as Redis holds counts of failures. It goes with them
	// when Redis loses its data, which nothing else would tell. lostName names that
	// loss, as long as failures of before count.
	countsName = "counts"
	lostName   = "lost"
	// restoredLife is how long it is known that an address was restored; it may be
	// restored once more, which changes nothing.
	restoredLife = 24 * time.Hour
	// restoreTime is what a request waits for the counts of its address.
	restoreTime = time.Second
	// mostLosses is how often Redis may lose its data while one request waits.
	mostLosses  = 3
	quietMillis = 5000
)

var errLost = errors.New("otp: Redis has lost the counts of wrong codes")

type (
	// Failures keeps the counts of wrong codes where they outlive Redis.
	Failures interface {
		// Any reports whether the counts of any address are kept.
		Any(ctx context.Context) (bool, error)
		// Find returns what is kept under either name of an address, or the zero Failed.
		Find(ctx context.Context, names ...string) (Failed, error)
		// Keep takes over the counts of an address, by its name. It does not wait.
		Keep(name string, f Failed)
	}

	// Failed are the wrong codes for one address. All times are Unix milliseconds.
	Failed struct {
		// Rev grows with each change. Of two states of an address, the one with the
		// greater one is the newer.
		Rev int64
		// InARow is how many came after the last code that was right.
		InARow int64
		// Hour and Day are how many came in windows that end then.
		Hour, HourEnds, Day, DayEnds int64
		// Last is when the last one came, as far as it is known here.
		Last int64
		// Expires is when nothing of it counts any more.
		Expires int64
	}
)

// decide runs a script that needs the counts of failures. Where Redis has lost those
// of the script's address they are restored first; while that cannot be done, it is
// apperr.Unavailable.
func (c *Challenges) decide(ctx context.Context, prefix string, script *redis.Script, keys []string, args ...any) (reply, error) {
	for range mostLosses {
		reply, err := run(ctx, c.Redis, script, keys, args...)
		if err != nil || reply.text(0) != "lost" {
			return reply, err
		}
		if err := c.restored(ctx, prefix, reply.text(1)); err != nil {
			c.log.Errorf("otp: the counts of wrong codes are not restored: %v", err)
			return nil, apperr.Down(err)
		}
	}
	return nil, apperr.Down(errLost)
}

// restored restores an address, once for all who wait for it.
func (c *Challenges) restored(ctx context.Context, prefix, who string) error {
	done := c.restoring.DoChan(prefix+who, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
		defer cancel()
		return nil, c.restore(ctx, prefix, who)
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// restore gives Redis the counts of one address, a text of names as the scripts have
// it, or "" where there is none to restore.
func (c *Challenges) restore(ctx context.Context, prefix, who string) error {
	if err := c.begin(ctx, prefix); err != nil || who == "" {
		return err
	}
	loss, err := c.Redis.Get(ctx, prefix+lostName).Result()
	if errors.Is(err, redis.Nil) {
		return nil // nothing was lost, or it no longer counts
	}
	if err != nil {
		return err
	}
	failed, err := c.Failures.Find(ctx, strings.Split(who, "|")...)
	if err != nil {
		return err
	}
	args := append([]any{prefix, who, loss, restoredLife.Milliseconds()}, failed.counts(c.Now().UnixMilli())...)
	_, err = run(ctx, c.Redis, restoreScript, []string{prefix + lostName}, args...)
	return err
}

// begin makes the marks of a Redis that has none.
func (c *Challenges) begin(ctx context.Context, prefix string) error {
	if n, err := c.Redis.Exists(ctx, prefix+countsName).Result(); err != nil || n == 1 {
		return err
	}
	kept, err := c.Failures.Any(ctx)
	if err != nil {
		return err
	}
	loss, err := c.newName()
	if err != nil {
		return err
	}
	reply, err := run(ctx, c.Redis, lostScript, []string{prefix + countsName, prefix + lostName}, loss, kept, rowLife.Milliseconds())
	if err == nil && kept && reply.text(0) == "begun" {
		logx.WithContext(ctx).Infof("otp: Redis had no counts of wrong codes: each address is restored before a code is next sent or compared for it")
	}
	return err
}

// Lost says that Redis has gone back in time. Every address is restored before it is
// next asked for, and no challenge of before works: it may have been used since.
func (c *Challenges) Lost(ctx context.Context) error {
	loss, err := c.newName()
	if err != nil {
		return err
	}
	pipe := c.Redis.Pipeline()
	c.everyPrefix(func(prefix string) {
		// In this order: counts without a loss would be taken for all there were.
		pipe.Set(ctx, prefix+lostName, loss, rowLife)
		pipe.Set(ctx, prefix+countsName, "1", rowLife)
	})
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Loss is the name of the last loss, "" where there was none.
func (c *Challenges) Loss(ctx context.Context) (string, error) {
	loss, err := c.Redis.Get(ctx, sharedPrefix+lostName).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if err != nil {
		return "", apperr.Down(err)
	}
	return loss, nil
}

// keep hands on the counts of an address that a script has changed, in its reply; an
// empty one has changed nothing.
func (c *Challenges) keep(counts reply, failed bool) {
	if len(counts) == 0 {
		return
	}
	now := c.Now()
	ends := func(i int) int64 { return now.Add(counts.millis(i)).UnixMilli() }
	f := Failed{
		Rev: counts.number(1), InARow: counts.number(2), Hour: counts.number(4), HourEnds: ends(5), Day: counts.number(6), DayEnds: ends(7),
		Expires: now.Add(rowLife).UnixMilli(),
	}
	if f.InARow == 0 {
		f.Expires = max(f.HourEnds, f.DayEnds) + lockTime.Milliseconds()
	}
	if failed {
		f.Last = now.UnixMilli()
	}
	c.Failures.Keep(counts.text(0), f)
}

// counts are what restore.lua takes. Where failures were in several lanes, Redis held
// less of each.
func (f Failed) counts(now int64) []any {
	hour, day, lock := f.Hour, f.Day, int64(0)
	if f.HourEnds <= now {
		hour = 0
	}
	if f.DayEnds <= now {
		day = 0
	}
	if f.Hour >= failuresPerHour || f.Day >= failuresPerDay {
		lock = f.Last + lockTime.Milliseconds() - now
	}
	life := rowLife.Milliseconds()
	return []any{f.Rev, life, min(f.InARow, failuresInARow), f.Last + life - now, hour, f.HourEnds - now, day, f.DayEnds - now, lock}
}
