package process

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// A killed backup leaves nothing under its name and does no harm; a killed restore prevents
// the service from starting until it is repeated.
func TestBackupBreaksOff(t *testing.T) {
	testkit.NotInRace(t, "one process is waited for after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	tokens := p.signIn(t, number(1))

	t.Run("killed", func(t *testing.T) {
		// Killed at any time: a file with the final name is complete.
		for _, after := range []time.Duration{5, 20, 40, 60, 80, 100, 150} {
			name := "killed" + after.String()
			b := h.exec(t, "", "backup", name, "-f", "etc/user-api.yaml")
			time.Sleep(after * time.Millisecond)
			_ = b.cmd.Process.Kill()
			b.exit(t, exitTime)
			if _, err := os.Stat(h.path(name)); err == nil {
				to := newHome(t)
				to.configure(t)
				if code, out := to.run(t, "restore", h.path(name), "-f", "etc/user-api.yaml"); code != 0 {
					t.Errorf("killed after %v it left a file that cannot be restored: %s", after*time.Millisecond, out)
				}
			}
		}
		p.signIn(t, number(2)) // no request is blocked
	})

	t.Run("a restore", func(t *testing.T) {
		if code, out := h.run(t, "backup", "copy", "-f", "etc/user-api.yaml"); code != 0 {
			t.Fatal(out)
		}
		to := newHome(t)
		to.configure(t)
		// As a kill between two of its renames leaves it.
		if err := os.MkdirAll(to.path("data/restoring"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to.path("data/redis.journal"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := to.fail(t); !strings.Contains(out, "a restore was not completed") {
			t.Errorf("the service starts: %s", out)
		}
		to.configure(t)
		if code, out := to.run(t, "restore", h.path("copy"), "--force", "-f", "etc/user-api.yaml"); code != 0 {
			t.Fatal(out)
		}
		q := to.start(t)
		q.get(t, "/user/info", tokens.Access).Want(t, http.StatusOK, "")
		q.terminate(t)
	})
	p.terminate(t)
}
