package store

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

// ErrRedisDown is returned immediately while a Redis server is considered unavailable.
var ErrRedisDown = errors.New("store: redis is down")

type (
	// breakerHook applies a breaker to all commands of a client.
	breakerHook struct{ *breaker }

	// admitted marks a context whose command has passed the breaker. The handshake of a new
	// connection passes the hook again.
	admitted struct{}
)

func newRedisBreaker() *breaker { return newBreaker(ErrRedisDown, classifyRedis) }

// classifyRedis classifies the error of a call: any reply shows that the server is alive.
// Waiting in vain for a connection says nothing.
func classifyRedis(err error) verdict {
	var reply redis.Error // redis.Nil is one
	switch {
	case err == nil || errors.As(err, &reply):
		return alive
	case errors.Is(err, redis.ErrPoolTimeout):
		return unknown
	}
	return dead
}

// DialHook implements redis.Hook.
func (h breakerHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (h breakerHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := h.once(ctx, func(ctx context.Context) error { return next(ctx, cmd) })
		if err == ErrRedisDown {
			cmd.SetErr(err)
		}
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (h breakerHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := h.once(ctx, func(ctx context.Context) error { return next(ctx, cmds) })
		if err == ErrRedisDown {
			for _, cmd := range cmds {
				cmd.SetErr(err)
			}
		}
		return err
	}
}

func (h breakerHook) once(ctx context.Context, run func(context.Context) error) error {
	if ctx.Value(admitted{}) != nil {
		return run(ctx)
	}
	return h.guard(ctx, func() error { return run(context.WithValue(ctx, admitted{}, true)) })
}
