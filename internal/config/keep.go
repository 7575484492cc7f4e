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

// SecretsFile is the name of the file in DataDir with generated secrets.
const SecretsFile = "secrets.json"

// Kept is the content of SecretsFile. The first start generates AccessSecret, RefreshSecret
// and Pepper; rotations add and remove the others.
type Kept struct {
	AccessSecret      string
	PrevAccessSecret  string `json:",omitempty"`
	RefreshSecret     string
	PrevRefreshSecret string `json:",omitempty"`
	Pepper            string
	PrevPepper        string `json:",omitempty"`
	PseudonymKey      string `json:",omitempty"`
	PrevPseudonymKey  string `json:",omitempty"`
	// Rotation is the state of `secrets rotate`; nothing else reads it.
	Rotation json.RawMessage `json:",omitempty"`
}

// Secret returns the secret of an environment variable, or nil if the file does not store
// it.
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

// Format prints nothing of the content.
func (k Kept) Format(s fmt.State, _ rune) { s.Write([]byte(mask)) }

// FillSecrets sets the service's own secrets that are not configured from SecretsFile,
// which it creates with random secrets at the first start. Processes that start
// concurrently end up with the same secrets. In pro nothing is generated or read: a missing
// secret is an error.
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

// fill sets the missing secrets. A previous secret is taken only from the same source as
// its current secret; the other combinations would not belong together.
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

// ReadKept reads the SecretsFile in dir. It checks the permissions of the opened file, not
// of the path, so that the check is about the file that is read.
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
	// Windows has no such modes and reports every file as accessible to all.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return Kept{}, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it, or delete it to generate new ones, which ends every session", path, mode)
	}
	var s Kept
	// The decoder's error is omitted because it may quote a secret.
	if json.NewDecoder(f).Decode(&s) != nil || len(s.AccessSecret) < MinSecret || len(s.RefreshSecret) < MinSecret || len(s.Pepper) < MinSecret {
		return Kept{}, fmt.Errorf("%s is damaged: restore it, or delete it to generate new ones, which ends every session", path)
	}
	return s, nil
}

// Write atomically replaces the SecretsFile in dir: readers see the old or the new file,
// also after a power failure.
func (k Kept) Write(dir string) error {
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	return WriteSecret(filepath.Join(dir, SecretsFile), text)
}

// WriteSecret atomically writes a file that only its owner can read.
func WriteSecret(path string, text []byte) error {
	aside, err := writeTemp(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	if err := os.Rename(aside, path); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	return SyncDir(filepath.Dir(path))
}

// writeTemp writes and syncs a temporary file.
func writeTemp(dir string, text []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, ".secrets-*") // created with mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// makeKept writes a temporary file and links it to path: the link fails if another process
// was first, and no reader sees a partial file.
func makeKept(path string, rand io.Reader) error {
	text, err := newKept(rand)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	aside, err := writeTemp(dir, text)
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

// SyncDir syncs a directory so that a new file name survives a power failure: losing the
// secrets while the database survives would sign out everyone. Windows cannot sync a
// directory.
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
