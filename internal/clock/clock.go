// Package clock provides a time that all nodes agree on: the local clock, corrected by the
// database's if the two differ too much. Nodes compare times written by other nodes:
// sessions, the grace period of a refresh token, bans, the age of a sign-in. With local
// clocks, a node that is 45 s ahead would take a refresh token from a moment ago for a
// stolen one.
package clock

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

const (
	// tolerance is the difference up to which two clocks count as equal: more than
	// synchronized clocks ever differ, and less than any interval that is compared.
	tolerance = 2 * time.Second
	// askTimeoutout limits one query; a slower response says nothing about the time.
	askTimeout = tolerance
	// interval is how often the database is queried.
	interval = 2 * time.Second
)

// Clock is a synchronized clock. It is safe for concurrent use.
type Clock struct {
	own    func() time.Time
	theirs func(context.Context) (time.Time, error)
	offset atomic.Int64 // theirs minus own
}

// New returns a clock that uses own until it is set.
func New(own func() time.Time, theirs func(context.Context) (time.Time, error)) *Clock {
	return &Clock{own: own, theirs: theirs}
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	now := c.own()
	if offset := c.offset.Load(); offset != 0 {
		return now.Add(time.Duration(offset))
	}
	return now
}

// Set queries the database and updates the correction. If the database does not respond in
// time, the previous correction is kept.
func (c *Clock) Set(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	begun := c.own()
	theirs, err := c.theirs(ctx)
	took := c.own().Sub(begun)
	if err != nil || took < 0 || took > askTimeout {
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
	logx.Errorf("clock: the difference between this host's clock and the database's changed from %v to %v; using the database's. Make sure that NTP synchronizes both",
		-before.Round(time.Millisecond), -offset.Round(time.Millisecond))
}

// Watch sets the clock periodically until ctx ends.
func (c *Clock) Watch(ctx context.Context) {
	tick := time.NewTicker(interval)
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
