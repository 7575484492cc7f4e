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

	// tableWait bounds the wait for a table that is in use, because all others then
	// wait behind it; it is tried again.
	tableWait = "lock_wait_timeout = 10"
)

var noDatabase = []uint16{1049}

// Migrate brings the database up to the newest migration in the dialect's folder
// of fsys. Any number of processes may do so at once, on any nodes of a cluster: one
// does the work, the others wait, as long as ctx lets them. A database that is ahead,
// because a newer release has been there, is left as it is. A migration that broke
// off in the middle, as by a killed process, is completed.
func Migrate(ctx context.Context, db *DB, fsys fs.FS) error {
	return migrating(ctx, db, fsys, "up", func(s Schema) bool { return s.Fit() }, (*migration).up)
}

// Repair completes a migration that broke off, and runs no other.
func Repair(ctx context.Context, db *DB, fsys fs.FS) error {
	return migrating(ctx, db, fsys, "up", func(s Schema) bool { return !s.Dirty }, (*migration).repair)
}

// Down takes back all migrations above a version, newest first, with what is in their
// tables and columns.
func Down(ctx context.Context, db *DB, fsys fs.FS, to int64) error {
	return migrating(ctx, db, fsys, "down", func(s Schema) bool { return s.Version <= to },
		func(m *migration, ctx context.Context) error { return m.down(ctx, to) })
}

// MigrationsPending reports whether the database is not fit for this service:
// behind, or in the middle of a migration that it needs. It only reads.
func MigrationsPending(ctx context.Context, db *DB, fsys fs.FS) (bool, error) {
	s, err := SchemaOf(ctx, db, fsys)
	return err != nil || !s.Fit(), err
}

// migrating runs work unless there is nothing to do, for which nothing is written.
func migrating(ctx context.Context, db *DB, fsys fs.FS, direction string, done func(Schema) bool,
	work func(*migration, context.Context) error,
) error {
	steps, err := readSteps(db.Dialect, fsys, direction)
	if err != nil {
		return err
	}
	s, err := SchemaOf(ctx, db, fsys)
	// On a cluster the database may have been created a moment ago on another node.
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

// onMySQL lends work connections of its own: migrations take as long as they need.
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

// onSQLite holds the database's lock file.
func onSQLite(ctx context.Context, db *DB, work func(context.Context, notes) error) (err error) {
	unlock, err := embedded.Lock(ctx, embedded.SQLiteLock(db.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return work(context.WithoutCancel(ctx), sqliteNotes{db.SQL})
}

// noSuchTable reports whether the version query failed for want of the table. Of
// SQLite it is the only generic error that query can meet.
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

// versionOf reads what is noted; a database without a note is at 0.
func versionOf(ctx context.Context, db *sql.DB) (version int64, dirty bool, err error) {
	err = db.QueryRowContext(ctx, versionQuery).Scan(&version, &dirty)
	if errors.Is(err, sql.ErrNoRows) || noSuchTable(err) {
		return 0, false, nil
	}
	return version, dirty, err
}
