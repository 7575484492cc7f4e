package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/timex"
)

const (
	tripAfter  = 5                      // failures in a row
	probeEvery = 500 * time.Millisecond // one call is let through
	// A call that had less time than this proves nothing by not making it: a client
	// can bring a request to the edge of its time before it gets here.
	fairBudget = 50 * time.Millisecond
)

// The verdicts on how a call ended. unknown is no sign of life and none of death.
const (
	unknown verdict = iota
	alive
	dead
)

type (
	verdict int

	// breaker stops asking a server that failed several times in a row, and lets
	// one call through every now and then to see whether it is back. go-zero's
	// breaker is not used: it weighs the last ten seconds, so after a healthy spell
	// it takes ten seconds of timeouts to open, and ten more to close again.
	breaker struct {
		down  error // what is returned in place of asking
		judge func(error) verdict

		mu       sync.Mutex
		failures int
		nextTry  time.Duration // on timex's clock
	}
)

// guard runs a call unless the server is held to be dead. A failure counts if it
// is the server's and not due to a caller who left or had no time.
func (b *breaker) guard(ctx context.Context, run func() error) error {
	if !b.allow() {
		return b.down
	}
	deadline, limited := ctx.Deadline()
	fair := !limited || time.Until(deadline) >= fairBudget
	err := run()
	v := b.judge(err)
	if v == dead && (!fair || errors.Is(ctx.Err(), context.Canceled)) {
		v = unknown
	}
	b.report(v)
	return err
}

func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < tripAfter {
		return true
	}
	now := timex.Now()
	if now < b.nextTry {
		return false
	}
	b.nextTry = now + probeEvery
	return true
}

func (b *breaker) report(v verdict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch v {
	case alive:
		b.failures = 0
	case dead:
		b.failures++
		if b.failures == tripAfter {
			b.nextTry = timex.Now() + probeEvery
		}
	}
}
