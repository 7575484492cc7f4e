package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

var errKilled = errors.New("killed")

// killedLease is how long the next process waits for the lease of a killed one.
const killedLease = 8 * time.Millisecond

// theMigrations are those of the service.
var theMigrations = os.DirFS("../../model/migrations")

// killed returns a context in which the process dies at the statement with the given
// number, before it is sent or before its response arrives: nothing is sent afterwards, not
// even the release of the lease.
func killed(at int, after bool) (ctx context.Context, died func() bool) {
	var mu sync.Mutex
	count, dead := 0, false
	hit := func(query string, done bool) error {
		mu.Lock()
		defer mu.Unlock()
		if dead {
			return errKilled
		}
		if strings.HasPrefix(query, "UPDATE `schema_lease` SET `until` = (") {
			return nil // the lease is renewed concurrently
		}
		if !done {
			count++
		}
		if count == at && done == after {
			dead = true
			return errKilled
		}
		return nil
	}
	return store.WithFault(store.WithLease(context.Background(), killedLease), hit), func() bool { return dead }
}

// If a process is killed at any statement of any migration, up or down, before or after its
// execution, the next process completes the migration.
func TestAKillAtEachStatementOfEachMigration(t *testing.T) {
	files := theMigrations
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		for _, after := range []bool{false, true} {
			kills := killEach(t, db, files, after, store.Migrate)
			wantFit(t, db, files, true)
			kills += killEach(t, db, files, after, func(ctx context.Context, db *store.DB, files fs.FS) error { return store.Down(ctx, db, files, 0) })
			wantFit(t, db, files, false)
			t.Logf("after=%t: %d kills", after, kills)
		}
	})
}

// killEach kills a run at its first statement, the next at its second, and so on, each
// continuing where the previous one died, until one survives. After one that made progress
// the number starts again, after the statements that every run starts with.
func killEach(t *testing.T, db *store.DB, files fs.FS, after bool, work func(context.Context, *store.DB, fs.FS) error) (kills int) {
	t.Helper()
	var before store.Schema
	at, begin := 1, 2
	if db.Dialect == store.MySQL {
		begin = 4
	}
	for {
		now, err := store.SchemaOf(context.Background(), db, files)
		if err != nil {
			t.Fatal(err)
		}
		if now != before && kills > 0 {
			at = begin
		}
		before = now
		ctx, died := killed(at, after)
		err = work(ctx, db, files)
		if !died() {
			if err != nil {
				t.Fatalf("after %d kills, at %+v: %v", kills, now, err)
			}
			return kills
		}
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatalf("after %d kills, at %+v: %v", kills, now, err)
		}
		kills++
		at++
	}
}

func wantFit(t *testing.T, db *store.DB, files fs.FS, want bool) {
	t.Helper()
	s, err := store.SchemaOf(context.Background(), db, files)
	if err != nil || s.Fit() != want || s.Dirty {
		t.Errorf("schema %+v, %v, want it fit: %t", s, err, want)
	}
}

// A migration that an earlier release left incomplete, in any state, is completed too.
func TestWhatGolangMigrateLeft(t *testing.T) {
	db := openDB(t, testkit.MySQL(t))
	versions, err := store.Versions(theMigrations)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)")
	for _, done := range []bool{false, true} { // all of the marked step
		for _, version := range versions {
			exec(t, db, "DELETE FROM schema_migrations")
			exec(t, db, "INSERT INTO schema_migrations VALUES (?, 1)", version)
			if err := store.Repair(context.Background(), db, theMigrations); err != nil {
				t.Errorf("marked at %d, done %t: %v", version, done, err)
			}
			now, err := store.SchemaOf(context.Background(), db, theMigrations)
			if err != nil || now.Version != version || now.Dirty {
				t.Errorf("marked at %d, done %t: %+v, %v", version, done, now, err)
			}
		}
	}
	wantFit(t, db, theMigrations, true)
}

// A table of another owner is not taken over because a mark says that ours may exist.
func TestRepairTakesNoForeignTable(t *testing.T) {
	db := openDB(t, testkit.MySQL(t))
	for _, query := range []string{
		"CREATE TABLE user (id INTEGER)", "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)",
		"INSERT INTO schema_migrations VALUES (1, 1)",
	} {
		exec(t, db, query)
	}
	if err := store.Migrate(context.Background(), db, theMigrations); err == nil {
		t.Error("the table of another was taken over")
	} else {
		t.Log(err)
	}
}

// A process that is suspended for longer than its lease finds it taken, stops writing, and
// accepts the result of the other.
func TestALostLeaseWritesNothing(t *testing.T) {
	db := openDB(t, testkit.MySQL(t))
	files := theMigrations
	held := 0
	hit := func(query string, done bool) error {
		if held == 0 && done && strings.HasPrefix(query, "CREATE TABLE `user`") {
			held++
			if _, err := db.SQL.Exec("UPDATE schema_lease SET holder = 'another', until = 0"); err != nil {
				t.Error(err)
			}
			if err := store.Migrate(store.WithLease(context.Background(), time.Second), db, files); err != nil {
				t.Errorf("the other: %v", err)
			}
		}
		return nil
	}
	// A run in which the loss is only noticed by the next mark.
	ctx := store.WithFault(store.WithLease(context.Background(), 20*time.Second), hit)
	if err := store.Migrate(ctx, db, files); err != nil {
		t.Errorf("the one who lost it: %v", err)
	}
	if held != 1 {
		t.Error("nothing was lost here")
	}
	wantFit(t, db, files, true)
}

func TestStatements(t *testing.T) {
	text := "-- a comment; with a semicolon\nCREATE TABLE `a;b` (\n  x TEXT COMMENT 'it''s; \"so\"' -- kept\n);\n\n  -- another\nSELECT 1;;\nSELECT 2"
	want := []string{"CREATE TABLE `a;b` (\n  x TEXT COMMENT 'it''s; \"so\"' -- kept\n)", "SELECT 1", "SELECT 2"}
	if got := store.Statements(text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
