package testkit

import (
	"context"
	"testing"

	"user-api/internal/store"
	"user-api/model/migrations"
)

// EachDatabase runs the test on SQLite and on MariaDB or MySQL, with all migrations
// applied.
func EachDatabase(t *testing.T, test func(*testing.T, *store.DB)) {
	for name, source := range map[string]func(testing.TB) string{
		"sqlite": func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  MigratedMySQL,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, openMigrated(t, source(t)))
		})
	}
}

// SQLite returns a new, migrated SQLite database.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return openMigrated(t, "sqlite:"+t.TempDir()+"/user.db")
}

// openMigrated opens a database until the end of the test and applies all migrations.
func openMigrated(t testing.TB, source string) *store.DB {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	return db
}
