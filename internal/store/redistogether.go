package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"user-api/internal/coalesce"
)

type (
	// togetherHook sends commands that are due at the same time in one pipeline: reading
	// from and writing to a socket cost more than what Redis does for a command, on both
	// sides. It is the outermost hook of the client of one server.
	togetherHook struct{ *redis.Client }

	redisCall = coalesce.Call[redis.Cmder, redis.Cmder]
)

// DialHook implements redis.Hook.
func (h togetherHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (h togetherHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (h togetherHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	group := coalesce.New(func(ctx context.Context, cmd redis.Cmder) (redis.Cmder, error) {
		return nil, next(ctx, cmd)
	}, h.pipeline)
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !shares(cmd) {
			return next(ctx, cmd)
		}
		answered, err := group.Do(ctx, cmd)
		if answered != nil {
			take(cmd, answered)
		}
		return err
	}
}

// pipeline asks with twins: whoever has left may read a command that is still under way.
func (h togetherHook) pipeline(ctx context.Context, calls []*redisCall) {
	pipe := h.Pipeline()
	for _, c := range calls {
		c.Out = twin(c.In)
		_ = pipe.Process(ctx, c.Out) // is queued
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for _, c := range calls {
		c.Err = c.Out.Err()
	}
}

// shares reports whether a command may share its trip: it does not block, belongs to no
// connection, and is asked often.
func shares(cmd redis.Cmder) bool {
	switch cmd.(type) {
	case *redis.Cmd:
		return cmd.Name() == "evalsha"
	case *redis.IntCmd:
		return cmd.Name() == "del" || cmd.Name() == "exists"
	case *redis.StringCmd:
		return cmd.Name() == "get"
	}
	return false
}

// twin is a command like one that shares.
func twin(cmd redis.Cmder) redis.Cmder {
	switch cmd.(type) {
	case *redis.Cmd:
		return redis.NewCmd(context.Background(), cmd.Args()...)
	case *redis.IntCmd:
		return redis.NewIntCmd(context.Background(), cmd.Args()...)
	}
	return redis.NewStringCmd(context.Background(), cmd.Args()...)
}

// take gives cmd the answer of its twin.
func take(cmd, answered redis.Cmder) {
	switch cmd := cmd.(type) {
	case *redis.Cmd:
		cmd.SetVal(answered.(*redis.Cmd).Val())
	case *redis.IntCmd:
		cmd.SetVal(answered.(*redis.IntCmd).Val())
	case *redis.StringCmd:
		cmd.SetVal(answered.(*redis.StringCmd).Val())
	}
}
