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
	// queuePrefix begins the keys that asynq keeps of the queue.
	queuePrefix = "asynq:{" + queueName + "}:"
	taskType    = "send"
	// maxTries is how often a provider is asked to take one message.
	maxTries = 3
	// neverArchive is asynq's MaxRetry. asynq archives a task that fails or
	// loses its worker with no retry left, for 90 days and without a word; the
	// handler settles a send at its third try, so this is never reached.
	neverArchive = 100

	// taskCheck is the pause between polls of an empty queue, ±50 %.
	taskCheck = 50 * time.Millisecond
	// delayedCheck is the pause between looks at the tasks to be tried again.
	delayedCheck = 200 * time.Millisecond
	// shutdownTimeout is longer than any handler runs; Drain keeps the time.
	shutdownTimeout = time.Minute
	// errorPause is the least time between failed polls.
	errorPause = 100 * time.Millisecond

	// keyTTL is how long asynq's lists and counters outlive the last courier and
	// the last send, taskTTL how long a task does: longer, for asynq never gets
	// over a listed task that is gone.
	keyTTL      = 24 * time.Hour
	taskTTL     = 2 * keyTTL
	keepTimeout = time.Second

	firstBackoff = 100 * time.Millisecond
	// jitter is the part of a backoff that is left to chance, up or down.
	jitter = 0.2
	// asynqStep is the grain of asynq's clock: it keeps the time of a retry in
	// whole seconds, rounded down.
	asynqStep = time.Second

	quietMillis = 5000
)

type (
	// Later asks for another try of a send. Its text is kept in Redis.
	Later struct {
		After  time.Duration
		Reason string
		// Counted is set for one of the few tries that a message has.
		Counted bool
	}

	// mortalClient is the Redis client given to asynq's client. asynq gives
	// neither a task nor the list of them an expiry; here the script that
	// enqueues takes it along in one round trip.
	mortalClient struct{ redis.UniversalClient }

	// patientClient is the Redis client given to asynq's server. asynq polls
	// again at once after an error, so a refused connection would cost a whole
	// core; here a failed script call takes at least errorPause.
	patientClient struct{ redis.UniversalClient }

	// quietLog passes asynq's warnings and errors on, one in five seconds: while
	// Redis is down it has the same to say several times a second.
	quietLog struct{ *logx.LessLogger }
)

// Error is the reason alone.
func (l *Later) Error() string { return "try again: " + l.Reason }

// Eval gives the keys an expiry.
func (m mortalClient) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return m.expiring(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.Eval(ctx, script, keys, args...) })
}

// EvalSha gives the keys an expiry.
func (m mortalClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return m.expiring(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.EvalSha(ctx, sha, keys, args...) })
}

func (m mortalClient) expiring(ctx context.Context, keys []string, run func(redis.Pipeliner) *redis.Cmd) *redis.Cmd {
	var cmd *redis.Cmd
	// The script's own error is in cmd, and so is a connection's.
	_, _ = m.Pipelined(ctx, func(p redis.Pipeliner) error {
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
func (p patientClient) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return p.wait(p.UniversalClient.Eval(ctx, script, keys, args...))
}

// EvalSha waits after an error.
func (p patientClient) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return p.wait(p.UniversalClient.EvalSha(ctx, sha, keys, args...))
}

func (p patientClient) wait(cmd *redis.Cmd) *redis.Cmd {
	if err := cmd.Err(); err != nil && !errors.Is(err, redis.Nil) && !strings.HasPrefix(err.Error(), "NOSCRIPT") {
		time.Sleep(errorPause)
	}
	return cmd
}

// Debug drops.
func (quietLog) Debug(...any) {}

// Info drops.
func (quietLog) Info(...any) {}

// Warn logs as an error: logx has no such level.
func (l quietLog) Warn(args ...any) { l.Error(args...) }

// Fatal logs. asynq's server never calls it.
func (l quietLog) Fatal(args ...any) { l.Error(args...) }

func (l quietLog) Error(args ...any) { l.LessLogger.Error("asynq: ", fmt.Sprint(args...)) }

func newServer(client redis.UniversalClient, concurrency int) *asynq.Server {
	return asynq.NewServerFromRedisClient(patientClient{client}, asynq.Config{
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

// counts reports whether an error counts as one of the tries. A lost lease and a
// store that could not be asked do not: nothing was offered to the provider.
func counts(err error) bool {
	var l *Later
	return errors.As(err, &l) && l.Counted
}

// retryDelay is asynq's question when to run a task again. Anything but a
// *Later is a lost lease, which was wait enough.
func retryDelay(_ int, err error, _ *asynq.Task) time.Duration {
	var l *Later
	if errors.As(err, &l) {
		return l.After
	}
	return 0
}

// keepKeys gives an expiry to the keys that asynq makes without one. The
// counters are made here first, so that they never lack it; a list that asynq
// makes anew lacks it until the next call.
func keepKeys(client redis.UniversalClient) {
	ctx, cancel := context.WithTimeout(context.Background(), keepTimeout)
	defer cancel()
	// An error is no news: asynq tells of the same trouble.
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
