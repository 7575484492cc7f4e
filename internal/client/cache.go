package client

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

const (
	// maxAge is how old rows may be before they are read anew, maxStale how old they may
	// be used where that is not possible: the promise is 5 s.
	maxAge   = 2 * time.Second
	maxStale = 5 * time.Second
	// recent is how old rows may be by which somebody is refused, whatever the database
	// does: who was made a moment ago, or has just been given another secret, is not.
	recent = 100 * time.Millisecond
	// readTime bounds a reading, and patience the wait for it where older rows would do.
	readTime = 3 * time.Second
	patience = 300 * time.Millisecond
)

type (
	// cache holds all rows. It reads them when somebody asks, so that where no machine is
	// used nothing is read.
	cache struct {
		all     func(context.Context) ([]*model.Client, error)
		elapsed func() time.Duration

		held atomic.Pointer[snapshot]
		// changed is when this process changed a row: what was read sooner is too old.
		changed atomic.Int64
		mu      sync.Mutex
		trip    *trip // under way; nil if none is
	}

	// snapshot are the rows as they were when their reading began, or later.
	snapshot struct {
		byID  map[string]Client
		began time.Duration
	}

	// trip is a reading that several wait for.
	trip struct {
		began time.Duration
		done  chan struct{}
		err   error
	}
)

// read returns rows that are no older than age or, where the database cannot be read,
// than stale. Fails with apperr.Unavailable.
func (c *cache) read(ctx context.Context, age, stale time.Duration) (*snapshot, error) {
	held := c.held.Load()
	if c.within(held, age) {
		return held, nil
	}
	trip := c.start(ctx)
	wait := ctx
	if c.within(held, stale) {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	err := error(nil)
	select {
	case <-trip.done:
		err = trip.err
	case <-wait.Done():
		err = wait.Err()
	}
	if held = c.held.Load(); err != nil && !c.within(held, stale) {
		return nil, apperr.Down(err)
	}
	return held, nil
}

func (c *cache) within(s *snapshot, age time.Duration) bool {
	return s != nil && c.elapsed()-s.began <= age && int64(s.began) >= c.changed.Load()
}

// forget has the rows read anew by the next who asks.
func (c *cache) forget() { c.changed.Store(int64(c.elapsed()) + 1) }

// start begins a reading, or joins the one that is under way. It goes on when the
// request that began it has gone.
func (c *cache) start(ctx context.Context) *trip {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trip != nil && int64(c.trip.began) >= c.changed.Load() {
		return c.trip
	}
	t := &trip{began: max(c.elapsed(), time.Duration(c.changed.Load())), done: make(chan struct{})}
	c.trip = t
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
		defer cancel()
		rows, err := c.all(ctx)
		c.mu.Lock()
		if held := c.held.Load(); err == nil && (held == nil || held.began <= t.began) {
			c.held.Store(newSnapshot(rows, t.began))
		}
		if t.err = err; c.trip == t {
			c.trip = nil
		}
		c.mu.Unlock()
		close(t.done)
	}()
	return t
}

func newSnapshot(rows []*model.Client, began time.Duration) *snapshot {
	s := &snapshot{byID: make(map[string]Client, len(rows)), began: began}
	for _, row := range rows {
		s.byID[row.Id] = clientOf(row)
	}
	return s
}
