package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"time"

	zero "github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
	"github.com/zeromicro/go-zero/core/timex"
)

// Errors returned without contacting the database.
var (
	// ErrDatabaseDown is returned immediately while the server is considered unavailable.
	ErrDatabaseDown = fmt.Errorf("store: the database is down: %w", zero.ErrServiceUnavailable)
	// ErrDatabaseReadOnly is returned immediately for writes while the server refuses them.
	ErrDatabaseReadOnly = fmt.Errorf("store: the database takes no writes: %w", zero.ErrServiceUnavailable)
)

const (
	// maxTries limits the attempts of a statement or transaction that the database rolled
	// back.
	maxTries = 16
	// firstPause is the maximum delay before the second attempt; it doubles up to
	// longestPause. Without a delay, conflicting transactions would conflict again.
	firstPause   = 4 * time.Millisecond
	longestPause = 100 * time.Millisecond
)

type (
	// conn executes statements like go-zero, but within the time of a context. It retries
	// what the database rolled back because of a conflict: a statement, or a whole
	// transaction.
	conn struct {
		sqlx.SqlConn
		pool *sql.DB
	}

	// guardedConn adds circuit breakers. A server that refuses only writes is still read.
	guardedConn struct {
		conn
		reads, writes *breaker
	}
)

// newConn returns a connection without a breaker: go-zero's, which accepts every error,
// never opens.
func newConn(pool *sql.DB) conn {
	return conn{sqlx.NewSqlConnFromDB(pool, sqlx.WithAcceptable(func(error) bool { return true })), pool}
}

func newGuardedConn(pool *sql.DB) guardedConn {
	return guardedConn{
		conn:   newConn(pool),
		reads:  newBreaker(ErrDatabaseDown, classifyReads),
		writes: newBreaker(ErrDatabaseReadOnly, classifyWrites),
	}
}

// TransactCtx runs f in a transaction, and retries it from the start if the database rolled
// it back: other effects of f must tolerate this, and f must return errors of the session.
// MySQL rolls back only the last statement when a lock wait times out, so the whole
// transaction is rolled back here. go-zero's own version ignores the context when it waits
// for a connection.
func (c conn) TransactCtx(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	return retry(ctx, true, func() error { return c.transact(ctx, f) })
}

func (c conn) transact(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	tx, err := c.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // no-op after Commit
	if err := f(ctx, sqlx.NewSessionFromTx(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func (c guardedConn) ExecCtx(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = retry(ctx, false, func() error {
		return c.write(ctx, func() (err error) {
			result, err = c.conn.ExecCtx(ctx, query, args...)
			return err
		})
	})
	return result, err
}

func (c guardedConn) PrepareCtx(ctx context.Context, query string) (statement sqlx.StmtSession, err error) {
	err = c.reads.guard(ctx, func() (err error) {
		statement, err = c.conn.PrepareCtx(ctx, query)
		return err
	})
	return statement, err
}

func (c guardedConn) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.read(ctx, func() error { return c.conn.QueryRowCtx(ctx, v, query, args...) })
}

func (c guardedConn) QueryRowPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.read(ctx, func() error { return c.conn.QueryRowPartialCtx(ctx, v, query, args...) })
}

func (c guardedConn) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.read(ctx, func() error { return c.conn.QueryRowsCtx(ctx, emptied(v), query, args...) })
}

func (c guardedConn) QueryRowsPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.read(ctx, func() error { return c.conn.QueryRowsPartialCtx(ctx, emptied(v), query, args...) })
}

func (c guardedConn) TransactCtx(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	return retry(ctx, true, func() error {
		return c.write(ctx, func() error { return c.transact(ctx, f) })
	})
}

// read also retries: on Galera a read waits for earlier writes, and fails like a lock wait.
func (c guardedConn) read(ctx context.Context, run func() error) error {
	return retry(ctx, false, func() error { return c.reads.guard(ctx, run) })
}

func (c guardedConn) write(ctx context.Context, run func() error) error {
	return c.writes.guard(ctx, func() error { return c.reads.guard(ctx, run) })
}

// retry runs a call again if the database rolled it back, a few times and within the time
// of ctx. A transaction refused on a useless connection gets another one, as database/sql
// does for a statement.
func retry(ctx context.Context, transaction bool, run func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := run()
		var not refused
		retriable := among(err, undone) || transaction && try < 3 && errors.As(err, &not)
		if !retriable || try == maxTries || !sleep(ctx, jitter(pause)) {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// emptied clears the rows of an earlier attempt in v, because go-zero appends.
func emptied(v any) any {
	if rows := reflect.ValueOf(v); rows.Kind() == reflect.Pointer && rows.Elem().Kind() == reflect.Slice {
		rows.Elem().SetZero()
	}
	return v
}

// jitter returns a random part of a delay. The nanoseconds of the clock differ between
// contenders, and predicting them gains nothing.
func jitter(pause time.Duration) time.Duration { return 1 + timex.Now()%pause }

// sleep waits for the delay, and reports false if ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
