package store_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"user-api/internal/store"
)

// migrations returns n migrations, each of which creates a table, which works once, and
// takes a moment.
func migrations(n int) fs.FS {
	files := fstest.MapFS{}
	for _, dialect := range []string{"mysql", "sqlite"} {
		for i := 1; i <= n; i++ {
			up := fmt.Sprintf("CREATE TABLE t%d (n INTEGER);\nINSERT INTO t%d SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t%d);", i, i, i)
			name := fmt.Sprintf("%s/%06d_t", dialect, i)
			files[name+".up.sql"] = &fstest.MapFile{Data: []byte(up)}
			files[name+".down.sql"] = &fstest.MapFile{Data: fmt.Appendf(nil, "DROP TABLE t%d;", i)}
		}
	}
	return files
}

const processes = 4

func migrateHelper(source string) {
	ctx := context.Background()
	db, err := store.OpenDB(ctx, store.DBOptions{DataSource: source})
	if err == nil {
		err = store.Migrate(ctx, db, migrations(5))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func wantPending(t *testing.T, db *store.DB, fsys fs.FS, want bool) {
	t.Helper()
	got, err := store.MigrationsPending(context.Background(), db, fsys)
	if err != nil || got != want {
		t.Errorf("pending: got %v (%v), want %v", got, err, want)
	}
}

func TestMigrateUpAndDown(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		ctx := context.Background()
		wantPending(t, db, migrations(2), true)
		for _, n := range []int{2, 2, 3} {
			if err := store.Migrate(ctx, db, migrations(n)); err != nil {
				t.Fatal(err)
			}
			wantPending(t, db, migrations(n), false)
			wantPending(t, db, migrations(n+1), true)
		}
		// An older release running next to a newer one neither fails nor reverts.
		if err := store.Migrate(ctx, db, migrations(2)); err != nil {
			t.Errorf("a database that is ahead: got %v, want no error", err)
		}
		wantPending(t, db, migrations(2), false)
		wantPending(t, db, migrations(3), false)

		if err := store.Down(ctx, db, migrations(3), 0); err != nil {
			t.Fatal(err)
		}
		wantPending(t, db, migrations(3), true)
		if _, err := db.SQL.Exec("SELECT * FROM t1"); err == nil {
			t.Error("t1 is still there")
		}
		if err := db.Ping(ctx); err != nil {
			t.Errorf("the database after migrating: %v", err)
		}
	})
}

func TestMigrateByManyAtOnceOnAnEmptyDatabase(t *testing.T) {
	eachDB(t, func(t *testing.T, source string, db *store.DB) {
		var wg sync.WaitGroup
		for range processes {
			wg.Go(func() {
				cmd := osexec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), migrateEnv+"="+source)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("process: %v\n%s", err, out)
				}
			})
			wg.Go(func() {
				other, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source})
				if err != nil {
					t.Error(err)
					return
				}
				defer other.Close()
				if err := store.Migrate(context.Background(), other, migrations(5)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantPending(t, db, migrations(5), false)
		for i := 1; i <= 5; i++ {
			var rows int
			if err := db.SQL.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM t%d", i)).Scan(&rows); err != nil || rows != 1 {
				t.Errorf("migration %d ran %d times (%v), want once", i, rows, err)
			}
		}
	})
}

// A migration whose first statement is rejected has done nothing, and is rerun when it is
// fixed. One that fails later is partly done, and is continued.
func TestMigrateThatFails(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		ctx := context.Background()
		for i, text := range []string{"CREATE NONSENSE", "CREATE TABLE t3 (n INTEGER); CREATE NONSENSE; CREATE TABLE t3b (n INTEGER)"} {
			n := i + 2
			bad := migrations(n).(fstest.MapFS)
			for _, dialect := range []string{"mysql", "sqlite"} {
				bad[fmt.Sprintf("%s/%06d_t.up.sql", dialect, n)].Data = []byte(text)
			}
			for range 2 {
				err := store.Migrate(ctx, db, bad)
				wantError(t, err, fmt.Sprintf("%06d_t.up.sql, statement %d: ", n, n-1))
			}
			wantPending(t, db, bad, true)
			wantPending(t, db, migrations(n), true)
			if err := store.Migrate(ctx, db, migrations(n)); err != nil {
				t.Errorf("mended: %v", err)
			}
			wantPending(t, db, migrations(n), false)
		}
	})
}

// Objects that exist before the first attempt belong to someone else: no attempt takes them
// over.
func TestMigrateTakesNoForeignTable(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		exec(t, db, "CREATE TABLE t2 (other INTEGER)")
		for range 3 {
			wantError(t, store.Migrate(context.Background(), db, migrations(3)), "000002_t.up.sql, statement 1: ")
		}
		wantPending(t, db, migrations(1), false)
		exec(t, db, "DROP TABLE t2")
		if err := store.Migrate(context.Background(), db, migrations(3)); err != nil {
			t.Error(err)
		}
	})
}

// A node of the previous release continues while the newer one changes the tables, and
// after it was interrupted.
func TestAnOlderReleaseGoesOnBesideAMigration(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		if err := store.Migrate(context.Background(), db, migrations(3)); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "UPDATE schema_migrations SET dirty = 1")
		wantPending(t, db, migrations(2), false)
		if err := store.Migrate(context.Background(), db, migrations(2)); err != nil {
			t.Errorf("its start: %v", err)
		}
		wantPending(t, db, migrations(3), true)
		if err := store.Repair(context.Background(), db, migrations(4)); err != nil {
			t.Error(err)
		}
		wantPending(t, db, migrations(3), false)
		wantPending(t, db, migrations(4), true)
	})
}

func TestMigrateEndsWithItsContext(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := store.Migrate(ctx, db, migrations(2)); err == nil {
			t.Error("got no error")
		}
		wantPending(t, db, migrations(1), true)
	})
}

func TestMigrateNeedsMigrations(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		for _, files := range []fs.FS{fstest.MapFS{}, fstest.MapFS{
			"mysql/x.txt": &fstest.MapFile{}, "sqlite/x.txt": &fstest.MapFile{},
		}} {
			if err := store.Migrate(context.Background(), db, files); err == nil {
				t.Error("Migrate without files: got no error")
			}
			if pending, err := store.MigrationsPending(context.Background(), db, files); err == nil || !pending {
				t.Errorf("MigrationsPending without files: got %v, %v, want true and an error", pending, err)
			}
		}
	})
}

func TestMigrationsPendingOnADeadDatabaseIsAnError(t *testing.T) {
	db := openDB(t, "root@tcp(127.0.0.1:1)/db?timeout=1s")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if pending, err := store.MigrationsPending(ctx, db, migrations(1)); err == nil || !pending {
		t.Errorf("got %v, %v, want true and an error", pending, err)
	}
}
