package process

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"user-api/internal/testkit"
)

// An unknown word does not start the server: it prints the usage and creates nothing.
func TestCommand_unknown(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	h := newHome(t)
	for _, words := range []string{"sevre", "migrate sideways", "--prot 1", "user erase --id 1"} {
		p := h.exec(t, "", strings.Fields(words)...)
		if code := p.exit(t, time.Minute); code != 2 || !strings.Contains(p.out.String(), "Usage:\n  user-api") {
			t.Errorf("%s: exit code %d; it printed:\n%s", words, code, p.out)
		}
	}
	if _, err := os.Stat(filepath.Join(h.dir, "data")); err == nil {
		t.Error("a data folder was created")
	}
}

// SIGTERM ends a command between two batches. It reports what it has done, and a second run
// does the rest.
func TestCommand_terminated(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	const users, each = 600, 10 // three batches, with a second between them
	h := newHome(t)
	if p := h.exec(t, "", "migrate", "up"); p.exit(t, time.Minute) != 0 {
		t.Fatalf("migrate up printed:\n%s", p.out)
	}
	db, err := sql.Open("sqlite", filepath.Join(h.dir, "data", "user.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[1]d) INSERT INTO user (id, username, created) SELECT i, 'user' || i, 1 FROM n",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %[2]d) INSERT INTO token (id, user_id, scope, hash, prev_hash, generation, " +
			"user_agent, ip, auth_time, created, rotated, expires, ends) SELECT u.id || '-' || n.i, u.id, 'session', u.id || '-' || n.i, '', 0, '', '', 1, 1, 1, " +
			"%[3]d, %[3]d FROM user u, n",
	} {
		if _, err := db.Exec(fmt.Sprintf(statement, users, each, time.Now().Add(time.Hour).UnixMilli())); err != nil {
			t.Fatal(err)
		}
	}
	ended := func() (n int) {
		if err := db.QueryRow("SELECT COUNT(*) FROM revocation").Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	p := h.exec(t, "", "sessions", "end", "--all")
	await(t, time.Minute, "the first batch", func() bool { return ended() > 0 })
	p.signal(t, syscall.SIGTERM)
	code, after := p.exit(t, exitTime), ended()
	if code != 1 || after == users*each || !strings.Contains(p.out.String(), fmt.Sprintf("interrupted: sessions: %d sessions of %d users have ended", after, after/each)) {
		t.Errorf("exit code %d after %d sessions; it printed:\n%s", code, after, p.out)
	}
	p = h.exec(t, "", "sessions", "end", "--all")
	if code, want := p.exit(t, time.Minute), fmt.Sprintf("sessions: %d sessions of %d users have ended\n", users*each-after, users); code != 0 || p.out.String() != want {
		t.Errorf("again: exit code %d; it printed:\n%s\nwant %s", code, p.out, want)
	}
	var living int
	if err := db.QueryRow("SELECT COUNT(*) FROM token WHERE revoked = 0").Scan(&living); err != nil || living != 0 || ended() != users*each {
		t.Errorf("%d sessions are active (%v), and %d of %d ends are recorded", living, err, ended(), users*each)
	}
}
