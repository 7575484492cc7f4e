package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"user-api/internal/embedded"
)

const (
	versionTable = "schema_migrations"
	versionQuery = "SELECT version, dirty FROM " + versionTable + " LIMIT 1"

	mysqlNoSuchTable = 1146

	// tableWait limits the wait for a table lock, because later statements queue up behind
	// it; the statement is retried.
	tableWait = "lock_wait_timeout = 10"
)

var noDatabase = []uint16{1049}

// Migrate applies the pending migrations in the dialect's directory of fsys. Any number of
// processes on any nodes may call it concurrently: one does the work, the others wait until
// it is done or ctx ends. A schema of a newer release is left alone. An interrupted
// migration is completed.
func Migrate(ctx context.Context, db *DB, fsys fs.FS) error {
	return migrating(ctx, db, fsys, "up", func(s Schema) bool { return s.Fit() }, (*migration).up)
}

// Repair completes an interrupted migration and runs no other.
func Repair(ctx context.Context, db *DB, fsys fs.FS) error {
	return migrating(ctx, db, fsys, "up", func(s Schema) bool { return !s.Dirty }, (*migration).repair)
}

// Down reverts all migrations above a version, newest first; the data in their tables and
// columns is lost.
func Down(ctx context.Context, db *DB, fsys fs.FS, to int64) error {
	return migrating(ctx, db, fsys, "down", func(s Schema) bool { return s.Version <= to },
		func(m *migration, ctx context.Context) error { return m.down(ctx, to) })
}

// migrating runs work unless there is nothing to do; then it writes nothing.
func migrating(ctx context.Context, db *DB, fsys fs.FS, direction string, done func(Schema) bool,
	work func(*migration, context.Context) error,
) error {
	steps, err := readSteps(db.Dialect, fsys, direction)
	if err != nil {
		return err
	}
	s, err := SchemaOf(ctx, db, fsys)
	// On a cluster another node may have just created the database.
	for try := 0; among(err, noDatabase) && try < 20 && sleep(ctx, 100*time.Millisecond); try++ {
		s, err = SchemaOf(ctx, db, fsys)
	}
	if err != nil || done(s) {
		return err
	}
	on := onMySQL
	if db.Dialect == SQLite {
		on = onSQLite
	}
	err = on(ctx, db, func(inner context.Context, n notes) error {
		m := &migration{notes: n, steps: steps, outer: ctx}
		return work(m, inner)
	})
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// onMySQL runs work with a separate pool without a read timeout, because migrations may
// take long.
func onMySQL(ctx context.Context, db *DB, work func(context.Context, notes) error) (err error) {
	config := db.config.Clone()
	config.ReadTimeout = 0
	pool, err := openMySQL(config, tableWait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	return withLease(ctx, pool, func(ctx context.Context, l *lease) error { return work(ctx, mysqlNotes{l}) })
}

// onSQLite runs work while it holds the database's lock file.
func onSQLite(ctx context.Context, db *DB, work func(context.Context, notes) error) (err error) {
	unlock, err := embedded.Lock(ctx, embedded.SQLiteLock(db.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return work(context.WithoutCancel(ctx), sqliteNotes{db.SQL})
}

// noSuchTable reports whether the version query failed because the table does not exist.
// For SQLite it is the only generic error that this query can cause.
func noSuchTable(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	return errors.As(err, &my) && my.Number == mysqlNoSuchTable ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_ERROR
}

func isSQLite(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite)
}

// versionOf reads the recorded version; a database without one is at 0.
func versionOf(ctx context.Context, db *sql.DB) (version int64, dirty bool, err error) {
	err = db.QueryRowContext(ctx, versionQuery).Scan(&version, &dirty)
	if errors.Is(err, sql.ErrNoRows) || noSuchTable(err) {
		return 0, false, nil
	}
	return version, dirty, err
}
