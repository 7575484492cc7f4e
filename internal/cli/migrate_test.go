package cli_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"user-api/internal/cli"
	"user-api/internal/testkit"
)

// The tables go up, down and up by command, and a migration that broke off is told
// and completed.
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
			want := func(fit bool, told string, args ...string) {
				t.Helper()
				var out bytes.Buffer
				err := cli.Migrate(context.Background(), append(args, "-f", file), &out)
				if fit && err != nil || !fit && !errors.Is(err, cli.ErrNotFit) || !strings.Contains(out.String(), told) {
					t.Errorf("migrate %v: %v, told %q, want %q", args, err, out.String(), told)
				}
			}
			want(true, "up to date", "up")
			want(true, "up to date", "status")
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
			want(false, "number 9 has broken off", "status")
			want(true, "migrations: 9 of ", "repair")
			want(true, "up to date", "up")
			want(true, "migrations: 0 of ", "down", "--to", "0")
		})
	}
}

func TestMigrateUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"sideways"}, {"down"}, {"up", "--to", "3"}, {"status", "extra"}, {"down", "--to", "-2"}} {
		var out bytes.Buffer
		err := cli.Migrate(context.Background(), args, &out)
		if err == nil || !strings.Contains(err.Error(), "usage") {
			t.Errorf("migrate %v: %v, want the usage", args, err)
		}
	}
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "conf.yaml")
	none := filepath.Join(t.TempDir(), "none.db")
	if err := os.WriteFile(file, []byte("Mode: test\nDataSource: sqlite:"+none), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cli.Migrate(context.Background(), []string{"status", "-f", file}, &out); err == nil {
		t.Error("a file that is not there: no error")
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("status has made the file")
	}
}
