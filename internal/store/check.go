package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"user-api/internal/embedded"
)

const (
	// probeLife ends a probe's key that could not be deleted.
	probeLife = 10 * time.Second
	probeKey  = "ua:doctor:"
	// probeScript writes as the service does, by a script.
	probeScript = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`
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

// TryWrite writes a key by a script, reads it back and deletes it.
func (r *Redis) TryWrite(ctx context.Context, rand io.Reader) error {
	var name [16]byte
	if _, err := io.ReadFull(rand, name[:]); err != nil {
		return fmt.Errorf("store: redis: %w", err)
	}
	value := hex.EncodeToString(name[:])
	key := probeKey + value
	err := r.Client.Eval(ctx, probeScript, []string{key}, value, probeLife.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("store: redis: write: %w", err)
	}
	got, err := r.Client.Get(ctx, key).Result()
	if err == nil && got != value {
		err = errors.New("what was written is not there")
	}
	if err = errors.Join(err, r.Client.Del(ctx, key).Err()); err != nil {
		return fmt.Errorf("store: redis: read back: %w", err)
	}
	return nil
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
