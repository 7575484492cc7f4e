// Package backup copies the data of a service on the embedded stores into one file while the
// service runs, and restores such a file. The data are the database, the journal of the
// embedded Redis, the secrets and the pictures.
//
// The copy equals what a kill at one moment would have left: commits to the database are
// blocked for that moment, and the journal is read during it. The Redis and the database in
// the copy are therefore consistent.
//
// The file is a tar of the parts and a manifest, compressed by gzip and, with a passphrase,
// encrypted by age. The tools of these names can read it.
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
	// Database is the path of the SQLite file, which must exist.
	Database string
	// Dir is the data folder. Files that do not exist in it are left out.
	Dir string
	// Blobs is the folder of pictures; "" if they are in a bucket or if there are none.
	Blobs string
	// SecretsFile is the name of the file of secrets in Dir.
	SecretsFile string
	// Secrets are the secrets in use, by key. The copy contains marks of them, not the
	// secrets themselves, see Manifest.
	Secrets map[string]string
}

// Options say where to write the copy.
type Options struct {
	Source
	// File must not exist.
	File string
	// Passphrase encrypts the file unless it is "".
	Passphrase string
	Now        func() time.Time
	// Written, if not nil, is called with the manifest once the file is complete, before
	// commits are allowed again: until it returns the copy misses nothing.
	Written func(Manifest) error
}

// Create writes the file, readable by its owner only. The name appears only once the file is
// complete and on disk. Create fails with fs.ErrExist.
func Create(ctx context.Context, o Options) (err error) {
	if _, err := os.Lstat(o.File); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backup: %s: %w", o.File, errors.Join(fs.ErrExist, err))
	}
	source, err := embedded.BeginCopy(ctx, o.Database)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	// CreateTemp uses mode 0600.
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
	if o.Written != nil {
		return o.Written(made)
	}
	return nil
}

// write writes all parts. The large ones are written first and synced before commits are
// blocked.
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

// secrets adds the file of secrets if there is one.
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

// publish renames a file unless the name already exists. On a file system without links, a
// file that is created under the name at this very moment is overwritten.
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
