package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"user-api/internal/coalesce"
)

type (
	// coalesceHook sends concurrent commands in one pipeline: socket reads and writes cost
	// more than executing a command, on both sides. It is the outermost hook of the client
	// of one server.
	coalesceHook struct{ *redis.Client }

	redisCall = coalesce.Call[redis.Cmder, redis.Cmder]
)

// DialHook implements redis.Hook.
func (h coalesceHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (h coalesceHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook implements redis.Hook.
func (h coalesceHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	group := coalesce.New(func(ctx context.Context, cmd redis.Cmder) (redis.Cmder, error) {
		return nil, next(ctx, cmd)
	}, h.pipeline)
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !coalescable(cmd) {
			return next(ctx, cmd)
		}
		answered, err := group.Do(ctx, cmd)
		if answered != nil {
			setReply(cmd, answered)
		}
		return err
	}
}

// pipeline sends copies of the commands, because a caller that gave up may read its command
// while it is still being executed.
func (h coalesceHook) pipeline(ctx context.Context, calls []*redisCall) {
	pipe := h.Pipeline()
	for _, c := range calls {
		c.Out = copyOf(c.In)
		_ = pipe.Process(ctx, c.Out) // only queues the command
	}
	_, _ = pipe.Exec(ctx) // each command has its own error
	for _, c := range calls {
		c.Err = c.Out.Err()
	}
}

// coalescable reports whether a command may be coalesced: it does not block, is not bound
// to a connection, and is frequent.
func coalescable(cmd redis.Cmder) bool {
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

// copyOf returns a copy of a coalescable command.
func copyOf(cmd redis.Cmder) redis.Cmder {
	switch cmd.(type) {
	case *redis.Cmd:
		return redis.NewCmd(context.Background(), cmd.Args()...)
	case *redis.IntCmd:
		return redis.NewIntCmd(context.Background(), cmd.Args()...)
	}
	return redis.NewStringCmd(context.Background(), cmd.Args()...)
}

// setReply copies the reply of a copy into cmd.
func setReply(cmd, answered redis.Cmder) {
	switch cmd := cmd.(type) {
	case *redis.Cmd:
		cmd.SetVal(answered.(*redis.Cmd).Val())
	case *redis.IntCmd:
		cmd.SetVal(answered.(*redis.IntCmd).Val())
	case *redis.StringCmd:
		cmd.SetVal(answered.(*redis.StringCmd).Val())
	}
}
