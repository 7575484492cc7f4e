package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// Scripts is a Node.js package of test scripts: a folder with a package.json, its lock file and
// scripts that read their parameters from standard input.
type Scripts struct {
	dir       string
	installed func() error
}

// NewScripts returns the package of a folder. A test binary must have at most one per folder.
func NewScripts(dir string) *Scripts {
	return &Scripts{dir: dir, installed: sync.OnceValue(func() error { return install(dir) })}
}

// install installs the npm packages of the lock file.
func install(dir string) error {
	want, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	got, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err == nil && got.ModTime().After(want.ModTime()) {
		return nil
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}

// Ready installs the npm packages and returns the path of Node.js. It skips the test if Node.js
// or npm is missing.
func (s *Scripts) Ready(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("node")
	if err != nil {
		testkit.Missing(t, "node (Debian: nodejs npm)")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		testkit.Missing(t, "npm (Debian: npm)")
	}
	if err := s.installed(); err != nil {
		t.Log(err)
		testkit.Missing(t, "the npm packages of "+s.dir)
	}
	return program
}

// Command prepares a script. Its parameters go to standard input as JSON: every process could
// see secrets in arguments.
func (s *Scripts) Command(ctx context.Context, t testing.TB, name string, given any) *exec.Cmd {
	t.Helper()
	program := s.Ready(t)
	input, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, program, name)
	cmd.Dir, cmd.Stdin = s.dir, bytes.NewReader(input)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Verify runs a script, which must report at least one verification: a script that ends early
// proves nothing.
func (s *Scripts) Verify(t testing.TB, name string, given any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := s.Command(ctx, t, name, given).CombinedOutput()
	t.Logf("%s\n%s", name, out)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !strings.Contains(string(out), "\nverified: ") || !strings.HasSuffix(string(out), "\ndone\n") {
		t.Fatalf("%s did not come to its end", name)
	}
}

// Chromium returns the path of Chromium, or skips the test if there is none.
func Chromium(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		testkit.Missing(t, "chromium")
	}
	return program
}
