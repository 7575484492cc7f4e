package cli_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"user-api/internal/cli"
	"user-api/internal/testkit"
)

// The schema can be migrated up, down and up, and an interrupted migration is reported and
// completed.
func TestMigrate(t *testing.T) {
	for name, source := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  func(t *testing.T) string { return testkit.MySQL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dsn := source(t)
			file := filepath.Join(t.TempDir(), "conf.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, "Mode: test\nDataSource: %q\n", dsn), 0o600); err != nil {
				t.Fatal(err)
			}
			want := func(fit bool, text string, args ...string) {
				t.Helper()
				code, out, errs := command(append([]string{"migrate", "-f", file}, args...)...)
				if fit != (code == cli.Done) || !fit && !strings.Contains(errs, "does not fit this release") || !strings.Contains(out, text) {
					t.Errorf("migrate %v: exit code %d, %s, printed %q, want %q", args, code, errs, out, text)
				}
			}
			want(true, "up to date", "up")
			want(true, "up to date", "status")
			want(true, `"fit": true`, "status", "--json")
			want(true, "migrations: 8 of ", "down", "--to", "8")
			want(false, "the rest is pending", "status")

			driver, address := "mysql", dsn
			if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
				driver, address = "sqlite", path
			}
			db, err := sql.Open(driver, address)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("UPDATE schema_migrations SET version = 9, dirty = 1"); err != nil {
				t.Fatal(err)
			}
			want(false, "number 9 was interrupted", "status")
			want(true, "migrations: 9 of ", "repair")
			want(true, "up to date", "up")
			want(true, "migrations: 0 of ", "down", "--to", "0")
		})
	}
}

// Commands that only read create no file.
func TestMigrate_none(t *testing.T) {
	file := filepath.Join(t.TempDir(), "conf.yaml")
	none := filepath.Join(t.TempDir(), "none.db")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+none), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := command("migrate", "status", "-f", file); code != cli.Failed {
		t.Errorf("a file that is not there: exit code %d", code)
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("status has made the file")
	}
}
