package store

import (
	"context"
	"fmt"
	"io/fs"

	"user-api/internal/embedded"
)

// Schema is the state of a database's tables.
type Schema struct {
	// Version is the newest migration that was run, 0 for none; Newest is the newest
	// that this program has.
	Version, Newest int64
	// Dirty says that Version is under way, or has broken off.
	Dirty bool
}

// Fit reports whether this program can work with the tables. A newer release may be
// at work on what is beyond them.
func (s Schema) Fit() bool { return s.Version > s.Newest || s.Version == s.Newest && !s.Dirty }

// SchemaOf reads the state of the tables.
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

// Migrating reports whether a process is at work on the tables now. SQLite does not tell.
func Migrating(ctx context.Context, db *DB) (bool, error) { return leaseOf(ctx, db) }

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
