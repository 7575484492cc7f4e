package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// HasMySQL reports whether a MySQL server is available.
func HasMySQL() bool { return os.Getenv("USER_API_TEST_MYSQL") != "" }

// MySQL creates an empty database on the server in USER_API_TEST_MYSQL and returns its DSN.
// The database is dropped after the test.
func MySQL(t testing.TB) (dsn string) {
	t.Helper()
	base := os.Getenv("USER_API_TEST_MYSQL")
	if base == "" {
		Missing(t, "MariaDB or MySQL (USER_API_TEST_MYSQL)")
	}
	conf, err := mysql.ParseDSN(base)
	if err != nil {
		t.Fatal("USER_API_TEST_MYSQL is not a DSN")
	}
	server, err := sql.Open("mysql", base)
	if err != nil {
		t.Fatal(err)
	}
	var raw [6]byte
	rand.Read(raw[:])
	conf.DBName = "ua_" + hex.EncodeToString(raw[:])
	if _, err := server.Exec("CREATE DATABASE " + conf.DBName + " CHARACTER SET utf8mb4"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Exec("DROP DATABASE " + conf.DBName)
		server.Close()
	})
	return conf.FormatDSN()
}

// ReadOnlyTurn waits until no other test of any package makes the server read-only or runs
// as a user affected by it. The lock is released after the test.
func ReadOnlyTurn(t testing.TB) {
	t.Helper()
	server, err := sql.Open("mysql", os.Getenv("USER_API_TEST_MYSQL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() }) // closes the connection, which releases the lock
	conn, err := server.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	const timeout = 600 // seconds
	var got sql.NullInt64
	if err := conn.QueryRowContext(context.Background(), "SELECT GET_LOCK('user_api_read_only', ?)", timeout).Scan(&got); err != nil || got.Int64 != 1 {
		t.Fatalf("lock for making the server read-only: %v, %v", got, err)
	}
}

// SetReadOnly makes the server read-only or writable. The statement waits for transactions
// of other tests, and blocks all other statements meanwhile, so it is tried for one second
// at a time, which is below all timeouts. Only one test at a time may make the server
// read-only; the users of MySQLUser can write anyway.
func SetReadOnly(t testing.TB, db *sql.DB, on bool) {
	t.Helper()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err = conn.ExecContext(ctx, "SET SESSION lock_wait_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	const lockWaitTimeout = 1205
	for begin := time.Now(); time.Since(begin) < time.Minute; time.Sleep(200 * time.Millisecond) {
		_, err = conn.ExecContext(ctx, "SET GLOBAL read_only = ?", on)
		var refused *mysql.MySQLError
		if !errors.As(err, &refused) || refused.Number != lockWaitTimeout {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// MySQLUser creates a user with the given grants on the database of a DSN, and returns the
// user's DSN. The user is dropped after the test.
func MySQLUser(t testing.TB, dsn, grants string) string {
	t.Helper()
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal("invalid DSN")
	}
	server, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	var raw [12]byte
	rand.Read(raw[:])
	conf.User, conf.Passwd = "ua_"+hex.EncodeToString(raw[:6]), hex.EncodeToString(raw[:])
	for _, statement := range []string{
		"CREATE USER '" + conf.User + "' IDENTIFIED BY '" + conf.Passwd + "'",
		"GRANT " + grants + " ON " + conf.DBName + ".* TO '" + conf.User + "'",
	} {
		if _, err := server.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	WriteAlways(t, server, conf.User)
	t.Cleanup(func() {
		server.Exec("DROP USER IF EXISTS '" + conf.User + "'")
		server.Close()
	})
	return conf.FormatDSN()
}

// WriteAlways lets a user write while another test has made the server read-only.
func WriteAlways(t testing.TB, server *sql.DB, user string) {
	t.Helper()
	if _, err := server.Exec("GRANT READ ONLY ADMIN ON *.* TO '" + user + "'"); err == nil {
		return
	}
	// MySQL, and MariaDB before 10.11, have no separate privilege for this.
	if _, err := server.Exec("GRANT SUPER ON *.* TO '" + user + "'"); err != nil {
		t.Fatal(err)
	}
}
