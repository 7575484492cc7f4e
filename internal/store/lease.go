package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/timex"
)

// The statements of the lease. A row is a lock of the whole cluster; GET_LOCK locks a
// single node. Times are the database's, in milliseconds.
const (
	leaseName  = "schema_lease"
	leaseTable = "CREATE TABLE IF NOT EXISTS `schema_lease` (`id` TINYINT NOT NULL PRIMARY KEY, " +
		"`holder` VARCHAR(64) NOT NULL, `until` BIGINT NOT NULL) ENGINE = InnoDB"
	leaseRow     = "INSERT IGNORE INTO `schema_lease` VALUES (1, '', 0)"
	databaseTime = "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"

	acquireLease = "UPDATE `schema_lease` SET `holder` = ?, `until` = " + databaseTime + " + ? " +
		"WHERE `id` = 1 AND (`until` < " + databaseTime + " OR `holder` = ?)"
	renewLease = "UPDATE `schema_lease` SET `until` = " + databaseTime + " + ? WHERE `id` = 1 AND `holder` = ?"
	// Clears the holder too: an interrupted renewal may still be on its way.
	releaseLease = "UPDATE `schema_lease` SET `until` = 0, `holder` = '' WHERE `id` = 1 AND `holder` = ?"
)

// leaseLife is how long a lease outlives its process. A lease that expires while its holder
// is suspended does no harm: the holder's notes are conditional on it.
const leaseLife = 5 * time.Second

// errLeaseLost ends the work of a process that lost the lease.
var errLeaseLost = errors.New("another process has taken over")

// lease is the exclusive right of one process to change the schema of a database.
type lease struct {
	pool   *sql.DB
	holder string
	life   time.Duration
}

// withLease runs work under a lease of the whole cluster as soon as it is free. It retries
// if the lease was lost, in which case another process continued the work.
func withLease(ctx context.Context, pool *sql.DB, work func(context.Context, *lease) error) error {
	l := &lease{pool: pool, life: lifeOf(ctx)}
	if err := pool.QueryRowContext(ctx, "SELECT UUID()").Scan(&l.holder); err != nil {
		return err
	}
	for _, query := range []string{leaseTable, leaseRow} {
		if _, err := run(ctx, pool, query); err != nil {
			return err
		}
	}
	for {
		held, err := l.update(ctx, acquireLease, l.holder, l.life.Milliseconds(), l.holder)
		if err == nil && held {
			err = l.hold(ctx, work)
		}
		if err != nil && !errors.Is(err, errLeaseLost) {
			return err
		}
		if held && err == nil {
			return nil
		}
		if !sleep(ctx, jitter(l.life/10)) {
			return ctx.Err()
		}
	}
}

// hold renews the lease while work runs. The end of ctx does not interrupt work; the loss
// of the lease does.
func (l *lease) hold(ctx context.Context, work func(context.Context, *lease) error) error {
	inner, end := context.WithCancelCause(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.keep(inner, end)
	}()
	err := work(inner, l)
	if lost := context.Cause(inner); lost != nil {
		err = lost
	}
	end(nil)
	<-done
	if !errors.Is(err, errLeaseLost) {
		// Lets waiting processes continue immediately.
		_, _ = run(context.WithoutCancel(ctx), l.pool, releaseLease, l.holder)
	}
	return err
}

// keep renews the lease, and cancels the work if another process has it or it cannot be
// renewed.
func (l *lease) keep(ctx context.Context, end context.CancelCauseFunc) {
	renewed := timex.Now()
	for sleep(ctx, l.life/4) {
		ours, err := l.renew(ctx)
		switch {
		case err == nil && ours:
			renewed = timex.Now()
		case err == nil, timex.Since(renewed) > l.life:
			end(errLeaseLost)
		}
	}
}

func (l *lease) renew(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.life)
	defer cancel()
	return l.update(ctx, renewLease, l.life.Milliseconds(), l.holder)
}

func (l *lease) update(ctx context.Context, query string, args ...any) (bool, error) {
	return changed(run(ctx, l.pool, query, args...))
}

// changed reports whether a statement matched a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// Context values for tests: a shorter lease, and a function that is called before and after
// each statement and may make it fail.
type (
	leaseKey struct{}
	faultKey struct{}
	fault    func(query string, done bool) error
)

func lifeOf(ctx context.Context) time.Duration {
	if life, ok := ctx.Value(leaseKey{}).(time.Duration); ok {
		return life
	}
	return leaseLife
}

// runner is a connection, a pool or a transaction.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// run executes a statement about the schema, and retries if the database rolled it back.
func run(ctx context.Context, r runner, query string, args ...any) (result sql.Result, err error) {
	hit, _ := ctx.Value(faultKey{}).(fault)
	if hit != nil {
		if err := hit(query, false); err != nil {
			return nil, err
		}
	}
	err = retry(ctx, false, func() (err error) {
		result, err = r.ExecContext(ctx, query, args...)
		return err
	})
	if hit != nil {
		if lost := hit(query, true); lost != nil {
			return nil, lost
		}
	}
	return result, err
}

// leaseOf reports whether a process holds the lease now.
func leaseOf(ctx context.Context, db *DB) (held bool, err error) {
	if db.Dialect == SQLite {
		return false, nil
	}
	err = db.SQL.QueryRowContext(ctx, "SELECT `until` >= "+databaseTime+" FROM `schema_lease`").Scan(&held)
	if err == nil || errors.Is(err, sql.ErrNoRows) || noSuchTable(err) {
		return held, nil
	}
	return false, fmt.Errorf("store: migrations: %w", err)
}
