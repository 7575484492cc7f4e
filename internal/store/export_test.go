package store

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Statements splits the file of a migration.
var Statements = statements

// WithLease sets the duration of leases.
func WithLease(ctx context.Context, life time.Duration) context.Context {
	return context.WithValue(ctx, leaseKey{}, life)
}

// WithFault calls hit before and after each statement of a migration. If hit fails, the
// statement fails.
func WithFault(ctx context.Context, hit func(query string, done bool) error) context.Context {
	return context.WithValue(ctx, faultKey{}, fault(hit))
}

// Versions returns the numbers of MySQL's migrations.
func Versions(fsys fs.FS) (versions []int64, err error) {
	steps, err := readSteps(MySQL, fsys, "up")
	for _, s := range steps {
		versions = append(versions, s.version)
	}
	return versions, err
}

// IsDuplicate reports whether err is a violated unique or primary key.
func IsDuplicate(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &my):
		return my.Number == 1062
	case errors.As(err, &lite):
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// MigrationsPending reports whether the schema does not match this release.
func MigrationsPending(ctx context.Context, db *DB, fsys fs.FS) (bool, error) {
	s, err := SchemaOf(ctx, db, fsys)
	return err != nil || !s.Fit(), err
}

// Tick advances the embedded Redis to the time of its clock.
func (r *Redis) Tick() {
	if r.embedded != nil {
		r.embedded.Tick()
	}
}
