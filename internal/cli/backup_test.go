package cli_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"user-api/internal/address"
	"user-api/internal/cli"
	"user-api/internal/config"
	"user-api/internal/svc"
	"user-api/internal/testkit"
)

// configured returns the configuration of a service with a data directory or a DSN.
func configured(t *testing.T, source, pepper string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "conf.yaml")
	yaml := fmt.Sprintf("Mode: test\nDataSource: %q\nOtp: {Pepper: %s}\nAuth: {AccessSecret: %s, RefreshSecret: %s}\n",
		source, strings.Repeat(pepper, 36), strings.Repeat("a", 36), strings.Repeat("b", 36))
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// toldRestore is the JSON output of restore.
type toldRestore struct {
	Users, Sessions int
	Ended           int
	Aside           string
	OtherSecrets    []string
	Rows            map[string]int
}

// wantLiving checks the number of active sessions of the only user.
func wantLiving(t *testing.T, file string, want int) {
	t.Helper()
	inService(t, file, func(s *svc.ServiceContext) {
		address, _ := address.ParsePhone(phone, "")
		user, err := s.Accounts.ByAddress(context.Background(), address)
		if err != nil || user == nil {
			t.Fatalf("the user is not there: %v", err)
		}
		list, err := s.Sessions.List(context.Background(), user.Id)
		if err != nil || len(list) != want {
			t.Errorf("%d sessions live, %v, want %d", len(list), err, want)
		}
	})
}

// A backup is restored into another directory once, or again after the existing files are
// moved aside; it needs its passphrase, from any source, and restore reports what it
// reverts.
func TestBackupAndRestore(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := configured(t, "sqlite:"+t.TempDir()+"/user.db", "c")
	signInAs(t, file, "phone")
	dir := t.TempDir()
	copy, word := dir+"/copy", dir+"/word"
	if err := os.WriteFile(word, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told struct {
		File      string
		Bytes     int64
		Encrypted bool
		Schema    int
		Parts     []struct{ Name string }
	}
	done(t, &told, "backup", "-f", file, "--json", "--passphrase-file", word, copy)
	if told.File != copy || told.Bytes == 0 || !told.Encrypted || told.Schema == 0 || len(told.Parts) < 2 {
		t.Errorf("backup told %+v", told)
	}
	fails := func(want string, words ...string) {
		t.Helper()
		if code, out, errs := command(words...); code != cli.Failed || !strings.Contains(errs, want) || out != "" {
			t.Errorf("%q: exit code %d, %q and %q, want 1 and %q", words, code, out, errs, want)
		}
	}
	fails("file already exists", "backup", "-f", file, "--passphrase-file", word, copy)

	data := filepath.Join(t.TempDir(), "data")
	elsewhere := configured(t, "sqlite:"+data+"/accounts.db", "c")
	fails("no terminal to prompt", "restore", "-f", elsewhere, copy)
	t.Setenv(config.BackupPassphrase, "wrong")
	fails("passphrase is missing or wrong", "restore", "-f", elsewhere, copy)
	t.Setenv(config.BackupPassphrase, "correct horse")
	code, out, errs := command("restore", "-f", elsewhere, copy)
	if code != cli.Done || !strings.Contains(out, "1 users and 1 sessions") || !strings.Contains(out, "sessions end --all") {
		t.Fatalf("restore: exit code %d, %s, %s", code, out, errs)
	}
	wantLiving(t, elsewhere, 1)
	fails("has accounts.db, ", "restore", "-f", elsewhere, copy)
	var again toldRestore
	done(t, &again, "restore", "-f", elsewhere, "--json", "--force", "--end-sessions", copy)
	if again.Users != 1 || again.Sessions != 1 || again.Ended != 1 || len(again.OtherSecrets) != 0 {
		t.Errorf("restore told %+v", again)
	}
	if _, err := os.Stat(again.Aside + "/accounts.db"); err != nil {
		t.Errorf("what was there: %v", err)
	}
	wantLiving(t, elsewhere, 0)

	var other toldRestore
	done(t, &other, "restore", "-f", configured(t, "sqlite:"+t.TempDir()+"/user.db", "d"), "--json", copy)
	if strings.Join(other.OtherSecrets, " ") != "Otp.Pepper" {
		t.Errorf("other secrets: %q", other.OtherSecrets)
	}
}

// Tables of a newer release are rejected, and the service does not start on a data
// directory with an incomplete restore.
func TestRestore_refused(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	source := t.TempDir()
	file := configured(t, "sqlite:"+source+"/user.db", "c")
	signInAs(t, file, "phone")
	db, err := sql.Open("sqlite", source+"/user.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE schema_migrations SET version = 999"); err != nil {
		t.Fatal(err)
	}
	copy := t.TempDir() + "/copy"
	if code, _, errs := command("backup", "-f", file, copy); code != cli.Done {
		t.Fatal(errs)
	}
	data := t.TempDir()
	elsewhere := configured(t, "sqlite:"+data+"/user.db", "c")
	if code, _, errs := command("restore", "-f", elsewhere, copy); code != cli.Failed || !strings.Contains(errs, "newer release") {
		t.Errorf("exit code %d, %s, want that it is newer", code, errs)
	}
	if err := os.Mkdir(data+"/restoring", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"doctor"}, {"user", "show", "--id", "1"}} {
		code, out, errs := command(append(words, "-f", elsewhere)...)
		if code != cli.Failed || !strings.Contains(out+errs, "a restore was not completed") {
			t.Errorf("%q: exit code %d, %s%s", words, code, out, errs)
		}
	}
}

// The data of one node moves to MySQL: accounts and sessions are kept, and the output
// reports that the data of the embedded Redis is lost.
func TestRestore_toMySQL(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	file := configured(t, "sqlite:"+t.TempDir()+"/user.db", "c")
	signInAs(t, file, "phone")
	copy, dsn := t.TempDir()+"/copy", testkit.MySQL(t)
	if code, _, errs := command("backup", "-f", file, copy); code != cli.Done {
		t.Fatal(errs)
	}
	onMySQL := configured(t, dsn, "c")
	if code, _, errs := command("restore", "-f", onMySQL, copy); code != cli.Failed || !strings.Contains(errs, "migrate up") {
		t.Errorf("tables that are not there: exit code %d, %s", code, errs)
	}
	if code, _, errs := command("migrate", "up", "-f", onMySQL); code != cli.Done {
		t.Fatal(errs)
	}
	var told toldRestore
	done(t, &told, "restore", "-f", file, "--json", "--to", dsn, copy)
	if told.Rows["user"] != 1 || told.Rows["token"] != 1 || told.Rows["credential"] != 0 {
		t.Errorf("restore told %+v", told)
	}
	wantLiving(t, onMySQL, 1)
	code, out, errs := command("restore", "-f", onMySQL, copy)
	if code != cli.Failed || !strings.Contains(errs, "is not empty") {
		t.Errorf("once more: exit code %d, %s%s", code, out, errs)
	}
	if code, _, errs := command("backup", "-f", onMySQL, copy+"2"); code != cli.Failed || !strings.Contains(errs, "docs/backup.md") {
		t.Errorf("backup of MySQL: exit code %d, %s", code, errs)
	}
	for _, broken := range []string{"no DSN", "root@tcp(127.0.0.1:1)/x"} {
		if code, _, errs := command("restore", "-f", file, "--to", broken, copy); code != cli.Failed || errs == "" {
			t.Errorf("--to %s: exit code %d, %s", broken, code, errs)
		}
	}
}
