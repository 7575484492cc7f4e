package interop

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

// scripts is the folder of the Node package.
const scripts = "node"

// installed makes the npm packages be those of the lock file, once for a test binary.
var installed = sync.OnceValue(func() error {
	want, err := os.Stat(filepath.Join(scripts, "package-lock.json"))
	if err != nil {
		return err
	}
	got, err := os.Stat(filepath.Join(scripts, "node_modules", ".package-lock.json"))
	if err == nil && got.ModTime().After(want.ModTime()) {
		return nil
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = scripts
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

// node skips the test, by the name of what is missing, on a machine without Node.js, or
// returns where it is.
func node(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("node")
	if err != nil {
		testkit.Missing(t, "node (Debian: nodejs npm)")
	}
	if _, err := exec.LookPath("npm"); err != nil {
		testkit.Missing(t, "npm (Debian: npm)")
	}
	if err := installed(); err != nil {
		t.Log(err)
		testkit.Missing(t, "the npm packages of test/interop/node")
	}
	return program
}

// script prepares a script, which reads what it is given from its standard input as
// JSON: secrets in arguments would be seen by every process.
func script(ctx context.Context, t *testing.T, name string, given any) *exec.Cmd {
	t.Helper()
	program := node(t)
	input, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, program, name)
	cmd.Dir, cmd.Stdin = scripts, bytes.NewReader(input)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// verify runs a script to its end. It must verify something: a script that ends early
// proves nothing.
func verify(t *testing.T, name string, given any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := script(ctx, t, name, given).CombinedOutput()
	t.Logf("%s\n%s", name, out)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !strings.Contains(string(out), "\nverified: ") || !strings.HasSuffix(string(out), "\ndone\n") {
		t.Fatalf("%s did not come to its end", name)
	}
}
