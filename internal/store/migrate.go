package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-sql-driver/mysql"
	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratemysql "github.com/golang-migrate/migrate/v4/database/mysql"
	migratesqlite "github.com/golang-migrate/migrate/v4/database/sqlite"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"user-api/internal/embedded"
)

const (
	versionTable = "schema_migrations"
	versionQuery = "SELECT version, dirty FROM " + versionTable + " LIMIT 1"

	mysqlNoSuchTable = 1146
)

// Down takes all migrations back; for tests.
func Down(ctx context.Context, db *DB, fsys fs.FS) error {
	return migrating(ctx, db, fsys, (*migrate.Migrate).Down)
}

// Migrate brings the database up to the newest migration in the dialect's folder
// of fsys. Any number of processes may do so at once: one does the work, the
// others wait, as long as ctx lets them. A database that is ahead, because a
// newer release has been there, is left as it is. When a migration fails half-way
// the database is marked dirty, and this fails until somebody has repaired it.
func Migrate(ctx context.Context, db *DB, fsys fs.FS) error {
	newest, err := newestMigration(db.Dialect, fsys)
	if err != nil {
		return err
	}
	return migrating(ctx, db, fsys, func(m *migrate.Migrate) error {
		version, dirty, err := m.Version()
		if err == nil && !dirty && version > newest {
			return nil
		}
		return m.Up()
	})
}

// MigrationsPending tells whether the database is not fit for this service:
// behind, or dirty. It only reads.
func MigrationsPending(ctx context.Context, db *DB, fsys fs.FS) (bool, error) {
	s, err := SchemaOf(ctx, db, fsys)
	return err != nil || s.Dirty || s.Pending(), err
}

// migrating runs step on a migrator, in the dialect's way.
func migrating(ctx context.Context, db *DB, fsys fs.FS, step func(*migrate.Migrate) error) error {
	files, err := iofs.New(fsys, string(db.Dialect))
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	run := func(driver database.Driver) error {
		m, err := migrate.NewWithInstance("iofs", files, string(db.Dialect), driver)
		if err != nil {
			return err
		}
		// A migration that has begun is finished; the next is not begun.
		defer context.AfterFunc(ctx, func() { m.GracefulStop <- true })()
		if err := step(m); !errors.Is(err, migrate.ErrNoChange) {
			return err
		}
		return nil
	}
	if db.Dialect == SQLite {
		err = onSQLite(ctx, db, run)
	} else {
		err = onMySQL(ctx, db, run)
	}
	if err = errors.Join(err, ctx.Err()); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// onMySQL lends run a connection of its own: only migrations may put several
// statements into one, and take as long as they need. The lock is MySQL's
// GET_LOCK, which the migrator waits 10 s for; it is asked again until ctx ends,
// so the end of ctx may be noticed that much later.
func onMySQL(ctx context.Context, db *DB, run func(database.Driver) error) (err error) {
	config := db.config.Clone()
	config.MultiStatements = true
	config.ReadTimeout = 0
	pool, err := openMySQL(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	for {
		err := onMySQLConn(ctx, pool, run)
		waited := errors.Is(err, database.ErrLocked) || errors.Is(err, migrate.ErrLockTimeout)
		if !waited || ctx.Err() != nil {
			return err
		}
	}
}

func onMySQLConn(ctx context.Context, pool *sql.DB, run func(database.Driver) error) (err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	driver, err := migratemysql.WithConnection(ctx, conn, &migratemysql.Config{MigrationsTable: versionTable})
	if err != nil {
		return err
	}
	return run(driver)
}

// onSQLite holds the database's lock file, since the migrator's own lock for
// SQLite is not seen by other processes.
func onSQLite(ctx context.Context, db *DB, run func(database.Driver) error) (err error) {
	unlock, err := embedded.Lock(ctx, embedded.SQLiteLock(db.path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	driver, err := migratesqlite.WithInstance(db.SQL, &migratesqlite.Config{MigrationsTable: versionTable})
	if err != nil {
		return err
	}
	return run(driver)
}

// newestMigration gives the highest version in the dialect's folder.
func newestMigration(dialect Dialect, fsys fs.FS) (newest uint, err error) {
	entries, err := fs.ReadDir(fsys, string(dialect))
	if err != nil {
		return 0, fmt.Errorf("store: migrations: %w", err)
	}
	for _, entry := range entries {
		if file, err := source.Parse(entry.Name()); err == nil {
			newest = max(newest, file.Version)
		}
	}
	if newest == 0 {
		return 0, fmt.Errorf("store: no migrations in %s", dialect)
	}
	return newest, nil
}

// noSuchTable tells whether the version query failed for want of the table. Of
// SQLite it is the only generic error that query can meet.
func noSuchTable(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	return errors.As(err, &my) && my.Number == mysqlNoSuchTable ||
		errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_ERROR
}
