// Package backup copies what a service on the embedded stores keeps, its database, the
// journal of its Redis, its secrets and its pictures, into one file while it serves, and puts such a
// file back.
//
// The copy is what a kill at one moment would have left: the database is kept from
// committing while that moment lasts, and within it the journal is read. So the Redis
// in the copy knows what the database in it knows, and neither is ahead.
//
// The file is a tar of the parts and a manifest, compressed by gzip and, with a
// passphrase, encrypted by age; the tools of these names read it as well.
package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"user-api/internal/embedded"
	"user-api/internal/store"
	"user-api/internal/version"
	"user-api/model/migrations"
)

// Source is what is copied.
type Source struct {
	// Database is the path of the SQLite file, which must be there.
	Database string
	// Dir is the data folder. What of it is not there is left out.
	Dir string
	// Blobs is the folder of pictures; "" where they are in a bucket, or where there are none.
	Blobs string
	// SecretsFile is the name of the file of secrets in it.
	SecretsFile string
	// Secrets are those in use, by their keys. The copy has marks of them, not them, see
	// Manifest.
	Secrets map[string]string
}

// Options say where the copy goes.
type Options struct {
	Source
	// File must not be there.
	File string
	// Passphrase encrypts, unless it is "".
	Passphrase string
	Now        func() time.Time
	// Told is told what was written, when the file is there and nothing was committed
	// since that is not in it. Until it returns nothing is. May be nil.
	Told func(Manifest) error
}

// Create writes the file, readable by its owner alone. Until it is complete and on the
// disk nothing is there under its name. Fails with fs.ErrExist.
func Create(ctx context.Context, o Options) (err error) {
	if _, err := os.Lstat(o.File); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup: %s: %w", o.File, errors.Join(fs.ErrExist, err))
	}
	source, err := embedded.BeginCopy(ctx, o.Database)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	// CreateTemp makes files of mode 0600.
	file, err := os.CreateTemp(filepath.Dir(o.File), "."+filepath.Base(o.File)+".partial-*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	made, err := o.write(ctx, file, source)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := publish(file.Name(), o.File); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if o.Told != nil {
		return o.Told(made)
	}
	return nil
}

// write writes all parts. The large ones come first, and are on the disk before anybody
// is kept waiting.
func (o Options) write(ctx context.Context, file *os.File, source *embedded.Copy) (Manifest, error) {
	w, err := newWriter(file, o.Passphrase)
	if err != nil {
		return Manifest{}, err
	}
	if err := w.stream(ctx, partDatabase, source.File); err != nil {
		return Manifest{}, err
	}
	if err := w.blobs(ctx, o.Blobs); err != nil {
		return Manifest{}, err
	}
	if err := errors.Join(w.flush(), file.Sync()); err != nil {
		return Manifest{}, err
	}
	if err := source.Hold(ctx); err != nil {
		return Manifest{}, err
	}
	made := Manifest{Format: format, Version: version.Read().Version, Made: o.Now().UTC(), Secrets: marks(o.Secrets)}
	if made.Schema, err = schemaOf(ctx, o.Database); err != nil {
		return Manifest{}, err
	}
	journal, err := embedded.JournalOf(o.Dir)
	if err != nil {
		return Manifest{}, err
	}
	if journal != nil {
		err = w.part(ctx, partJournal, bytes.NewReader(journal), int64(len(journal)))
	}
	if err == nil {
		err = w.secrets(ctx, filepath.Join(o.Dir, o.SecretsFile))
	}
	if err == nil {
		err = w.stream(ctx, partLog, source.Log)
	}
	if err == nil {
		err = w.lastBlobs(ctx, o.Blobs)
	}
	if err != nil {
		return Manifest{}, err
	}
	made.Parts, made.Pictures = w.parts, w.total()
	return made, errors.Join(w.close(made), file.Sync())
}

// secrets adds the file of secrets, where there is one.
func (w *writer) secrets(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.part(ctx, partSecrets, bytes.NewReader(text), int64(len(text)))
}

func (w *writer) stream(ctx context.Context, name string, open func() (io.Reader, int64, error)) error {
	r, size, err := open()
	if err != nil {
		return err
	}
	return w.part(ctx, name, r, size)
}

func schemaOf(ctx context.Context, path string) (version int64, err error) {
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: sqlite + path})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := store.SchemaOf(ctx, db, migrations.FS)
	return s.Version, err
}

// publish gives a file its name, unless there is one of that name. Where the file
// system has no links, one that comes at this very moment is lost.
func publish(temp, name string) error {
	err := os.Link(temp, name)
	switch {
	case err == nil:
		err = os.Remove(temp)
	case !errors.Is(err, fs.ErrExist):
		err = os.Rename(temp, name)
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}
