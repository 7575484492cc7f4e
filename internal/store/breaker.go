package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/timex"
)

// ErrRedisDown is returned at once, without asking, while a Redis server is held
// to be dead or hung.
var ErrRedisDown = errors.New("store: redis is down")

const (
	tripAfter  = 5                      // failures in a row
	probeEvery = 500 * time.Millisecond // one command is let through
	// A command that had less time than this proves nothing by not making it: a
	// client can bring a request to the edge of its time before it gets here.
	fairBudget = 50 * time.Millisecond
)

type (
	// breaker stops asking a server that failed several times in a row, and lets
	// one command through every now and then to see whether it is back. go-zero's
	// breaker is not used: it weighs the last ten seconds, so after a healthy spell
	// it takes ten seconds of timeouts to open, and ten more to close again.
	breaker struct {
		mu       sync.Mutex
		failures int
		nextTry  time.Duration // on timex's clock
	}

	// breakerHook puts a breaker before all commands of a client.
	breakerHook struct{ *breaker }

	// admitted marks a context whose command has passed the breaker. The handshake
	// of a connection it needs runs through the hook again.
	admitted struct{}
)

// DialHook implements redis.Hook.
func (h breakerHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (h breakerHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := h.guard(ctx, func(ctx context.Context) error { return next(ctx, cmd) })
		if err == ErrRedisDown {
			cmd.SetErr(err)
		}
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (h breakerHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := h.guard(ctx, func(ctx context.Context) error { return next(ctx, cmds) })
		if err == ErrRedisDown {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

func (b *breaker) guard(ctx context.Context, run func(context.Context) error) error {
	if ctx.Value(admitted{}) != nil {
		return run(ctx)
	}
	if !b.allow() {
		return ErrRedisDown
	}
	deadline, limited := ctx.Deadline()
	fair := !limited || time.Until(deadline) >= fairBudget
	err := run(context.WithValue(ctx, admitted{}, true))
	b.report(err, fair && !errors.Is(ctx.Err(), context.Canceled) && !errors.Is(err, redis.ErrPoolTimeout))
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

// report takes in how a command ended. A failure counts if it is the server's
// and not due to a caller who left or had no time, which is no sign of either
// life or death.
func (b *breaker) report(err error, counts bool) {
	var reply redis.Error
	answered := err == nil || errors.As(err, &reply) // redis.Nil is one
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case answered:
		b.failures = 0
	case counts:
		b.failures++
		if b.failures == tripAfter {
			b.nextTry = timex.Now() + probeEvery
		}
	}
}
