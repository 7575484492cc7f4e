package config_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"user-api/internal/config"
	"user-api/internal/testkit"
)

func devConfig(dir string) *config.Config {
	return &config.Config{Mode: config.ModeDev, DataSource: config.SQLitePrefix + filepath.Join(dir, "user.db")}
}

func secretsOf(c *config.Config) [3]string {
	return [3]string{c.Auth.AccessSecret, c.Auth.RefreshSecret, c.Otp.Pepper}
}

func TestSecretsAreMadeOnceAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, second := devConfig(dir), devConfig(dir)
	// A source may return fewer bytes than requested; the rest must not stay zero.
	if err := first.FillSecrets(iotest.OneByteReader(rand.Reader)); err != nil {
		t.Fatal(err)
	}
	if err := second.FillSecrets(iotest.ErrReader(errors.New("asked for random bytes again"))); err != nil {
		t.Fatal(err)
	}
	if secretsOf(first) != secretsOf(second) {
		t.Error("the second start has other secrets than the first")
	}
	seen := map[string]bool{}
	for _, s := range secretsOf(first) {
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil || len(raw) != 32 || bytes.Contains(raw, make([]byte, 8)) || seen[s] {
			t.Errorf("secret %x (error %v, seen before %v), want 32 random bytes of its own", raw, err, seen[s])
		}
		seen[s] = true
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, config.SecretsFile): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, error %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("the data folder has %v, want %s alone", files, config.SecretsFile)
	}
}

func TestProcessesThatStartAtOnceShareSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	got := make([][3]string, 32)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range got {
		done.Go(func() {
			c := devConfig(dir)
			start.Wait()
			if err := c.FillSecrets(rand.Reader); err != nil {
				t.Error(err)
			}
			got[i] = secretsOf(c)
		})
	}
	start.Done()
	done.Wait()
	for i := range got {
		if got[i] != got[0] || got[i][0] == "" {
			t.Errorf("process %d has secrets of its own, or none", i)
		}
	}
}

func TestGivenSecretsStay(t *testing.T) {
	dir := t.TempDir()
	c := devConfig(dir)
	c.Auth.AccessSecret = proEnv["ACCESS_SECRET"]
	if err := c.FillSecrets(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if got := c.Auth.AccessSecret; got != proEnv["ACCESS_SECRET"] {
		t.Errorf("AccessSecret is %q, want the one given", got)
	}
	if c.Auth.RefreshSecret == "" || c.Otp.Pepper == "" {
		t.Error("the other secrets are missing")
	}

	all := devConfig(filepath.Join(dir, "unused"))
	all.Auth.AccessSecret, all.Auth.RefreshSecret, all.Otp.Pepper = proEnv["ACCESS_SECRET"], proEnv["REFRESH_SECRET"], proEnv["OTP_PEPPER"]
	if err := all.FillSecrets(iotest.ErrReader(errors.New("asked for random bytes"))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "unused")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with every secret given there is a folder (error %v), want none", err)
	}
}

func TestGivenSecretEqualToKeptOneIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := devConfig(dir)
	if err := first.FillSecrets(rand.Reader); err != nil {
		t.Fatal(err)
	}
	second := devConfig(dir)
	second.Auth.RefreshSecret = first.Auth.AccessSecret
	want := "Auth.RefreshSecret: must differ from Auth.AccessSecret"
	if err := second.FillSecrets(rand.Reader); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestProMakesNoSecrets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := devConfig(dir)
	c.Mode = config.ModePro
	if got := len(lines(t, c.FillSecrets(rand.Reader))); got != 3 {
		t.Errorf("%d problems, want one for each of 3 secrets", got)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a data folder (error %v), want none", err)
	}
}

func TestUnsafeSecretsFileIsRefused(t *testing.T) {
	tests := []struct {
		name string
		// content replaces the file, unless empty.
		content string
		mode    fs.FileMode
		want    string
	}{
		{name: "others can read it", mode: 0o644, want: "can be read by others (mode 0644)"},
		{name: "the group can read it", mode: 0o640, want: "can be read by others (mode 0640)"},
		{name: "half a file", content: `{"AccessSecret": "hunter2`, mode: 0o600, want: "is damaged"},
		{name: "a secret missing", content: `{"AccessSecret": "hunter2"}`, mode: 0o600, want: "is damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, config.SecretsFile)
			if err := devConfig(dir).FillSecrets(rand.Reader); err != nil {
				t.Fatal(err)
			}
			if tt.content != "" {
				if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			err := devConfig(dir).FillSecrets(rand.Reader)
			if err == nil || !strings.Contains(err.Error(), path+" "+tt.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q with the path and without a secret", err, tt.want)
			}
		})
	}
}

func TestFailedMakingLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	c := devConfig(dir)
	if err := c.FillSecrets(bytes.NewReader(make([]byte, 40))); err == nil {
		t.Error("no error from a source that ends early")
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 || secretsOf(c) != [3]string{} {
		t.Errorf("left %v and secrets %v, want nothing", files, secretsOf(c))
	}
}

func TestRandomSecretsAreNoSamples(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	c := good(t, config.ModePro)
	for range 2000 {
		raw := make([]byte, 32)
		rand.Read(raw)
		for _, secret := range []string{base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
			c.Otp.Pepper = secret
			if err := c.Validate(); err != nil {
				t.Fatalf("%s is refused: %v", secret, err)
			}
		}
	}
}
