package process

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
)

const (
	// importedPassword is the password of every user of crowd, hashed with bcrypt at cost
	// 4.
	importedPassword = "correct horse battery staple"
	importedHash     = "$2a$04$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG"
)

// crowd writes a file of n users and returns its path.
func (h *home) crowd(t *testing.T, n int) string {
	t.Helper()
	name := h.path("crowd.csv")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(file)
	fmt.Fprintln(out, "id,username,phone,phone_proven,email,email_proven,password_hash,created_at")
	for i := range n {
		fmt.Fprintf(out, "%08d,user%d,+91%d,true,user%d@example.com,true,%s,2021-02-03 04:05:06\n", i, i, 9000000000+i, i, importedHash)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func count(t *testing.T, db *sql.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// An import into a serving node is interrupted three times, by SIGINT and twice by kill -9,
// and repeated: no user is lost or imported twice, and a user who signs in gets a hash of
// ours. USER_API_TEST_IMPORT_USERS=100000 reproduces the run described in docs/import.md.
func TestImport_killed(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	users := 5000
	if text := os.Getenv("USER_API_TEST_IMPORT_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	eachStores(t, func(t *testing.T, h *home) {
		node := h.start(t)
		db := h.database(t)
		file := h.crowd(t, users)
		run := func() *process {
			return h.exec(t, "", "user", "import", "--from", "csv", "--json", filepath.Base(file))
		}
		for i, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL, syscall.SIGKILL} {
			p := run()
			await(t, 10*time.Minute, "a part of the users", func() bool {
				return count(t, db, "SELECT COUNT(*) FROM `user`") > (i+1)*users/5
			})
			_ = p.cmd.Process.Signal(sig) // on a fast machine it may be done
			p.exit(t, time.Minute)
		}
		before, begin := count(t, db, "SELECT COUNT(*) FROM `user`"), time.Now()
		p := run()
		if code := p.exit(t, 10*time.Minute); code != 0 {
			t.Fatalf("the last run: exit code %d; it printed:\n%s", code, p.out)
		}
		var told struct{ Imported, ImportedBefore, Refused int }
		text := p.out.String()
		if err := json.Unmarshal([]byte(text[strings.IndexByte(text, '{'):]), &told); err != nil {
			t.Fatal(err)
		}
		usage := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
		t.Logf("%d of %d had been imported, the last run took %v and %d MiB", before, users, time.Since(begin).Round(time.Millisecond), usage.Maxrss/1024)
		if told.ImportedBefore != before || told.Imported != users-before || told.Refused != 0 {
			t.Errorf("the last run reports %+v, but %d had been imported before", told, before)
		}
		for _, query := range []string{
			"SELECT COUNT(*) FROM `user`", "SELECT COUNT(*) FROM `credential`", "SELECT COUNT(DISTINCT `external_id`) FROM `origin`",
			"SELECT COUNT(DISTINCT `user_id`) FROM `event` WHERE `type` = 'imported'", "SELECT COUNT(*) FROM `event` WHERE `type` = 'imported'",
		} {
			if got := count(t, db, query); got != users {
				t.Errorf("%s is %d, want %d", query, got, users)
			}
		}
		node.post(t, "/user/login", map[string]string{"username": "user7", "password": importedPassword}).Want(t, http.StatusOK, "")
		node.post(t, "/user/login", map[string]string{"username": "user8", "password": importedPassword + "x"}).Want(t, http.StatusUnauthorized, "invalid_credentials")
		const ours = "SELECT COUNT(*) FROM `credential` WHERE `secret` LIKE '$argon2id$%'"
		if n, left := count(t, db, ours), count(t, db, "SELECT COUNT(*) FROM `origin` WHERE `hash` <> ''"); n != 1 || left != users-1 {
			t.Errorf("after a sign-in %d hashes are ours, and %d imported ones are left", n, left)
		}
		node.terminate(t)
	})
}
