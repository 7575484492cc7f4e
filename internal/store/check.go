package store

import (
	"context"
	"fmt"
	"io/fs"

	"user-api/internal/embedded"
)

// Schema is the state of a database's schema.
type Schema struct {
	// Version is the last applied migration, 0 for none; Newest is the last one that this
	// program has.
	Version, Newest int64
	// Dirty means that Version is running or was interrupted.
	Dirty bool
}

// Fit reports whether this program can work with the schema. A newer release may be
// applying later migrations.
func (s Schema) Fit() bool { return s.Version > s.Newest || s.Version == s.Newest && !s.Dirty }

// SchemaOf reads the state of the schema.
func SchemaOf(ctx context.Context, db *DB, fsys fs.FS) (Schema, error) {
	steps, err := readSteps(db.Dialect, fsys, "up")
	if err != nil {
		return Schema{}, err
	}
	s := Schema{Newest: steps[len(steps)-1].version}
	if s.Version, s.Dirty, err = versionOf(ctx, db.readers()); err != nil {
		return s, fmt.Errorf("store: migrations: %w", err)
	}
	return s, nil
}

// Migrating reports whether a process is running migrations now. For SQLite it is always
// false.
func Migrating(ctx context.Context, db *DB) (bool, error) { return leaseOf(ctx, db) }

// ErrInUse means that another process uses the data directory.
var ErrInUse = embedded.ErrLocked

// CheckEmbedded reports whether the embedded Redis could start with the directory, without
// changing anything. It fails with ErrInUse.
func CheckEmbedded(dir string) error {
	if err := embedded.CheckRedis(dir); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
