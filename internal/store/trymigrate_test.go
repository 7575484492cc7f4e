package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// TryMigrate succeeds before and after a migration if the user has all privileges, and
// leaves nothing behind; a foreign table is detected.
func TestTryMigrate(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		ctx := context.Background()
		for n := 1; n <= 2; n++ {
			for range 2 {
				if err := store.TryMigrate(ctx, db, migrations(n)); err != nil {
					t.Errorf("%d migrations: %v", n, err)
				}
			}
			if err := store.Migrate(ctx, db, migrations(n)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.SQL.Exec("CREATE TABLE t3 (x INTEGER)"); err != nil {
			t.Fatal(err)
		}
		tried, done := store.TryMigrate(ctx, db, migrations(3)), store.Migrate(ctx, db, migrations(3))
		if tried == nil || done == nil || !strings.Contains(tried.Error(), "000003_t.up.sql") || !strings.Contains(done.Error(), "000003_t.up.sql") {
			t.Errorf("a table in the way: %v; the start says %v", tried, done)
		}
	})
}

// A missing privilege is reported as by Migrate.
func TestTryMigrate_rights(t *testing.T) {
	ctx := context.Background()
	for _, grants := range []string{"SELECT", "SELECT, INSERT, UPDATE, DELETE", "SELECT, CREATE, INSERT, UPDATE, DELETE", "SELECT, CREATE, ALTER, INDEX"} {
		dsn := testkit.MySQLUser(t, testkit.MySQL(t), grants)
		db, err := store.OpenDB(ctx, store.DBOptions{DataSource: dsn})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if err := store.TryMigrate(ctx, db, migrations(1)); err == nil || !strings.Contains(err.Error(), "command denied") {
			t.Errorf("with %s: %v", grants, err)
		}
		conf, _ := mysql.ParseDSN(dsn)
		if strings.Contains(fmt.Sprint(err), conf.Passwd) {
			t.Error("the password is shown")
		}
	}
}
