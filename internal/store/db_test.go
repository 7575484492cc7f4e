package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/store"
)

func TestOpenDBTellsNoSecrets(t *testing.T) {
	const password = "hunter2-s3cret"
	for _, source := range []string{
		"", "root:" + password, "root:" + password + "@tcp(127.0.0.1:1)/", "root:" + password + "@tcp(h)/d?parseTime=maybe",
		"root:" + password + "/@tcp(127.0.0.1:1)/db", "mysql://root:" + password + "@127.0.0.1:1/db?x=%zz",
		"root:x@" + password + "(h)/db", "root:" + password + "@tcp(h)/db?tls=" + password, "sqlite:",
	} {
		db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source})
		if err == nil { // reported when it connects
			err = db.Ping(context.Background())
			db.Close()
		}
		if err == nil {
			t.Fatalf("%q: got no error", source)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	log := logged(t)
	db := openDB(t, "root:"+password+"@tcp(127.0.0.1:1)/db")
	err := db.Ping(context.Background())
	wantError(t, err, "127.0.0.1:1")
	if text := err.Error() + log(); strings.Contains(text, password) {
		t.Errorf("the password is in %s", text)
	}
}

func TestOpenDBDoesNotWaitForMySQL(t *testing.T) {
	db := openDB(t, "root@tcp(127.0.0.1:1)/db")
	if db.Dialect != store.MySQL {
		t.Errorf("dialect: got %s, want %s", db.Dialect, store.MySQL)
	}
}

// A server that accepts connections and sends nothing must not block callers.
func TestAHungMySQLEndsByTheTimeLimit(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	db := openDB(t, fmt.Sprintf("root@tcp(%s)/db?timeout=100ms&readTimeout=100ms", listener.Addr()))
	begin := time.Now()
	if err := db.Ping(context.Background()); err == nil {
		t.Error("ping: got no error")
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("ping took %v, want about 0.1 s a try", took)
	}
}

func TestDuplicatesAreToldAndDoNotTripTheBreaker(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		ctx, log := context.Background(), logged(t)
		sqlx.SetSlowThreshold(0) // otherwise nothing here would be slow
		defer sqlx.SetSlowThreshold(500 * time.Millisecond)
		exec(t, db, "CREATE TABLE person (phone VARCHAR(40) NOT NULL, n INTEGER, CONSTRAINT only_one UNIQUE (phone))")
		const phone = "+447700900'123'x"
		insert := func() error {
			_, err := db.Conn.ExecCtx(ctx, "INSERT INTO person (phone) VALUES (?)", phone)
			return err
		}
		if err := insert(); err != nil {
			t.Fatal(err)
		}
		prepared, err := db.Conn.PrepareCtx(ctx, "INSERT INTO person (phone) VALUES (?)")
		if err != nil {
			t.Fatal(err)
		}
		defer prepared.Close()
		for range 100 {
			_, byStmt := prepared.ExecCtx(ctx, phone)
			for _, err := range []error{insert(), byStmt} {
				if !store.IsDuplicate(err) {
					t.Fatalf("second insert: got %v, want a duplicate", err)
				}
				if strings.Contains(err.Error(), "7700") || strings.Contains(err.Error(), "123") {
					t.Fatalf("the value is in the error: %v", err)
				}
			}
		}
		null := func() error {
			_, err := db.Conn.ExecCtx(ctx, "INSERT INTO person (phone) VALUES (NULL)")
			return err
		}
		if err := null(); err == nil || store.IsDuplicate(err) || errors.Is(err, store.ErrDatabaseDown) {
			t.Errorf("NULL: got %v, want an error that is no duplicate", err)
		}
		if text := log(); strings.Contains(text, "7700") {
			t.Errorf("the value is in the log: %s", text)
		}
	})
}

func TestRequestsOutOfTimeDoNotTripTheBreaker(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		slow := "SELECT SLEEP(3)"
		if db.Dialect == store.SQLite { // with a deadline: the driver can miss the context's
			slow = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c LIMIT 1000000) SELECT MAX(n) FROM c"
		}
		var n int64
		for range 30 {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			if err := db.Conn.QueryRowCtx(ctx, &n, slow); err == nil {
				t.Fatal("the slow query: got no error")
			}
			cancel()
		}
		for range 30 {
			if err := db.Conn.QueryRowCtx(context.Background(), &n, "SELECT 1"); err != nil {
				t.Fatalf("after: got %v, want no error", err)
			}
		}
	})
}

func TestDialectsAgree(t *testing.T) {
	eachDB(t, func(t *testing.T, _ string, db *store.DB) {
		exec(t, db, "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(40), at DATETIME)")
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		exec(t, db, "INSERT INTO person VALUES (1, ?, ?)", "Zoë 🙂 'quoted\\'", at)

		// A conditional UPDATE that changes nothing still counts its row.
		result, err := db.SQL.Exec("UPDATE person SET id = 1 WHERE id = 1")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := result.RowsAffected(); got != 1 {
			t.Errorf("rows found by an update without a change: got %d, want 1", got)
		}
		var row struct {
			Name string    `db:"name"`
			At   time.Time `db:"at"`
		}
		if err := db.Conn.QueryRowCtx(context.Background(), &row, "SELECT name, at FROM person"); err != nil {
			t.Fatal(err)
		}
		if row.Name != "Zoë 🙂 'quoted\\'" || !row.At.Equal(at) || row.At.Location().String() != "UTC" {
			t.Errorf("row: got %q at %v, want what was written, in UTC", row.Name, row.At)
		}
		if _, err := db.SQL.Exec("SELECT 1; DROP TABLE person"); err == nil && db.Dialect == store.MySQL {
			t.Error("two statements in one: got no error")
		}
	})
}

func TestDBCloseLeavesNothingRunning(t *testing.T) {
	eachDB(t, func(t *testing.T, source string, _ *store.DB) {
		before := runtime.NumGoroutine()
		db, err := store.OpenDB(context.Background(), store.DBOptions{DataSource: source})
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				var n int
				if err := db.Conn.QueryRowCtx(context.Background(), &n, "SELECT 1 WHERE 1 = ?", 1); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if err := errors.Join(db.Ping(context.Background()), db.Close()); err != nil {
			t.Fatal(err)
		}
		wantGoroutines(t, before)
		if err := db.Ping(context.Background()); err == nil {
			t.Error("ping after close: got no error")
		}
	})
}
