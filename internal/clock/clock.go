// Package clock is the time that all nodes agree on: this machine's, put right by the
// database's where the two are far apart. What one node writes, another judges by the
// time: sessions, the grace of a refresh token, bans, how old a sign-in is. Were each
// to go by its own machine, one that is 45 s ahead would take a refresh token of a
// moment ago for a stolen one.
package clock

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// tolerance is how far two clocks may be apart and count as the same: more than
	// machines whose clocks are kept ever are, and less than anything judged by them.
	tolerance = 2 * time.Second
	// askTime bounds one question; what takes longer tells nothing about the time.
	askTime = tolerance
	// every is how often the database is asked.
	every = 2 * time.Second
)

// Clock is safe for concurrent use.
type Clock struct {
	own    func() time.Time
	theirs func(context.Context) (time.Time, error)
	offset atomic.Int64 // of theirs from own
}

// New returns a clock that goes by own until it is set.
func New(own func() time.Time, theirs func(context.Context) (time.Time, error)) *Clock {
	return &Clock{own: own, theirs: theirs}
}

// Now is the time.
func (c *Clock) Now() time.Time {
	now := c.own()
	if offset := c.offset.Load(); offset != 0 {
		return now.Add(time.Duration(offset))
	}
	return now
}

// Set asks the database. Where it does not answer in time, what was found before
// holds.
func (c *Clock) Set(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	begun := c.own()
	theirs, err := c.theirs(ctx)
	took := c.own().Sub(begun)
	if err != nil || took < 0 || took > askTime {
		return
	}
	offset := theirs.Sub(begun.Add(took / 2))
	before := time.Duration(c.offset.Load())
	if (offset - before).Abs() <= tolerance {
		return
	}
	if offset.Abs() <= tolerance {
		offset = 0
	}
	c.offset.Store(int64(offset))
	logx.Errorf("clock: this machine's was %v off the database's, now %v: the database's holds. See that both are kept by NTP",
		-before.Round(time.Millisecond), -offset.Round(time.Millisecond))
}

// Watch sets the clock again and again until ctx ends.
func (c *Clock) Watch(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.Set(ctx)
		}
	}
}
