package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// counter opens a database with one counter row.
func counter(t *testing.T, source string) *store.DB {
	t.Helper()
	db := openDB(t, source)
	exec(t, db, "CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
	exec(t, db, "INSERT INTO counter VALUES (1, 0), (2, 0)")
	return db
}

func count(ctx context.Context, db *store.DB, id int) error {
	_, err := db.Conn.ExecCtx(ctx, "UPDATE counter SET n = n + 1 WHERE id = ?", id)
	return err
}

func read(ctx context.Context, db *store.DB) (n int, err error) {
	err = db.Conn.QueryRowCtx(ctx, &n, "SELECT SUM(n) FROM counter WHERE id > ?", 0)
	return n, err
}

func wantSum(t *testing.T, db *store.DB, want int) {
	t.Helper()
	if n, err := read(context.Background(), db); err != nil || n != want {
		t.Errorf("counted %d, %v, want %d", n, err, want)
	}
}

// Transactions that lock two rows in opposite orders deadlock constantly, and each succeeds
// exactly once.
func TestWhatADeadlockUndidIsRunAgain(t *testing.T) {
	db := counter(t, testkit.MySQL(t))
	const workers, rounds = 6, 10
	var wait sync.WaitGroup
	runs, mu := 0, sync.Mutex{}
	for worker := range workers {
		wait.Go(func() {
			for range rounds {
				err := db.Conn.TransactCtx(context.Background(), func(ctx context.Context, tx sqlx.Session) error {
					mu.Lock()
					runs++
					mu.Unlock()
					for i := range 2 {
						if _, err := tx.ExecCtx(ctx, "UPDATE counter SET n = n + 1 WHERE id = ?", 1+(worker+i)%2); err != nil {
							return fmt.Errorf("as the domain wraps it: %w", err)
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	wantSum(t, db, 2*workers*rounds)
	if runs == workers*rounds {
		t.Errorf("no transaction was run again: nothing was tried here")
	}
	t.Logf("%d transactions, %d runs", workers*rounds, runs)
}

// A statement or a transaction waits for a locked row and then succeeds as a whole, and the
// server is not considered down.
func TestALockThatIsHeldIsWaitedFor(t *testing.T) {
	db := counter(t, testkit.MySQL(t))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	holder, err := db.SQL.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.ExecContext(ctx, "UPDATE counter SET n = n WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 5 {
		wait.Go(func() {
			if err := count(ctx, db, 2); err != nil {
				t.Errorf("a statement: %v", err)
			}
		})
	}
	runs := 0
	wait.Go(func() {
		err := db.Conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
			if runs++; runs == 2 { // the first waited for its second row
				return holder.Commit()
			}
			for id := 1; id <= 2; id++ {
				if _, err := tx.ExecCtx(ctx, "UPDATE counter SET n = n + 1 WHERE id = ?", id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("a transaction: %v", err)
		}
	})
	wait.Wait()
	if runs != 2 {
		t.Errorf("the transaction was run %d times, want 2", runs)
	}
	wantSum(t, db, 5) // the first run of the transaction was rolled back
	late, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	holder, err = db.SQL.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Rollback()
	if _, err := holder.ExecContext(ctx, "UPDATE counter SET n = n WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	if err := count(late, db, 2); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with 200 ms: %v, want them to end", err)
	}
}

// Only the context limits the time, including that of waiting for a connection.
func TestATransactionWaitsForAConnectionNoLongerThanItsContext(t *testing.T) {
	eachDB(t, func(t *testing.T, source string, _ *store.DB) {
		db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source, Limits: store.DBLimits{MaxConns: 1}})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		inside := db.Conn.TransactCtx(context.Background(), func(context.Context, sqlx.Session) error {
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			for range 10 {
				err := db.Conn.TransactCtx(ctx, func(context.Context, sqlx.Session) error { return nil })
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a second one: %v, want it to wait to the end of its time", err)
				}
			}
			return nil
		})
		if inside != nil {
			t.Error(inside)
		}
		if err := db.Conn.TransactCtx(context.Background(), func(context.Context, sqlx.Session) error { return nil }); err != nil {
			t.Errorf("afterwards: %v: to wait in vain is no fault of the server", err)
		}
	})
}
