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

// limited opens a database through a proxy, as a user that read_only restricts; the
// returned DSN is the administrator's.
func limited(t *testing.T) (dsn, admin, addr string, p *proxy) {
	t.Helper()
	admin = testkit.MySQL(t)
	testkit.ReadOnlyTurn(t)
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

// A primary that temporarily rejects writes can always be read, fails writes fast, and is
// written to as soon as it accepts them.
func TestAReadOnlyPrimaryIsRead(t *testing.T) {
	dsn, admin, _, _ := limited(t)
	db, operator := counter(t, dsn), openDB(t, admin)
	ctx := context.Background()
	readOnly := func(on bool) { testkit.SetReadOnly(t, operator.SQL, on) }
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
	if probes := 200 - refusedFast; probes > mayProbe(time.Since(begin)) {
		t.Errorf("%d of 200 writes were sent in %v, want hardly any", probes, time.Since(begin))
	}
	readOnly(false)
	wantWrites(t, db)
}

// mayProbe returns how many calls may reach a failing store in a time: some at the
// beginning, then a few per second. It uses the measured time, because that depends on the
// machine.
func mayProbe(took time.Duration) int { return 10 + int(3*took/time.Second) }

// wantWrites waits until a write succeeds, after which all do.
func wantWrites(t *testing.T, db *store.DB) {
	t.Helper()
	const limit = 10 * time.Second // one second on an idle machine
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

// After a failover the pool is full of connections to a server that is alive but rejects
// writes or no longer responds. None of them fails a request.
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
				if err := count(ctx, db, 1); !errors.Is(err, store.ErrDatabaseDown) && !errors.Is(err, store.ErrDatabaseReadOnly) {
					t.Errorf("after ten timeouts: %v, want that it was not sent", err)
				}
				p.move(addr)
			} else {
				testkit.SetReadOnly(t, operator.SQL, true)
				t.Cleanup(func() { testkit.SetReadOnly(t, openDB(t, admin).SQL, false) })
				if err := count(ctx, db, 1); err == nil {
					t.Error("a write to a server that only reads: no error")
				}
				testkit.SetReadOnly(t, operator.SQL, false)
			}
			wantWrites(t, db)
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
	if took := time.Since(begin); 300-down > mayProbe(took) {
		t.Errorf("of 300 reads %d were not sent, in %v; want nearly all", down, took)
	}
	p.move(addr)
	wantWrites(t, db)
}
