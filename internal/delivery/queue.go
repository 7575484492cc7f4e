package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/logx"
)

const (
	queueName = "ua:delivery"
	// queuePrefix begins the keys of asynq's queue.
	queuePrefix = "asynq:{" + queueName + "}:"
	taskType    = "send"
	// maxTries is how often a provider is offered one message.
	maxTries = 3
	// neverArchive is asynq's MaxRetry. asynq silently archives a task that fails or loses
	// its worker with no retries left, for 90 days. The handler settles a send at the third
	// attempt, so this is never reached.
	neverArchive = 100

	// taskCheck is the pause between polls of an empty queue, ±50 %.
	taskCheck = 50 * time.Millisecond
	// delayedCheck is the pause between polls for scheduled retries.
	delayedCheck = 200 * time.Millisecond
	// shutdownTimeout is longer than any handler runs; Drain has its own timeout.
	shutdownTimeout = time.Minute
	// errorPause is the minimum pause between failed polls.
	errorPause = 100 * time.Millisecond

	// keyTTL is how long asynq's lists and counters outlive the last courier and the last
	// send. taskTTL is longer because asynq never recovers from a listed task that is
	// missing.
	keyTTL      = 24 * time.Hour
	taskTTL     = 2 * keyTTL
	keepTimeout = time.Second

	firstBackoff = 100 * time.Millisecond
	// jitter is the random part of a backoff, up or down.
	jitter = 0.2
	// asynqStep is the resolution of asynq's clock: it stores the time of a retry in whole
	// seconds, rounded down.
	asynqStep = time.Second

	quietMillis = 5000
)

type (
	// Later requests another attempt of a send. Its text is stored in Redis.
	Later struct {
		After  time.Duration
		Reason string
		// Counted reports whether it uses up one of the attempts.
		Counted bool
	}

	// expiringClient is the Redis client of asynq's client. asynq sets no TTL on tasks and
	// their list; here the TTLs are set in the same round trip as the enqueuing script.
	expiringClient struct{ redis.UniversalClient }

	// pausingClient is the Redis client of asynq's server. asynq polls again immediately
	// after an error, so a refused connection would occupy a whole core. Here a failed script
	// call takes at least errorPause.
	pausingClient struct{ redis.UniversalClient }

	// quietLog forwards at most one of asynq's warnings and errors per five seconds, because
	// asynq repeats them several times a second while Redis is down.
	quietLog struct{ *logx.LessLogger }
)

// Error returns the reason.
func (l *Later) Error() string { return "try again: " + l.Reason }

// Eval also sets the TTLs of the keys.
func (e expiringClient) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return e.expiring(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.Eval(ctx, script, keys, args...) })
}

// EvalSha also sets the TTLs of the keys.
func (e expiringClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return e.expiring(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.EvalSha(ctx, sha, keys, args...) })
}

func (e expiringClient) expiring(ctx context.Context, keys []string, run func(redis.Pipeliner) *redis.Cmd) *redis.Cmd {
	var cmd *redis.Cmd
	// cmd has the script's error, and that of the connection.
	_, _ = e.Pipelined(ctx, func(p redis.Pipeliner) error {
		cmd = run(p)
		for _, key := range keys {
			ttl := keyTTL
			if strings.HasPrefix(key, queuePrefix+"t:") {
				ttl = taskTTL
			}
			p.Expire(ctx, key, ttl)
		}
		return nil
	})
	return cmd
}

// Eval waits after an error.
func (p pausingClient) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return p.wait(p.UniversalClient.Eval(ctx, script, keys, args...))
}

// EvalSha waits after an error.
func (p pausingClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return p.wait(p.UniversalClient.EvalSha(ctx, sha, keys, args...))
}

func (p pausingClient) wait(cmd *redis.Cmd) *redis.Cmd {
	if err := cmd.Err(); err != nil && !errors.Is(err, redis.Nil) && !strings.HasPrefix(err.Error(), "NOSCRIPT") {
		time.Sleep(errorPause)
	}
	return cmd
}

// Debug does nothing.
func (quietLog) Debug(...any) {}

// Info does nothing.
func (quietLog) Info(...any) {}

// Warn logs an error, because logx has no warnings.
func (l quietLog) Warn(args ...any) { l.Error(args...) }

// Fatal logs an error. asynq's server never calls it.
func (l quietLog) Fatal(args ...any) { l.Error(args...) }

func (l quietLog) Error(args ...any) { l.LessLogger.Error("asynq: ", fmt.Sprint(args...)) }

func newServer(client redis.UniversalClient, concurrency int) *asynq.Server {
	return asynq.NewServerFromRedisClient(pausingClient{client}, asynq.Config{
		Concurrency:              concurrency,
		Queues:                   map[string]int{queueName: 1},
		TaskCheckInterval:        taskCheck,
		DelayedTaskCheckInterval: delayedCheck,
		ShutdownTimeout:          shutdownTimeout,
		RetryDelayFunc:           retryDelay,
		IsFailure:                counts,
		Logger:                   quietLog{logx.NewLessLogger(quietMillis)},
		LogLevel:                 asynq.WarnLevel,
	})
}

// counts reports whether an error uses up an attempt. A lost lease and an unavailable store do
// not, because the provider was not called.
func counts(err error) bool {
	var l *Later
	return errors.As(err, &l) && l.Counted
}

// retryDelay returns when asynq runs a task again. Any error but a *Later is a lost lease,
// which was delay enough.
func retryDelay(_ int, err error, _ *asynq.Task) time.Duration {
	var l *Later
	if errors.As(err, &l) {
		return l.After
	}
	return 0
}

// keepKeys sets the TTL of the keys that asynq creates without one. The counters are created
// here so that they always have one; a list that asynq creates lacks it until the next call.
func keepKeys(client redis.UniversalClient) {
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	// Errors are ignored because asynq reports the same trouble.
	_, _ = client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, "asynq:queues", queueName)
		for _, counter := range []string{"processed", "failed"} {
			p.SetNX(ctx, queuePrefix+counter, 0, keyTTL)
			p.Expire(ctx, queuePrefix+counter, keyTTL)
		}
		for _, list := range []string{"pending", "active", "lease", "retry", "archived"} {
			p.Expire(ctx, queuePrefix+list, keyTTL)
		}
		for _, key := range []string{"asynq:queues", "asynq:servers", "asynq:workers"} {
			p.Expire(ctx, key, keyTTL)
		}
		return nil
	})
}
