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
)

// DefaultDBLimits are those of DBOptions without any. A connection lives shorter than
// what servers, proxies and firewalls grant an idle one; reading ends before a
// request does, so that a server that hangs is told from a request that came late.
var DefaultDBLimits = DBLimits{
	MaxConns: 32, ConnLifetime: 3 * time.Minute, DialTimeout: 2 * time.Second, ReadTimeout: 3 * time.Second,
}

type (
	// DB is an open database. Conn and SQL use the same connections, but that Conn
	// reads SQLite over others than it writes; Conn has go-zero's traces and scanning
	// on top, the circuit breakers of MySQL, and runs again what MySQL took back.
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
		// Limits are those of MySQL; for what is zero DefaultDBLimits hold.
		Limits DBLimits
	}

	// DBLimits bound the connections to MySQL. The time limits of a DSN win.
	DBLimits struct {
		// MaxConns is how many there are at most.
		MaxConns int
		// ConnLifetime is how long one is used.
		ConnLifetime time.Duration
		// DialTimeout bounds connecting, and ReadTimeout the wait for an answer.
		DialTimeout, ReadTimeout time.Duration
	}

	// Dialect names a kind of database.
	Dialect string
)

// Clock is an SQL expression for the time of the database in Unix milliseconds.
func (d Dialect) Clock() string {
	if d == SQLite {
		return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
	}
	return "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
}

// Adding ends an INSERT of rows of which some may be there: it adds to a column of those.
func (d Dialect) Adding(column string) string {
	if d == SQLite {
		return fmt.Sprintf("ON CONFLICT DO UPDATE SET `%[1]s` = `%[1]s` + excluded.`%[1]s`", column)
	}
	return fmt.Sprintf("ON DUPLICATE KEY UPDATE `%[1]s` = `%[1]s` + VALUES(`%[1]s`)", column)
}

// silenceSQL turns off go-zero's log of statements, also that of slow and of
// failed ones: all three print the values.
var silenceSQL = sync.OnceFunc(sqlx.DisableLog)

// IsDuplicate reports whether err is a violated unique or primary key.
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
		return &DB{Conn: timedConn{newSQLiteConn(file)}, SQL: file.Writer, Dialect: SQLite, file: file, path: path}, nil
	}
	limits := o.Limits.orDefault()
	config, err := mysqlConfig(o.DataSource, limits)
	if err != nil {
		return nil, err
	}
	db, err := openMySQL(config, lockWaits(config.ReadTimeout)...)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(limits.MaxConns)
	db.SetMaxIdleConns(limits.MaxConns)
	db.SetConnMaxLifetime(limits.ConnLifetime)
	return &DB{Conn: timedConn{newGuardedConn(db)}, SQL: db, Dialect: MySQL, config: config}, nil
}

func (l DBLimits) orDefault() DBLimits {
	if l.MaxConns <= 0 {
		l.MaxConns = DefaultDBLimits.MaxConns
	}
	setDefault(&l.ConnLifetime, DefaultDBLimits.ConnLifetime)
	setDefault(&l.DialTimeout, DefaultDBLimits.DialTimeout)
	setDefault(&l.ReadTimeout, DefaultDBLimits.ReadTimeout)
	return l
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

// Place is where the database is, for people: the path of the file, or the server and
// the name of the database.
func (db *DB) Place() string {
	if db.Dialect == SQLite {
		return db.path
	}
	return db.config.Addr + "/" + db.config.DBName
}

// Ping asks the database itself, past the breaker.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.readers().PingContext(ctx); err != nil {
		return fmt.Errorf("store: database: %w", err)
	}
	return nil
}

// Time is that of the database's clock.
func (db *DB) Time(ctx context.Context) (now time.Time, err error) {
	if db.Dialect == SQLite {
		return time.Time{}, errors.New("store: SQLite has the clock of this process")
	}
	if err := db.SQL.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(6)").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("store: database: time: %w", err)
	}
	return now, nil
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
