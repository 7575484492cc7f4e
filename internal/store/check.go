package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"user-api/internal/embedded"
)

// Schema is the state of a database's tables.
type Schema struct {
	// Version is the newest migration that was run, 0 for none; Newest is the newest
	// that this program has.
	Version, Newest int64
	// Dirty says that a migration broke off: somebody has to repair the database.
	Dirty bool
}

// Pending reports whether migrations are to be run.
func (s Schema) Pending() bool { return s.Version < s.Newest }

// SchemaOf reads the state of the tables.
func SchemaOf(ctx context.Context, db *DB, fsys fs.FS) (Schema, error) {
	newest, err := newestMigration(db.Dialect, fsys)
	if err != nil {
		return Schema{}, err
	}
	s := Schema{Newest: int64(newest)}
	err = db.readers().QueryRowContext(ctx, versionQuery).Scan(&s.Version, &s.Dirty)
	if err != nil && !errors.Is(err, sql.ErrNoRows) && !noSuchTable(err) {
		return s, fmt.Errorf("store: migrations: %w", err)
	}
	return s, nil
}

// ErrInUse means that another process has the data folder.
var ErrInUse = embedded.ErrLocked

// CheckEmbedded reports whether the Redis inside the process could start with the
// folder. It changes nothing. Fails with ErrInUse.
func CheckEmbedded(dir string) error {
	if err := embedded.CheckRedis(dir); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
