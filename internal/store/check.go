package store

import (
	"context"
	"database/sql"
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
