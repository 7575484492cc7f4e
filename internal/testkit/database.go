package testkit

import (
	"context"
	"testing"

	"user-api/internal/store"
	"user-api/model/migrations"
)

// EachDatabase runs the test on SQLite and on MariaDB or MySQL, migrated.
func EachDatabase(t *testing.T, test func(*testing.T, *store.DB)) {
	for name, source := range map[string]func(testing.TB) string{
		"sqlite": func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/user.db" },
		"mysql":  MigratedMySQL,
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source(t)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
				t.Fatal(err)
			}
			test(t, db)
		})
	}
}

// SQLite is a migrated SQLite of the test's own.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: "sqlite:" + t.TempDir() + "/user.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(context.Background(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	return db
}
