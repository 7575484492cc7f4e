package process

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
)

func TestCleanStart(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	begun := time.Now()
	p := h.start(t)
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("the service is ready after %v, want seconds", took)
	}
	p.get(t, "/readyz", "").Want(t, http.StatusOK, "")
	p.signIn(t, number(1))
	h.checkModes(t)

	t.Run("a second process on the same data is refused", func(t *testing.T) {
		out := h.fail(t)
		if got := lines(out); len(got) != 1 || !strings.Contains(out, "data") || !strings.Contains(out, "in use by another process") {
			t.Errorf("got %q, want one line that says that the data folder is in use by another process", got)
		}
		p.get(t, "/readyz", "").Want(t, http.StatusOK, "")
	})
	p.terminate(t)
	h.checkModes(t)
}

// checkModes checks that only the owner can access the data.
func (h *home) checkModes(t *testing.T) {
	t.Helper()
	seen := map[string]fs.FileMode{}
	err := filepath.WalkDir(h.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(h.dir, path)
		if err != nil || name == "." || name == "etc" || strings.HasPrefix(name, "etc"+string(os.PathSeparator)) {
			return err
		}
		seen[name] = info.Mode().Perm()
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %04o, want nothing for others", name, mode)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"data": 0o700, "data/secrets.json": 0o600, "data/user.db": 0o600} {
		if got, there := seen[name]; got != want {
			t.Errorf("%s has mode %04o (exists: %v), want %04o", name, got, there, want)
		}
	}
}
