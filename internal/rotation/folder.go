package rotation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"user-api/internal/config"
)

const (
	// notesFile holds the notes of a folder. It contains no secret.
	notesFile = "rotation.json"
	// asidePrefix is the name prefix of a secret that is being exchanged.
	asidePrefix = ".exchange-"
)

// Folder is a directory with one file per secret, for use with FileSuffix variables.
type Folder struct{ Dir string }

// FileOf returns the file name of a secret.
func FileOf(name string) string { return strings.ToLower(name) }

// Path returns the path of a secret's file.
func (f Folder) Path(name string) string { return filepath.Join(f.Dir, FileOf(name)) }

// Get implements Place.
func (f Folder) Get(name string) (string, error) {
	if err := f.recover(name); err != nil {
		return "", err
	}
	secret, err := config.ReadSecretFile(f.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return secret, err
}

// Put implements Place.
func (f Folder) Put(name, secret string) error {
	return config.WriteSecret(f.Path(name), []byte(secret))
}

// Exchange implements Place. Between its two renames b is missing, so a node that starts at
// that moment fails instead of running with one of the two secrets. The next Get completes
// an interrupted exchange.
func (f Folder) Exchange(a, b string) error {
	if err := os.Link(f.Path(a), f.aside(a)); err != nil {
		return err
	}
	if err := os.Rename(f.Path(b), f.Path(a)); err != nil {
		return errors.Join(err, os.Remove(f.aside(a)))
	}
	if err := os.Rename(f.aside(a), f.Path(b)); err != nil {
		return err
	}
	return config.SyncDir(f.Dir)
}

func (f Folder) aside(a string) string { return filepath.Join(f.Dir, asidePrefix+FileOf(a)) }

// recover finishes an interrupted exchange: it undoes one that was interrupted before the
// first rename and completes one that was interrupted after it.
func (f Folder) recover(name string) error {
	a := strings.TrimPrefix(name, config.PrevPrefix)
	b := config.PrevPrefix + a
	switch _, err := os.Lstat(f.aside(a)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	_, err := os.Lstat(f.Path(b))
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Join(os.Rename(f.aside(a), f.Path(b)), config.SyncDir(f.Dir))
	}
	return errors.Join(err, os.Remove(f.aside(a)))
}

// Remove implements Place.
func (f Folder) Remove(name string) error {
	if err := os.Remove(f.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return config.SyncDir(f.Dir)
}

// Notes implements Place.
func (f Folder) Notes() (map[string]Note, error) {
	text, err := os.ReadFile(filepath.Join(f.Dir, notesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readNotes(text, filepath.Join(f.Dir, notesFile))
}

// SetNotes implements Place.
func (f Folder) SetNotes(notes map[string]Note) error {
	text, err := json.MarshalIndent(notes, "", "  ")
	if err != nil {
		return err
	}
	return config.WriteSecret(filepath.Join(f.Dir, notesFile), text)
}

func readNotes(text []byte, from string) (map[string]Note, error) {
	var notes map[string]Note
	if len(text) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(text, &notes); err != nil {
		return nil, fmt.Errorf("the notes in %s are corrupt: %w", from, err)
	}
	return notes, nil
}
