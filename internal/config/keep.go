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

// Kept is the content of SecretsFile. The first three are made together, at the first
// start; the others come and go as secrets are changed.
type Kept struct {
	AccessSecret      string
	PrevAccessSecret  string `json:",omitempty"`
	RefreshSecret     string
	PrevRefreshSecret string `json:",omitempty"`
	Pepper            string
	PrevPepper        string `json:",omitempty"`
	PseudonymKey      string `json:",omitempty"`
	PrevPseudonymKey  string `json:",omitempty"`
	// Rotation is what `secrets rotate` notes, and nobody else reads.
	Rotation json.RawMessage `json:",omitempty"`
}

// Secret is the secret that stands for a variable; nil for what is not kept.
func (k *Kept) Secret(env string) *string {
	switch env {
	case "ACCESS_SECRET":
		return &k.AccessSecret
	case "PREV_ACCESS_SECRET":
		return &k.PrevAccessSecret
	case "REFRESH_SECRET":
		return &k.RefreshSecret
	case "PREV_REFRESH_SECRET":
		return &k.PrevRefreshSecret
	case "OTP_PEPPER":
		return &k.Pepper
	case "PREV_OTP_PEPPER":
		return &k.PrevPepper
	case "PSEUDONYM_KEY":
		return &k.PseudonymKey
	case "PREV_PSEUDONYM_KEY":
		return &k.PrevPseudonymKey
	}
	return nil
}

// Format shows nothing of it.
func (k Kept) Format(s fmt.State, _ rune) { s.Write([]byte(mask)) }

// FillSecrets gives the service's own secrets, where they are not set, the ones kept
// in DataDir, and makes those it cannot do without from rand at the first start.
// Processes that start at once end with the same ones. In pro nothing is made, nor
// read: a missing secret is an error.
func (c *Config) FillSecrets(rand io.Reader) error {
	k := &checker{pro: c.Mode == ModePro}
	if !k.pro && c.NeedsSecrets() {
		dir := c.DataDir()
		s, err := ReadKept(dir)
		if errors.Is(err, fs.ErrNotExist) {
			if err = makeKept(filepath.Join(dir, SecretsFile), rand); err == nil {
				s, err = ReadKept(dir)
			}
		}
		if err != nil {
			return fmt.Errorf("config: secrets: %w", err)
		}
		c.fill(&s)
	}
	c.checkSecrets(k)
	problems := c.checkEnds()
	if problems.join(k.Problems); len(problems) > 0 {
		return problems
	}
	return nil
}

// fill takes over what is not set. What is accepted beside a secret is taken from
// where that secret is from: beside another one it would be a stranger's.
func (c *Config) fill(s *Kept) {
	all := map[string]*string{}
	for _, own := range c.secrets() {
		all[own.env] = own.value
	}
	for env, current := range all {
		prev := all[PrevPrefix+env]
		if prev == nil || *current != "" || s.Secret(env) == nil {
			continue
		}
		*current = *s.Secret(env)
		if *prev == "" {
			*prev = *s.Secret(PrevPrefix + env)
		}
	}
}

// ReadKept reads the SecretsFile of a folder. It asks the opened file, not its path,
// who may read it, so that the answer is about what is read.
func ReadKept(dir string) (Kept, error) {
	path := filepath.Join(dir, SecretsFile)
	f, err := os.Open(path)
	if err != nil {
		return Kept{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Kept{}, err
	}
	// Windows has no such modes and reports every file as open to all.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return Kept{}, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it, or delete it to have new ones made, which ends every session", path, mode)
	}
	var s Kept
	// The decoder's error is left out, as it may quote a secret.
	if json.NewDecoder(f).Decode(&s) != nil || len(s.AccessSecret) < MinSecret || len(s.RefreshSecret) < MinSecret || len(s.Pepper) < MinSecret {
		return Kept{}, fmt.Errorf("%s is damaged: restore it, or delete it to have new ones made, which ends every session", path)
	}
	return s, nil
}

// Write replaces the SecretsFile of a folder at once: a reader finds the old one or
// the new one, and so does who comes back after a power cut.
func (k Kept) Write(dir string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	return WriteSecret(filepath.Join(dir, SecretsFile), text)
}

// WriteSecret writes a file of its owner's alone, in place of one that may be there,
// at once.
func WriteSecret(path string, text []byte) error {
	aside, err := writeAside(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	if err := os.Rename(aside, path); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	return SyncDir(filepath.Dir(path))
}

// writeAside writes a file of another name, to the disk.
func writeAside(dir string, text []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, ".secrets-*") // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
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
	aside, err := writeAside(dir, text)
	if err != nil {
		return err
	}
	defer os.Remove(aside)
	if err := os.Link(aside, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncDir(dir)
}

func newKept(rand io.Reader) ([]byte, error) {
	var s Kept
	for _, secret := range []*string{&s.AccessSecret, &s.RefreshSecret, &s.Pepper} {
		key := make([]byte, MinSecret)
		if _, err := io.ReadFull(rand, key); err != nil {
			return nil, fmt.Errorf("random bytes: %w", err)
		}
		*secret = base64.StdEncoding.EncodeToString(key)
	}
	return json.MarshalIndent(s, "", "  ")
}

// SyncDir makes the new name survive a power cut: a database that outlives its
// secrets would have signed everyone out. Windows cannot sync a folder.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
