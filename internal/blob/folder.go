package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

var _ Store = (*Folder)(nil)

// Folder stores each blob as a file that only its owner can read.
type Folder struct{ dir string }

// NewFolder returns the store in a directory, which the first Put creates.
func NewFolder(dir string) *Folder { return &Folder{dir: dir} }

// Put implements Store. A file gets its name only after it has been synced.
func (f *Folder) Put(_ context.Context, name string, data []byte) error {
	if err := check(name); err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	err := write(f.unfinished(name), data)
	if err == nil {
		err = os.Rename(f.unfinished(name), f.path(name))
	}
	if err == nil {
		err = f.sync()
	}
	if err != nil {
		return fmt.Errorf("blob: put: %w", err)
	}
	return nil
}

// Get implements Store.
func (f *Folder) Get(_ context.Context, name string) ([]byte, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("blob: get: %w", err)
	}
	return data, nil
}

// Delete implements Store.
func (f *Folder) Delete(_ context.Context, name string) error {
	if err := check(name); err != nil {
		return err
	}
	removed := false
	for _, path := range []string{f.path(name), f.unfinished(name)} {
		err := os.Remove(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("blob: delete: %w", err)
		}
		removed = removed || err == nil
	}
	if !removed {
		return nil
	}
	return f.sync()
}

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// unfinished returns the path of a file that is being written. It is derived from the name
// so that Delete can find it.
func (f *Folder) unfinished(name string) string { return filepath.Join(f.dir, "."+name) }

func write(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// sync syncs the directory.
func (f *Folder) sync() error {
	dir, err := os.Open(f.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
