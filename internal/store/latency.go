package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
	"github.com/zeromicro/go-zero/core/timex"

	"user-api/internal/metrics"
)

// The label values of the metric.
const (
	inDatabase = "database"
	inRedis    = "redis"

	opRead        = "read"
	opWrite       = "write"
	opTransaction = "transaction"
	opCommand     = "command"
	opPipeline    = "pipeline"
)

var latency = metrics.Histogram("user_api_store_latency_ms",
	"time a store took, in milliseconds, including the wait for a connection: read, write or transaction of the database, command or pipeline of redis",
	[]float64{0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000}, "store", "op")

type (
	// timedConn measures the latency of the database.
	timedConn struct{ sqlx.SqlConn }

	// latencyHook measures the latency of Redis. It is the innermost hook: coalesced
	// commands are one pipeline, and what the breaker refuses is not measured.
	latencyHook struct{}
)

// observe is deferred with the start time of an operation.
func observe(store, op string, began time.Duration) {
	latency.ObserveFloat(float64(timex.Since(began))/float64(time.Millisecond), store, op)
}

func (c timedConn) ExecCtx(ctx context.Context, query string, args ...any) (sql.Result, error) {
	defer observe(inDatabase, opWrite, timex.Now())
	return c.SqlConn.ExecCtx(ctx, query, args...)
}

func (c timedConn) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	defer observe(inDatabase, opRead, timex.Now())
	return c.SqlConn.QueryRowCtx(ctx, v, query, args...)
}

func (c timedConn) QueryRowPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	defer observe(inDatabase, opRead, timex.Now())
	return c.SqlConn.QueryRowPartialCtx(ctx, v, query, args...)
}

func (c timedConn) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	defer observe(inDatabase, opRead, timex.Now())
	return c.SqlConn.QueryRowsCtx(ctx, v, query, args...)
}

func (c timedConn) QueryRowsPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	defer observe(inDatabase, opRead, timex.Now())
	return c.SqlConn.QueryRowsPartialCtx(ctx, v, query, args...)
}

func (c timedConn) TransactCtx(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	defer observe(inDatabase, opTransaction, timex.Now())
	return c.SqlConn.TransactCtx(ctx, f)
}

// DialHook implements redis.Hook.
func (latencyHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (latencyHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		defer observe(inRedis, opCommand, timex.Now())
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (latencyHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		defer observe(inRedis, opPipeline, timex.Now())
		return next(ctx, cmds)
	}
}
