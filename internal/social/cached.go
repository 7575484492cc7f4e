package social

import (
	"context"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/threading"
)

const (
	// freshFor is for how long a document of a provider is used without asking again. A key
	// that the provider no longer uses is taken for as long.
	freshFor = time.Hour
	// usableFor is for how long it is used while the provider cannot be asked.
	usableFor = 24 * time.Hour
	// renewEvery is the least time between two fetches of a document that is usable, and
	// retryEvery between two where the first one has failed.
	renewEvery = time.Minute
	retryEvery = 5 * time.Second
)

// cached is a document of a provider, fetched when it is needed. One fetch is under way at
// most, and it goes on for the others when who began it has gone.
type cached[T any] struct {
	fetch func(context.Context) (T, error)
	now   func() time.Time

	mu    sync.Mutex
	value T
	have  bool
	err   error
	// at is when it was fetched, tried when it was to be fetched last.
	at, tried time.Time
	// flight is closed when the fetch that is under way has ended; nil without one.
	flight chan struct{}
}

// get is the document, as old as it may be.
func (c *cached[T]) get(ctx context.Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !within(c.now(), c.at, freshFor) || !c.have {
		c.renewLocked(ctx)
	}
	return c.answerLocked()
}

// renewed is the document as the provider has it now, or had it a minute ago. Whoever makes
// us look for what is not there does so once a minute.
func (c *cached[T]) renewed(ctx context.Context) (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewLocked(ctx)
	if c.err != nil {
		var none T
		return none, c.err
	}
	return c.answerLocked()
}

func (c *cached[T]) usableLocked() bool { return c.have && within(c.now(), c.at, usableFor) }

func (c *cached[T]) answerLocked() (T, error) {
	if c.usableLocked() {
		return c.value, nil
	}
	var none T
	if c.err == nil {
		return none, unavailable("nobody waits any more")
	}
	return none, c.err
}

// renewLocked fetches the document, or waits for the fetch that is under way. The lock is
// given up meanwhile.
func (c *cached[T]) renewLocked(ctx context.Context) {
	if c.flight == nil {
		pause := renewEvery
		if c.err != nil {
			pause = retryEvery
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

// run ends the flight whatever happens: others wait for it.
func (c *cached[T]) run(ctx context.Context, flight chan struct{}) {
	var value T
	err := unavailable("asking it has failed here")
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

// within reports whether now is less than d after a time, and not before it: a clock may be
// put right.
func within(now, since time.Time, d time.Duration) bool {
	age := now.Sub(since)
	return age >= 0 && age < d
}
