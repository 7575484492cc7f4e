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

// HasMySQL reports whether there is a server for MySQL.
func HasMySQL() bool { return os.Getenv("USER_API_TEST_MYSQL") != "" }

// MySQL makes an empty database on the server that USER_API_TEST_MYSQL names and
// returns its DSN. The database ends with the test.
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

// ReadOnlyTurn waits until no other test, of whatever package, makes the server
// read-only or is a user whom that stops. The turn ends with the test.
func ReadOnlyTurn(t testing.TB) {
	t.Helper()
	server, err := sql.Open("mysql", os.Getenv("USER_API_TEST_MYSQL"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() }) // which ends the connection, and with it the lock
	conn, err := server.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	const patience = 600 // seconds
	var got sql.NullInt64
	if err := conn.QueryRowContext(context.Background(), "SELECT GET_LOCK('user_api_read_only', ?)", patience).Scan(&got); err != nil || got.Int64 != 1 {
		t.Fatalf("the turn to make the server read-only: %v, %v", got, err)
	}
}

// SetReadOnly makes the server read-only, or lets it write again. It waits for the
// transactions of other tests, and the server holds up every other statement meanwhile:
// so it is asked for a second at a time, which is less than anybody's time limit. One
// test at a time makes it read-only; the users of MySQLUser write all the same.
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

// MySQLUser makes a user who may do no more in the database of a DSN than the grants
// say, and returns the DSN that is this user's. The user ends with the test.
func MySQLUser(t testing.TB, dsn, grants string) string {
	t.Helper()
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal("it is not a DSN")
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

// WriteAlways lets a user write while another test has the server read-only, as the
// users of most tests may.
func WriteAlways(t testing.TB, server *sql.DB, user string) {
	t.Helper()
	if _, err := server.Exec("GRANT READ ONLY ADMIN ON *.* TO '" + user + "'"); err == nil {
		return
	}
	// MySQL, and MariaDB before 10.11, know no right to that alone.
	if _, err := server.Exec("GRANT SUPER ON *.* TO '" + user + "'"); err != nil {
		t.Fatal(err)
	}
}
