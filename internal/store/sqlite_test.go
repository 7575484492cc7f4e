package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/store"
)

// Reads wait for no transaction; writes wait for each other, and are visible to all later
// reads.
func TestSQLite_oneWriter(t *testing.T) {
	db := openDB(t, "sqlite:"+t.TempDir()+"/user.db")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	exec(t, db, "create table counter (id integer primary key, n integer not null)")
	exec(t, db, "insert into counter values (1, 0)")
	read := func() (n int, err error) {
		err = db.Conn.QueryRowCtx(ctx, &n, "select n from counter where id = ?", 1)
		return n, err
	}
	err := db.Conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		if _, err := tx.ExecCtx(ctx, "update counter set n = 7 where id = ?", 1); err != nil {
			return err
		}
		var inside int
		if err := tx.QueryRowCtx(ctx, &inside, "select n from counter where id = ?", 1); err != nil || inside != 7 {
			t.Errorf("inside the transaction: %d, %v, want 7", inside, err)
		}
		if n, err := read(); err != nil || n != 0 {
			t.Errorf("beside the transaction: %d, %v, want 0", n, err)
		}
		if err := db.Ping(ctx); err != nil {
			t.Errorf("Ping beside the transaction: %v", err)
		}
		if pending, err := store.MigrationsPending(ctx, db, migrations(1)); err != nil || !pending {
			t.Errorf("MigrationsPending beside the transaction: %t, %v, want true: there are none", pending, err)
		}
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := db.Conn.ExecCtx(brief, "update counter set n = 8 where id = ?", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second writer: %v, want it to wait to the end of its time", err)
		}
		return nil
	})
	if n, readErr := read(); err != nil || readErr != nil || n != 7 {
		t.Errorf("after the transaction: %d, %v, %v, want 7", n, err, readErr)
	}

	var wait sync.WaitGroup
	for worker := range 32 {
		wait.Go(func() {
			id := worker + 2
			if _, err := db.Conn.ExecCtx(ctx, "insert into counter values (?, 0)", id); err != nil {
				t.Error(err)
				return
			}
			for i := range 50 {
				if _, err := db.Conn.ExecCtx(ctx, "update counter set n = n + 1 where id = ?", id); err != nil {
					t.Error(err)
					return
				}
				var n int
				if err := db.Conn.QueryRowCtx(ctx, &n, "select n from counter where id = ?", id); err != nil || n != i+1 {
					t.Errorf("after the write: %d, %v, want %d", n, err, i+1)
					return
				}
			}
		})
	}
	wait.Wait()
}
