// Package store opens what the service keeps its data in: the database, a MySQL
// server or a SQLite file, and Redis, remote or inside the process. It owns the
// connections, their time limits and their circuit breakers, and it runs the
// migrations. What is in the tables and under the keys is other packages' matter.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"user-api/internal/embedded"
)

// The databases there are. The names are also those of the migration folders.
const (
	MySQL  Dialect = "mysql"
	SQLite Dialect = "sqlite"
)

const (
	sqlitePrefix = "sqlite:"

	defaultConns = 32
	// Shorter than what servers, proxies and firewalls grant an idle connection.
	connLifetime = 3 * time.Minute
)

type (
	// DB is an open database. Conn and SQL use the same connections, but that Conn
	// reads SQLite over others than it writes; Conn has go-zero's circuit breaker,
	// traces and scanning on top.
	DB struct {
		Conn    sqlx.SqlConn
		SQL     *sql.DB
		Dialect Dialect

		config *mysql.Config    // MySQL
		file   *embedded.SQLite // SQLite
		path   string           // SQLite
	}

	// DBOptions says which database to open.
	DBOptions struct {
		// DataSource is sqlite:PATH or a MySQL DSN, user:pass@tcp(host:3306)/name.
		DataSource string
		// MaxConns bounds the connections to MySQL; 0 means 32.
		MaxConns int
	}

	// Dialect names a kind of database.
	Dialect string
)

// silenceSQL turns off go-zero's log of statements, also that of slow and of
// failed ones: all three print the values.
var silenceSQL = sync.OnceFunc(sqlx.DisableLog)

// IsDuplicate tells whether err is a violated unique or primary key.
func IsDuplicate(err error) bool {
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &my):
		return my.Number == 1062
	case errors.As(err, &lite):
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// OpenDB opens the database. A SQLite file is made if missing; a MySQL server is
// not asked yet, so it may come up later. Errors name neither the data source
// nor a password.
func OpenDB(ctx context.Context, o DBOptions) (*DB, error) {
	silenceSQL()
	if path, ok := strings.CutPrefix(o.DataSource, sqlitePrefix); ok {
		file, err := embedded.OpenSQLite(ctx, path)
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		return &DB{Conn: newSQLiteConn(file), SQL: file.Writer, Dialect: SQLite, file: file, path: path}, nil
	}
	config, err := mysqlConfig(o.DataSource)
	if err != nil {
		return nil, err
	}
	db, err := openMySQL(config)
	if err != nil {
		return nil, err
	}
	conns := o.MaxConns
	if conns <= 0 {
		conns = defaultConns
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxLifetime(connLifetime)
	return &DB{Conn: newConn(db), SQL: db, Dialect: MySQL, config: config}, nil
}

// Close ends all connections.
func (db *DB) Close() error {
	var pools io.Closer = db.SQL
	if db.file != nil {
		pools = db.file
	}
	if err := pools.Close(); err != nil {
		return fmt.Errorf("store: close database: %w", err)
	}
	return nil
}

// Ping asks the database itself, past the breaker.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.readers().PingContext(ctx); err != nil {
		return fmt.Errorf("store: database: %w", err)
	}
	return nil
}

// TryCommit has SQLite put something on the disk, where a transaction that is taken
// back puts nothing. MySQL is left alone: what is committed there goes to every
// replica.
func (db *DB) TryCommit(ctx context.Context) error {
	if db.file == nil {
		return nil
	}
	// Nobody reads this number; it is written although it is the same.
	if _, err := db.SQL.ExecContext(ctx, "PRAGMA user_version = 0"); err != nil {
		return fmt.Errorf("store: database: commit: %w", err)
	}
	return nil
}

// readers are the connections for what only reads. Those of SQLite do not wait
// behind the writer, who may be waiting for that of another process.
func (db *DB) readers() *sql.DB {
	if db.file != nil {
		return db.file.Reader
	}
	return db.SQL
}

// acceptable tells the breaker which errors do not speak against the database:
// those that a request caused. A context that ran out is among them, because a
// client can bring its request to the edge of its time; a database that hangs is
// noticed by the read timeout, which is shorter than a request may last.
func acceptable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var my *mysql.MySQLError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &my):
		switch string(my.SQLState[:2]) {
		case "22", "23", "40": // data, constraint, deadlock
			return true
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_INTERRUPT:
			return true
		}
	}
	return false
}

func newConn(db *sql.DB) sqlx.SqlConn {
	return sqlx.NewSqlConnFromDB(db, sqlx.WithAcceptable(acceptable))
}
