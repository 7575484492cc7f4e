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

// Staging is the folder, within a data folder, of a restore that is under way or has
// broken off. A service does not start beside it.
const Staging = "restoring"

var (
	// ErrNotEmpty means that the data folder holds what a restore would replace.
	ErrNotEmpty = errors.New("is not empty: restore into an empty data folder, or have what is there moved aside (--force)")
	// ErrNewer means that the copy is of a later release.
	ErrNewer = errors.New("the backup is of a newer release: restore it with that one, or a later one")
)

type (
	// Target is where a copy is restored to.
	Target struct {
		// Database is the path of the SQLite file, Dir the data folder, which is the
		// file's.
		Database, Dir string
		// Blobs is the folder of pictures; "" where the service keeps them elsewhere, or
		// none.
		Blobs string
		// Force moves aside what is there.
		Force bool
		Now   func() time.Time
	}

	// Restored is a copy that is unpacked and found whole, and not in its place yet.
	Restored struct {
		Manifest
		Target
		unlock func() error
		// staged says that the staging folder is this one's, and may go.
		staged bool
	}
)

// Unpack reads a file into a folder of its own and looks whether all of it is whole.
// What is in the data folder besides is not touched. Close is to be called in any case.
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
	// Before anything is looked at: a process that runs there is not to be disturbed.
	unlock, err := embedded.LockRedis(t.Dir)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", t.Dir, err)
	}
	r.unlock = unlock
	if there := t.there(); len(there) > 0 && !t.Force {
		return nil, fmt.Errorf("data folder %s has %s and %w", t.Dir,
			strings.ReplaceAll(strings.Join(there, ", "), t.Dir+string(filepath.Separator), ""), ErrNotEmpty)
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

// Staging is the folder that the parts are in, a data folder by itself.
func (r *Restored) Staging() string { return filepath.Join(r.Dir, Staging) }

// StagedDatabase is the database in it.
func (r *Restored) StagedDatabase() string { return filepath.Join(r.Staging(), partDatabase) }

// Close takes away what is not in its place, unless Place has broken off, and gives the
// data folder free.
func (r *Restored) Close() error {
	var err error
	if r.staged {
		err = os.RemoveAll(r.Staging())
	}
	return errors.Join(err, r.unlock())
}

// Unfinished fails where a restore into the data folder has broken off, or is under way.
func Unfinished(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, Staging)); err == nil {
		return fmt.Errorf("data folder: a restore has not come to its end: run it again, or delete %s to go on with what is there without it", filepath.Join(dir, Staging))
	}
	return nil
}

// check reads the parts as a service would.
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

// Counts are how many users there are, and how many sessions have not ended.
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

// Place puts the parts where a service finds them. It returns the folder that what was
// there has been moved to, "" for nothing. The database comes last. Where it breaks off
// the staging folder is left, by which a start knows.
func (r *Restored) Place(ctx context.Context) (aside string, err error) {
	r.staged = false
	defer func() { r.staged = err == nil }()
	if there := r.there(); len(there) > 0 {
		if aside, err = r.moveAside(there); err != nil {
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

// moveAside moves paths into a folder of their own. Pictures that are kept outside the
// data folder, on another disk perhaps, stay beside where they were.
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

// there lists the paths at which a service would find something of its own.
func (t Target) there() []string {
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
