//go:build unix

package backup_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"user-api/internal/backup"
)

// helperEnv makes this test binary a helper process that can write files of at most 100,000
// bytes.
const helperEnv = "BACKUP_TEST_HELPER"

func TestMain(m *testing.M) {
	if what := os.Getenv(helperEnv); what != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: 100_000}); err != nil {
			panic(err)
		}
		fmt.Println(without(what, os.Args[1], os.Args[2]))
		return
	}
	os.Exit(m.Run())
}

func without(what, dir, file string) error {
	if what == "create" {
		return backup.Create(context.Background(), backup.Options{
			Source: backup.Source{Database: dir + "/accounts.db", Dir: dir, SecretsFile: "secrets.json"}, File: file, Now: time.Now,
		})
	}
	_, err := backup.Target{Database: dir + "/user.db", Dir: dir, Now: time.Now}.Unpack(context.Background(), file, "")
	return err
}

// On a full disk neither a backup nor a restore leaves anything behind, and writers of the
// database can continue.
func TestBackup_noRoom(t *testing.T) {
	n := newNode(t)
	for id := range int64(300) { // with incompressible data
		random := make([]byte, 800)
		_, _ = rand.Read(random)
		if _, err := n.db.SQL.Exec("INSERT INTO user (id, username, created, ban_reason) VALUES (?, ?, 1, ?)", id, fmt.Sprint(id), base64.StdEncoding.EncodeToString(random)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(what, dir, file string) {
		t.Helper()
		cmd := exec.Command(os.Args[0], dir, file)
		cmd.Env = append(os.Environ(), helperEnv+"="+what)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "file too large") {
			t.Errorf("%s: %v, %s; want \"file too large\"", what, err, out)
		}
	}
	dir := t.TempDir()
	run("create", n.dir, dir+"/copy")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("a copy left %v, %v", left, err)
	}
	if err := n.add(t.Context(), 1000); err != nil {
		t.Error(err)
	}
	if err := backup.Create(t.Context(), n.options(dir+"/copy")); err != nil {
		t.Fatal(err)
	}
	to := target(t)
	run("restore", to.Dir, dir+"/copy")
	wantUntouched(t, to)
}
