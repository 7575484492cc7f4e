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
	// The key countsName exists as long as Redis holds failure counts. It disappears with
	// them when Redis loses its data, which is the only sign of that. The key lostName holds
	// the id of the loss until the lost counts would have expired.
	countsName = "counts"
	lostName   = "lost"
	// restoredLife is how long an address is known to be restored. Restoring it again
	// changes nothing.
	restoredLife = 24 * time.Hour
	// restoreTime is how long a request waits for the counts of its address.
	restoreTime = time.Second
	// mostLosses is how often Redis may lose its data during one request.
	mostLosses  = 3
	quietMillis = 5000
)

var errLost = errors.New("otp: Redis has lost the counts of wrong codes")

type (
	// Failures stores failure counts where they outlive Redis.
	Failures interface {
		// Any reports whether any counts are stored.
		Any(ctx context.Context) (bool, error)
		// Find returns the counts stored under either name of an address, or the zero value.
		Find(ctx context.Context, names ...string) (FailureCounts, error)
		// Keep stores the counts of an address by its name, in the background.
		Keep(name string, f FailureCounts)
	}

	// FailureCounts are the wrong codes for one address. All times are Unix milliseconds.
	FailureCounts struct {
		// Rev grows with each change. The state with the greater Rev is the newer.
		Rev int64
		// InARow is the number since the last correct code.
		InARow int64
		// Hour and Day are the numbers in the windows that end at HourEnds and DayEnds.
		Hour, HourEnds, Day, DayEnds int64
		// Last is when the last one came, or 0 if that is unknown.
		Last int64
		// Expires is when none of it counts any more.
		Expires int64
	}
)

// decide runs a script that needs failure counts. If Redis has lost those of the script's
// address, they are restored first. It fails with apperr.Unavailable while that is impossible.
func (c *Challenges) decide(ctx context.Context, prefix string, script *redis.Script, keys []string, args ...any) (reply, error) {
	for range mostLosses {
		reply, err := run(ctx, c.Redis, script, keys, args...)
		if err != nil || reply.text(0) != "lost" {
			return reply, err
		}
		if err := c.restored(ctx, prefix, reply.text(1)); err != nil {
			c.log.Errorf("otp: cannot restore the failure counts: %v", err)
			return nil, apperr.Down(err)
		}
	}
	return nil, apperr.Down(errLost)
}

// restored restores an address, once for all concurrent requests.
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

// restore writes the counts of one address to Redis. who is the address's names in the format
// of the scripts, or "" to restore none.
func (c *Challenges) restore(ctx context.Context, prefix, who string) error {
	if err := c.begin(ctx, prefix); err != nil || who == "" {
		return err
	}
	loss, err := c.Redis.Get(ctx, prefix+lostName).Result()
	if errors.Is(err, redis.Nil) {
		return nil // nothing was lost, or it has expired
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

// begin creates the marks of an empty Redis.
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
		logx.WithContext(ctx).Infof("otp: Redis had no failure counts; each address is restored before its next code is sent or compared")
	}
	return err
}

// Lost records that Redis has been rolled back. Every address is restored before its next
// request, and older challenges stop working because they may have been used since.
func (c *Challenges) Lost(ctx context.Context) error {
	loss, err := c.newName()
	if err != nil {
		return err
	}
	pipe := c.Redis.Pipeline()
	c.everyPrefix(func(prefix string) {
		// The order matters: counts without a loss would be taken as complete.
		pipe.Set(ctx, prefix+lostName, loss, rowLife)
		pipe.Set(ctx, prefix+countsName, "1", rowLife)
	})
	if _, err := pipe.Exec(ctx); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Loss returns the id of the last loss, or "" if there was none.
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

// keep stores the counts of an address that a script has changed. An empty reply means no
// change.
func (c *Challenges) keep(counts reply, failed bool) {
	if len(counts) == 0 {
		return
	}
	now := c.Now()
	ends := func(i int) int64 { return now.Add(counts.millis(i)).UnixMilli() }
	f := FailureCounts{
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

// counts returns the arguments of restore.lua. Counts that were spread over several lanes add
// up here, so they are capped.
func (f FailureCounts) counts(now int64) []any {
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
