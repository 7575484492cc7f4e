package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/timex"
)

// The statements of the lease. A row is a lock of the whole cluster; GET_LOCK is one of
// a single node. Its times are the database's, in milliseconds.
const (
	leaseName  = "schema_lease"
	leaseTable = "CREATE TABLE IF NOT EXISTS `schema_lease` (`id` TINYINT NOT NULL PRIMARY KEY, " +
		"`holder` VARCHAR(64) NOT NULL, `until` BIGINT NOT NULL) ENGINE = InnoDB"
	leaseRow     = "INSERT IGNORE INTO `schema_lease` VALUES (1, '', 0)"
	databaseTime = "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"

	acquireLease = "UPDATE `schema_lease` SET `holder` = ?, `until` = " + databaseTime + " + ? " +
		"WHERE `id` = 1 AND (`until` < " + databaseTime + " OR `holder` = ?)"
	renewLease = "UPDATE `schema_lease` SET `until` = " + databaseTime + " + ? WHERE `id` = 1 AND `holder` = ?"
	// The holder goes too: a renewal that was cut off may still be on its way.
	releaseLease = "UPDATE `schema_lease` SET `until` = 0, `holder` = '' WHERE `id` = 1 AND `holder` = ?"
)

// leaseLife is how long a lease outlives the process that held it. One that was lost
// while its holder could not run does no harm: what the holder notes is bound to it.
const leaseLife = 5 * time.Second

// errLeaseLost ends the work of who is no longer the one who works.
var errLeaseLost = errors.New("another process has taken over")

// lease is the right to change the tables of a database, of one process at a time.
type lease struct {
	pool   *sql.DB
	holder string
	life   time.Duration
}

// withLease runs work under a lease of the whole cluster, once it is free; and again
// when the lease was lost, which makes what was done meanwhile the other's.
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

// hold keeps the lease while work goes on. The end of ctx does not break off what is
// under way; the loss of the lease does.
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
		// Who waits need not wait for its end; without this they do.
		_, _ = run(context.WithoutCancel(ctx), l.pool, releaseLease, l.holder)
	}
	return err
}

// keep renews the lease, and ends the work when it is another's, or cannot be renewed.
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

// changed reports whether a statement found a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}

// What a test puts into a context: a shorter life of leases, and what is to become of a
// statement before it is run, and after.
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

// runner is a connection, a pool of them, or a transaction.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// run runs a statement about the tables, again where the database took it back.
func run(ctx context.Context, r runner, query string, args ...any) (result sql.Result, err error) {
	hit, _ := ctx.Value(faultKey{}).(fault)
	if hit != nil {
		if err := hit(query, false); err != nil {
			return nil, err
		}
	}
	err = again(ctx, false, func() (err error) {
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

// leaseOf reports whether somebody works on the tables now.
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
