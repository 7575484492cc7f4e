package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"user-api/internal/embedded"
	"user-api/internal/store"
	"user-api/model/migrations"
)

// Staging is the folder, inside the data folder, of a restore that is in progress or was
// interrupted. A service does not start while it exists.
const Staging = "restoring"

var (
	// ErrNotEmpty means that the data folder has files that a restore would replace.
	ErrNotEmpty = errors.New("is not empty: restore into an empty data folder, or move the existing files aside with --force")
	// ErrNewer means that the copy is of a later release.
	ErrNewer = errors.New("the backup is of a newer release: restore it with that release or a later one")
)

type (
	// Target is where a copy is restored.
	Target struct {
		// Database is the path of the SQLite file, and Dir the data folder that contains it.
		Database, Dir string
		// Blobs is the folder of pictures; "" if the service keeps them elsewhere or has
		// none.
		Blobs string
		// Force moves existing files aside.
		Force bool
		Now   func() time.Time
	}

	// Restored is a copy that has been unpacked and verified but not put in place.
	Restored struct {
		Manifest
		Target
		unlock func() error
		// staged reports whether Close may remove the staging folder.
		staged bool
	}
)

// Unpack unpacks a file into the staging folder and verifies it. It does not touch anything
// else in the data folder. Close must be called unless it fails.
func (t Target) Unpack(ctx context.Context, path, passphrase string) (_ *Restored, err error) {
	r := &Restored{Target: t, unlock: func() error { return nil }}
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore: %w", errors.Join(err, r.Close()))
		}
	}()
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(t.Dir, 0o700); err != nil {
		return nil, err
	}
	// Lock before looking, so that a running process is not disturbed.
	unlock, err := embedded.LockRedis(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", t.Dir, err)
	}
	r.unlock = unlock
	if existing := t.existing(); len(existing) > 0 && !t.Force {
		return nil, fmt.Errorf("data folder %s has %s and %w", t.Dir,
			strings.ReplaceAll(strings.Join(existing, ", "), t.Dir+string(filepath.Separator), ""), ErrNotEmpty)
	}
	if err := errors.Join(os.RemoveAll(r.Staging()), os.Mkdir(r.Staging(), 0o700)); err != nil {
		return nil, err
	}
	r.staged = true
	if r.Manifest, err = unpack(ctx, path, passphrase, r.Staging()); err != nil {
		return nil, err
	}
	return r, r.check(ctx)
}

// Staging returns the folder of the unpacked parts, which is itself a data folder.
func (r *Restored) Staging() string { return filepath.Join(r.Dir, Staging) }

// StagedDatabase returns the path of the unpacked database.
func (r *Restored) StagedDatabase() string { return filepath.Join(r.Staging(), partDatabase) }

// Close removes the staging folder, unless Place was interrupted, and unlocks the data folder.
func (r *Restored) Close() error {
	var err error
	if r.staged {
		err = os.RemoveAll(r.Staging())
	}
	return errors.Join(err, r.unlock())
}

// Unfinished fails if a restore into the data folder is in progress or was interrupted.
func Unfinished(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, Staging)); err == nil {
		return fmt.Errorf("data folder: a restore was not completed: run it again, or delete %s to continue with the existing data", filepath.Join(dir, Staging))
	}
	return nil
}

// check opens the parts as a service would.
func (r *Restored) check(ctx context.Context) error {
	if err := embedded.CheckSQLite(ctx, r.StagedDatabase()); err != nil {
		return err
	}
	if err := embedded.CheckRedis(r.Staging()); err != nil {
		return err
	}
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: sqlite + r.StagedDatabase()})
	if err != nil {
		return err
	}
	schema, err := store.SchemaOf(ctx, db, migrations.FS)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if newer := max(schema.Version, r.Schema); newer > schema.Newest {
		return fmt.Errorf("migration %d, this release has %d: %w", newer, schema.Newest, ErrNewer)
	}
	return nil
}

// Counts returns the number of users and of active sessions.
func (r *Restored) Counts(ctx context.Context) (users, sessions int64, err error) {
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: sqlite + r.StagedDatabase()})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.SQL.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM user), (SELECT count(*) FROM token WHERE revoked = 0 AND expires > ?)",
		r.Now().UnixMilli()).Scan(&users, &sessions)
	return users, sessions, err
}

// Place moves the parts to where the service expects them, the database last. It returns the
// folder to which existing files were moved, or "". If it is interrupted, the staging folder
// remains and prevents the service from starting.
func (r *Restored) Place(ctx context.Context) (aside string, err error) {
	r.staged = false
	defer func() { r.staged = err == nil }()
	if existing := r.existing(); len(existing) > 0 {
		if aside, err = r.moveAside(existing); err != nil {
			return aside, fmt.Errorf("restore: %w", err)
		}
	}
	if err := r.placeBlobs(ctx); err != nil {
		return aside, fmt.Errorf("restore: %w", err)
	}
	for _, move := range [][2]string{
		{partSecrets, partSecrets}, {partJournal, partJournal},
		{partLog, filepath.Base(r.Database) + "-wal"}, {partDatabase, filepath.Base(r.Database)},
	} {
		err := os.Rename(filepath.Join(r.Staging(), move[0]), filepath.Join(r.Dir, move[1]))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return aside, fmt.Errorf("restore: %w", err)
		}
	}
	if err := syncDir(r.Dir); err != nil {
		return aside, fmt.Errorf("restore: %w", err)
	}
	return aside, nil
}

// moveAside moves paths into a new folder. Pictures outside the data folder, which may be on
// another disk, are renamed where they are.
func (r *Restored) moveAside(paths []string) (aside string, err error) {
	aside = filepath.Join(r.Dir, "before-restore-"+r.Now().UTC().Format("20060102T150405.000Z"))
	if err := os.Mkdir(aside, 0o700); err != nil {
		return "", err
	}
	for _, path := range paths {
		to := filepath.Join(aside, filepath.Base(path))
		if filepath.Dir(path) != filepath.Clean(r.Dir) {
			to = path + "." + filepath.Base(aside)
		}
		if err := os.Rename(path, to); err != nil {
			return aside, err
		}
	}
	return aside, nil
}

// existing returns the existing paths that a restore would replace.
func (t Target) existing() []string {
	database := filepath.Base(t.Database)
	var found []string
	if names, err := blobNames(t.Blobs); err != nil || len(names) > 0 {
		found = append(found, t.Blobs)
	}
	for _, name := range []string{database, database + "-wal", database + "-shm", partJournal, partSecrets} {
		path := filepath.Join(t.Dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, path)
		}
	}
	return found
}
