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
	// maxAge is the age at which rows are read again, maxStale the age up to which they may
	// be used if that fails: the promise is 5 s.
	maxAge   = 2 * time.Second
	maxStale = 5 * time.Second
	// recent is the maximum age of rows for a refusal, whatever the state of the database:
	// a client that was just created or got a new secret must not be refused.
	recent = 100 * time.Millisecond
	// readTimeoutout limits reading the rows, and staleWait the wait for it if older rows
	// would do.
	readTimeout = 3 * time.Second
	staleWait   = 300 * time.Millisecond
)

type (
	// cache holds all rows. It reads them on demand, so nothing is read if no machines are
	// used.
	cache struct {
		all     func(context.Context) ([]*model.Client, error)
		elapsed func() time.Duration

		rows atomic.Pointer[snapshot]
		// changed is when this process last changed a row: rows read earlier are too old.
		changed atomic.Int64
		mu      sync.Mutex
		trip    *trip // the running read, or nil
	}

	// snapshot holds the rows as of began or later.
	snapshot struct {
		byID  map[string]Client
		began time.Duration
	}

	// trip is a read that several callers wait for.
	trip struct {
		began time.Duration
		done  chan struct{}
		err   error
	}
)

// read returns rows at most age old or, if the database cannot be read, at most stale old.
// It fails with apperr.Unavailable.
func (c *cache) read(ctx context.Context, age, stale time.Duration) (*snapshot, error) {
	held := c.rows.Load()
	if c.within(held, age) {
		return held, nil
	}
	trip := c.start(ctx)
	wait := ctx
	if c.within(held, stale) {
		var cancel context.CancelFunc
		wait, cancel = context.WithTimeout(ctx, staleWait)
		defer cancel()
	}
	err := error(nil)
	select {
	case <-trip.done:
		err = trip.err
	case <-wait.Done():
		err = wait.Err()
	}
	if held = c.rows.Load(); err != nil && !c.within(held, stale) {
		return nil, apperr.Down(err)
	}
	return held, nil
}

func (c *cache) within(s *snapshot, age time.Duration) bool {
	return s != nil && c.elapsed()-s.began <= age && int64(s.began) >= c.changed.Load()
}

// forget makes the next caller read the rows again.
func (c *cache) forget() { c.changed.Store(int64(c.elapsed()) + 1) }

// start starts a read or joins the running one. It continues if its request ends.
func (c *cache) start(ctx context.Context) *trip {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trip != nil && int64(c.trip.began) >= c.changed.Load() {
		return c.trip
	}
	t := &trip{began: max(c.elapsed(), time.Duration(c.changed.Load())), done: make(chan struct{})}
	c.trip = t
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
		defer cancel()
		rows, err := c.all(ctx)
		c.mu.Lock()
		if held := c.rows.Load(); err == nil && (held == nil || held.began <= t.began) {
			c.rows.Store(newSnapshot(rows, t.began))
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
