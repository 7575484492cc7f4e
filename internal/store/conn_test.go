package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/store"
	"user-api/internal/testkit"
)

// counter opens a database with one row to count in.
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

// Transactions that lock two rows in either order deadlock all the time, and all
// come through, each once.
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

// A row that somebody holds for a while is waited for, by a statement and by a
// transaction, which is then done as a whole; and the server is not held to be dead.
func TestALockThatIsHeldIsWaitedFor(t *testing.T) {
	db := counter(t, testkit.MySQL(t))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
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
			if runs++; runs == 2 { // the first has waited for its second
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
	wantSum(t, db, 5) // what the first run of the transaction had done is undone
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

// The one bound is the time of the context, also of waiting for a connection.
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

// limited is a database by way of a proxy, as a user whom read_only stops; the other
// DSN is the administrator's.
func limited(t *testing.T) (dsn, admin, addr string, p *proxy) {
	t.Helper()
	admin = testkit.MySQL(t)
	db := openDB(t, admin)
	config, err := mysql.ParseDSN(admin)
	if err != nil {
		t.Fatal(err)
	}
	config.User, config.Passwd = config.DBName, "secret of "+config.DBName
	exec(t, db, fmt.Sprintf("CREATE USER %s IDENTIFIED BY '%s'", config.User, config.Passwd))
	t.Cleanup(func() { exec(t, openDB(t, admin), "DROP USER "+config.User) })
	exec(t, db, fmt.Sprintf("GRANT ALL ON %s.* TO %s", config.DBName, config.User))
	dsn, addr, p = through(t, config.FormatDSN())
	return dsn, admin, addr, p
}

// A primary that takes no writes for a while is read all the time, refuses writes
// fast, and is written to as soon as it takes them.
func TestAReadOnlyPrimaryIsRead(t *testing.T) {
	dsn, admin, _, _ := limited(t)
	db, operator := counter(t, dsn), openDB(t, admin)
	ctx := context.Background()
	readOnly := func(on bool) { exec(t, operator, "SET GLOBAL read_only = ?", on) }
	readOnly(true)
	defer readOnly(false)
	begin, refusedFast := time.Now(), 0
	for range 200 {
		err := count(ctx, db, 1)
		var my *mysql.MySQLError
		switch {
		case errors.Is(err, store.ErrDatabaseReadOnly):
			refusedFast++
		case !errors.As(err, &my) || my.Number != 1290:
			t.Fatalf("a write: %v, want 1290", err)
		}
		err = db.Conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
			_, err := tx.ExecCtx(ctx, "UPDATE counter SET n = n + 1 WHERE id = 1")
			return err
		})
		if err == nil {
			t.Fatal("a transaction that writes: no error")
		}
	}
	if _, err := read(ctx, db); err != nil {
		t.Fatalf("a read after many refused writes: %v", err)
	}
	t.Logf("200 rounds in %v, %d writes not sent", time.Since(begin), refusedFast)
	if refusedFast < 150 {
		t.Errorf("%d of 200 writes were not sent, want nearly all", refusedFast)
	}
	readOnly(false)
	wantWritesWithin(t, db, time.Second)
}

// wantWritesWithin waits for a write to succeed, after which all do.
func wantWritesWithin(t *testing.T, db *store.DB, limit time.Duration) {
	t.Helper()
	begin := time.Now()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		err := count(ctx, db, 1)
		cancel()
		if err == nil {
			break
		}
		if time.Since(begin) > limit {
			t.Fatalf("no write within %v: %v", limit, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("written after %v", time.Since(begin))
	for range 200 {
		if err := count(context.Background(), db, 1); err != nil {
			t.Fatalf("after the first success: %v", err)
		}
	}
}

// After a failover a full pool of connections leads to a server that is alive and
// takes no writes, or says nothing more at all. None of them costs a request.
func TestTheAddressMovesToAnotherServer(t *testing.T) {
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent=%t", silent), func(t *testing.T) {
			dsn, admin, addr, p := limited(t)
			db := counter(t, dsn+"?readTimeout=1s")
			operator := openDB(t, admin)
			ctx := context.Background()
			var wait sync.WaitGroup
			for range 32 { // as many connections
				wait.Go(func() {
					if _, err := db.Conn.ExecCtx(ctx, "DO SLEEP(0.2)"); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if silent {
				p.hang("")
				wait := sync.WaitGroup{}
				for range 10 {
					wait.Go(func() {
						if err := count(ctx, db, 1); err == nil {
							t.Error("a write to a server that is silent: no error")
						}
					})
				}
				wait.Wait()
				begin := time.Now()
				if err := count(ctx, db, 1); !errors.Is(err, store.ErrDatabaseDown) && !errors.Is(err, store.ErrDatabaseReadOnly) || time.Since(begin) > 100*time.Millisecond {
					t.Errorf("after ten timeouts: %v after %v, want it at once", err, time.Since(begin))
				}
				p.move(addr)
			} else {
				exec(t, operator, "SET GLOBAL read_only = 1")
				t.Cleanup(func() { exec(t, openDB(t, admin), "SET GLOBAL read_only = 0") })
				if err := count(ctx, db, 1); err == nil {
					t.Error("a write to a server that only reads: no error")
				}
				exec(t, operator, "SET GLOBAL read_only = 0")
			}
			wantWritesWithin(t, db, 2*time.Second)
		})
	}
}

func TestADeadDatabaseIsNotAsked(t *testing.T) {
	dsn, addr, p := through(t, testkit.MySQL(t))
	db := counter(t, dsn)
	ctx := context.Background()
	p.hang("127.0.0.1:1")
	p.mu.Lock()
	for link := range p.links {
		link.Close()
	}
	p.mu.Unlock()
	begin, down := time.Now(), 0
	for range 300 {
		_, err := read(ctx, db)
		if errors.Is(err, store.ErrDatabaseDown) {
			down++
		} else if err == nil {
			t.Fatal("a dead database was read")
		}
	}
	if took := time.Since(begin); down < 290 || took > 2*time.Second {
		t.Errorf("of 300 reads %d were not sent, in %v; want nearly all, at once", down, took)
	}
	p.move(addr)
	wantWritesWithin(t, db, time.Second)
}
