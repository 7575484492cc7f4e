package social

import (
	"context"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/threading"
)

const (
	// freshTTL is how long a document is used without fetching it again. A key that the provider
	// has withdrawn is accepted for as long.
	freshTTL = time.Hour
	// staleTTL is how long a document is used while the provider is unavailable.
	staleTTL = 24 * time.Hour
	// refetchInterval is the minimum time between two fetches of a usable document, and
	// retryInterval between two after a failure.
	refetchInterval = time.Minute
	retryInterval   = 5 * time.Second
)

// cached is a document of a provider, fetched on demand. At most one fetch runs at a time, and it
// continues for the other callers if the first one gives up.
type cached[T any] struct {
	fetch func(context.Context) (T, error)
	now   func() time.Time

	mu    sync.Mutex
	value T
	have  bool
	err   error
	// at is when the document was fetched, tried when the last fetch began.
	at, tried time.Time
	// flight is closed when the current fetch ends; nil if there is none.
	flight chan struct{}
}

// get returns the document, however old.
func (c *cached[T]) get(ctx context.Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !within(c.now(), c.at, freshTTL) || !c.have {
		c.renewLocked(ctx)
	}
	return c.answerLocked()
}

// refreshed returns the document as the provider had it within the last minute. A caller that looks
// for unknown keys causes at most one fetch per minute.
func (c *cached[T]) refreshed(ctx context.Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewLocked(ctx)
	if c.err != nil {
		var none T
		return none, c.err
	}
	return c.answerLocked()
}

func (c *cached[T]) usableLocked() bool { return c.have && within(c.now(), c.at, staleTTL) }

func (c *cached[T]) answerLocked() (T, error) {
	if c.usableLocked() {
		return c.value, nil
	}
	var none T
	if c.err == nil {
		return none, unavailable("the request was canceled")
	}
	return none, c.err
}

// renewLocked fetches the document or waits for the current fetch. It releases the lock meanwhile.
func (c *cached[T]) renewLocked(ctx context.Context) {
	if c.flight == nil {
		pause := refetchInterval
		if c.err != nil {
			pause = retryInterval
		}
		if c.usableLocked() && within(c.now(), c.tried, pause) {
			return
		}
		begun := make(chan struct{})
		c.tried, c.flight = c.now(), begun
		threading.GoSafe(func() { c.run(context.WithoutCancel(ctx), begun) })
	}
	flight := c.flight
	c.mu.Unlock()
	select {
	case <-flight:
	case <-ctx.Done():
	}
	c.mu.Lock()
}

// run always ends the flight, because others wait for it.
func (c *cached[T]) run(ctx context.Context, flight chan struct{}) {
	var value T
	err := unavailable("the fetch panicked")
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.err = err; err == nil {
			c.value, c.have, c.at = value, true, c.tried
		}
		c.flight = nil
		close(flight)
	}()
	value, err = c.fetch(ctx)
}

// within reports whether now is at most d after since and not before it. Clocks may be set back.
func within(now, since time.Time, d time.Duration) bool {
	age := now.Sub(since)
	return age >= 0 && age < d
}
