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

// Errors of a database that is not asked.
var (
	// ErrDatabaseDown is returned at once while the server is held to be dead or hung.
	ErrDatabaseDown = fmt.Errorf("store: the database is down: %w", zero.ErrServiceUnavailable)
	// ErrDatabaseReadOnly is returned at once for what writes while the server has
	// been refusing that.
	ErrDatabaseReadOnly = fmt.Errorf("store: the database takes no writes: %w", zero.ErrServiceUnavailable)
)

const (
	// mostTries bounds how often a statement or a transaction that was undone is run.
	mostTries = 16
	// firstPause is the most that is waited before the second try; it doubles, up to
	// longestPause. Without a pause those who met once meet again.
	firstPause   = 4 * time.Millisecond
	longestPause = 100 * time.Millisecond
)

type (
	// conn asks one database, as go-zero does, within the time of a context. What the
	// database has taken back because of somebody else it runs again: a statement,
	// or a transaction as a whole.
	conn struct {
		sqlx.SqlConn
		pool *sql.DB
	}

	// guardedConn stops asking a server that is down. A server that refuses writes
	// alone is still read.
	guardedConn struct {
		conn
		reads, writes *breaker
	}
)

// newConn has no breaker: go-zero's, which accepts everything, never opens.
func newConn(pool *sql.DB) conn {
	return conn{sqlx.NewSqlConnFromDB(pool, sqlx.WithAcceptable(func(error) bool { return true })), pool}
}

func newGuardedConn(pool *sql.DB) guardedConn {
	return guardedConn{
		conn:   newConn(pool),
		reads:  newBreaker(ErrDatabaseDown, judgeReads),
		writes: newBreaker(ErrDatabaseReadOnly, judgeWrites),
	}
}

// TransactCtx runs f in a transaction, and once more from the start where the database
// undid it: what f does besides must bear that, and an error of the session must
// reach the end of f. MySQL takes back the last statement alone when a lock is not
// free in time; so the whole is rolled back here. go-zero's own begins without the
// context, and so waits for a connection as long as it takes.
func (c conn) TransactCtx(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	return again(ctx, true, func() error { return c.transact(ctx, f) })
}

func (c conn) transact(ctx context.Context, f func(context.Context, sqlx.Session) error) error {
	tx, err := c.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := f(ctx, sqlx.NewSessionFromTx(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

func (c guardedConn) ExecCtx(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	err = again(ctx, false, func() error {
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
	return again(ctx, true, func() error {
		return c.write(ctx, func() error { return c.transact(ctx, f) })
	})
}

// read runs what reads again as well: on Galera a read waits for what was written
// before it, and gives up as one that waits for a lock does.
func (c guardedConn) read(ctx context.Context, run func() error) error {
	return again(ctx, false, func() error { return c.reads.guard(ctx, run) })
}

func (c guardedConn) write(ctx context.Context, run func() error) error {
	return c.writes.guard(ctx, func() error { return c.reads.guard(ctx, run) })
}

// again runs what the database took back once more, a few times and within the time
// of ctx. A transaction that was refused on a useless connection gets another one, as
// database/sql does for a statement.
func again(ctx context.Context, transaction bool, run func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := run()
		var not refused
		retry := among(err, undone) || transaction && try < 3 && errors.As(err, &not)
		if !retry || try == mostTries || !sleep(ctx, jitter(pause)) {
			return err
		}
		pause = min(2*pause, longestPause)
	}
}

// emptied takes the rows of an earlier try out of v: go-zero appends.
func emptied(v any) any {
	if rows := reflect.ValueOf(v); rows.Kind() == reflect.Pointer && rows.Elem().Kind() == reflect.Slice {
		rows.Elem().SetZero()
	}
	return v
}

// jitter is some part of a pause. What the clock has of nanoseconds differs between
// those who meet, and nobody gains by guessing it.
func jitter(pause time.Duration) time.Duration { return 1 + timex.Now()%pause }

// sleep reports whether ctx outlasted the pause.
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
