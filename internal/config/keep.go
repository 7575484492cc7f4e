package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// SecretsFile is the name, in DataDir, of the file of secrets made here.
const SecretsFile = "secrets.json"

// kept is the content of SecretsFile. All are always made together, so that the
// file never has to change.
type kept struct {
	AccessSecret  string
	RefreshSecret string
	Pepper        string
}

// FillSecrets gives AccessSecret, RefreshSecret and Pepper, where they are not
// set, the ones kept in DataDir, and makes those from rand at the first start.
// Processes that start at once end with the same ones. In pro nothing is made:
// a missing secret is an error.
func (c *Config) FillSecrets(rand io.Reader) error {
	k := &checker{pro: c.Mode == ModePro}
	if !k.pro && (c.Auth.AccessSecret == "" || c.Auth.RefreshSecret == "" || c.Otp.Pepper == "") {
		path := filepath.Join(c.DataDir(), SecretsFile)
		s, err := readKept(path)
		if errors.Is(err, fs.ErrNotExist) {
			if err = makeKept(path, rand); err == nil {
				s, err = readKept(path)
			}
		}
		if err != nil {
			return fmt.Errorf("config: secrets: %w", err)
		}
		fill(&c.Auth.AccessSecret, s.AccessSecret)
		fill(&c.Auth.RefreshSecret, s.RefreshSecret)
		fill(&c.Otp.Pepper, s.Pepper)
	}
	c.checkSecrets(k)
	problems := c.checkEnds()
	if problems.join(k.Problems); len(problems) > 0 {
		return problems
	}
	return nil
}

func fill(secret *string, value string) {
	if *secret == "" {
		*secret = value
	}
}

// readKept asks the opened file, not its path, who may read it, so that the
// answer is about what is read.
func readKept(path string) (kept, error) {
	f, err := os.Open(path)
	if err != nil {
		return kept{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return kept{}, err
	}
	// Windows has no such modes and reports every file as open to all.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return kept{}, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it, or delete it to have new ones made, which ends every session", path, mode)
	}
	var s kept
	// The decoder's error is left out, as it may quote a secret.
	if json.NewDecoder(f).Decode(&s) != nil || len(s.AccessSecret) < MinSecret || len(s.RefreshSecret) < MinSecret || len(s.Pepper) < MinSecret {
		return kept{}, fmt.Errorf("%s is damaged: restore it, or delete it to have new ones made, which ends every session", path)
	}
	return s, nil
}

// makeKept writes a whole file aside and links it into place: the link fails if
// another process was first, and no reader ever sees half a file.
func makeKept(path string, rand io.Reader) error {
	text, err := newKept(rand)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// CreateTemp makes files of mode 0600.
	f, err := os.CreateTemp(dir, ".secrets-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func newKept(rand io.Reader) ([]byte, error) {
	var s kept
	for _, secret := range []*string{&s.AccessSecret, &s.RefreshSecret, &s.Pepper} {
		key := make([]byte, MinSecret)
		if _, err := io.ReadFull(rand, key); err != nil {
			return nil, fmt.Errorf("random bytes: %w", err)
		}
		*secret = base64.StdEncoding.EncodeToString(key)
	}
	return json.MarshalIndent(s, "", "  ")
}

// syncDir makes the new name survive a power cut: a database that outlives its
// secrets would have signed everyone out. Windows cannot sync a folder.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
