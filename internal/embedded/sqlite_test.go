package embedded_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/embedded"
)

func TestOpenSQLiteSetsEachConnectionUp(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "new", "a b?c%20#d.db")
	db := must(embedded.OpenSQLite(ctx, path))(t)
	defer db.Close()
	first := must(db.Reader.Conn(ctx))(t) // in use, so that the next one is another connection
	defer first.Close()
	for pool, own := range map[*sql.DB][3]string{db.Writer: {"0", "1", "-32768"}, db.Reader: {"1", "0", "-2000"}} {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "busy_timeout": "5000",
			"query_only": own[0], "secure_delete": own[1], "cache_size": own[2],
		} {
			var got string
			if err := pool.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: got %s (%v), want %s", pragma, got, err, want)
			}
		}
	}
	for file, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
	} {
		if got := must(os.Stat(file))(t).Mode().Perm(); got != want {
			t.Errorf("mode of %s: got %o, want %o", file, got, want)
		}
	}
}

func TestOpenSQLiteSaysWhatIsWrong(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	for _, path := range []string{"", dir, "/dev/null/x.db"} {
		if db, err := embedded.OpenSQLite(ctx, path); err == nil {
			db.Close()
			t.Errorf("path %q: got no error", path)
		}
	}
}

// A transaction that reads and then writes must wait for another one like it, instead of
// failing because the other was faster.
func TestSQLiteWritersWaitTheirTurn(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "t.db")
	db := must(embedded.OpenSQLite(ctx, path))(t)
	defer db.Close()
	if _, err := db.Writer.Exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (0)"); err != nil {
		t.Fatal(err)
	}
	other := make(chan error, 1)
	err := countUp(ctx, db.Writer, func() {
		go func() { other <- countUp(ctx, db.Writer, func() {}) }()
		select {
		case err := <-other:
			other <- err
		case <-time.After(100 * time.Millisecond): // it waits, as it should
		}
	})
	if err := errors.Join(err, <-other); err != nil {
		t.Error(err)
	}

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := embedded.OpenSQLite(ctx, path)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			for range 25 {
				if err := countUp(ctx, db.Writer, func() {}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var got int
	if err := db.Reader.QueryRow("SELECT n FROM t").Scan(&got); err != nil || got != 202 {
		t.Errorf("n: got %d (%v), want 202", got, err)
	}
}

// countUp increments the number in a transaction with a pause in the middle.
func countUp(ctx context.Context, db *sql.DB, pause func()) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var n int
	if err := tx.QueryRow("SELECT n FROM t").Scan(&n); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	pause()
	if _, err := tx.Exec("UPDATE t SET n = ?", n+1); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// A reader waits for no writer, sees what was committed, and cannot write.
func TestSQLiteReadersGoOnBesideTheWriter(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	db := must(embedded.OpenSQLite(ctx, filepath.Join(t.TempDir(), "t.db")))(t)
	defer db.Close()
	must(db.Writer.ExecContext(ctx, "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)"))(t)
	reads := func(want int) {
		t.Helper()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				var n int
				if err := db.Reader.QueryRowContext(ctx, "SELECT n FROM t").Scan(&n); err != nil || n != want {
					t.Errorf("n: got %d (%v), want %d", n, err, want)
				}
			})
		}
		wg.Wait()
	}
	tx := must(db.Writer.BeginTx(ctx, nil))(t)
	must(tx.ExecContext(ctx, "UPDATE t SET n = 2"))(t)
	reads(1)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	reads(2)
	for _, write := range []string{"UPDATE t SET n = 3", "CREATE TABLE u (n INTEGER)", "DROP TABLE t"} {
		if _, err := db.Reader.ExecContext(ctx, write); err == nil {
			t.Errorf("a reader executed %q", write)
		}
	}
	reads(2)
}

func TestOpenSQLiteManyAtOnceOnAnEmptyFolder(t *testing.T) {
	ctx := context.Background()
	for range 10 {
		path := filepath.Join(t.TempDir(), "t.db")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				db, err := embedded.OpenSQLite(ctx, path)
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestSQLiteCloseLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	db := must(embedded.OpenSQLite(context.Background(), filepath.Join(t.TempDir(), "t.db")))(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("goroutines: got %d, want %d", runtime.NumGoroutine(), before)
}

func TestLockHasOneHolderAtATime(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "lock")
	var wg sync.WaitGroup
	var holders, times atomic.Int32
	for range 16 {
		wg.Go(func() {
			unlock, err := embedded.Lock(ctx, path)
			if err != nil {
				t.Error(err)
				return
			}
			if got := holders.Add(1); got != 1 {
				t.Errorf("holders: got %d, want 1", got)
			}
			times.Add(1)
			runtime.Gosched()
			holders.Add(-1)
			if err := unlock(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := times.Load(); got != 16 {
		t.Errorf("times held: got %d, want 16", got)
	}
}

func TestLockWaitsNoLongerThanItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock := must(embedded.Lock(context.Background(), path))(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, err := embedded.Lock(ctx, path)
	wantError(t, err, "in use by another process")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error: got %v, want the context's among it", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
