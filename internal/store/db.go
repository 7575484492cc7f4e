// Package store opens the database (MySQL or SQLite) and Redis (remote or embedded). It
// owns the connections, their timeouts and circuit breakers, and it runs the migrations.
// Other packages own the contents of tables and keys.
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

	"user-api/internal/embedded"
)

// The supported databases. The names are also those of the migration directories.
const (
	MySQL  Dialect = "mysql"
	SQLite Dialect = "sqlite"
)

const (
	sqlitePrefix = "sqlite:"
)

// DefaultDBLimits apply where DBOptions has no limits. The lifetime of connections is
// shorter than the idle timeouts of servers, proxies and firewalls. The read timeout is
// shorter than that of requests, so that a hanging server is distinguished from a late
// request.
var DefaultDBLimits = DBLimits{
	MaxConns: 32, ConnLifetime: 3 * time.Minute, DialTimeout: 2 * time.Second, ReadTimeout: 3 * time.Second,
}

type (
	// DB is an open database. Conn and SQL use the same connections, except that Conn reads
	// SQLite through separate ones. Conn adds go-zero's traces and scanning, the circuit
	// breakers for MySQL, and retries of rolled back statements.
	DB struct {
		Conn    sqlx.SqlConn
		SQL     *sql.DB
		Dialect Dialect

		config *mysql.Config    // MySQL
		file   *embedded.SQLite // SQLite
		path   string           // SQLite
	}

	// DBOptions selects the database to open.
	DBOptions struct {
		// DataSource is sqlite:PATH or a MySQL DSN, user:pass@tcp(host:3306)/name.
		DataSource string
		// Limits apply to MySQL; DefaultDBLimits replace zero values.
		Limits DBLimits
	}

	// DBLimits limits the connections to MySQL. Timeouts in the DSN take precedence.
	DBLimits struct {
		// MaxConns is the maximum number of connections.
		MaxConns int
		// ConnLifetime is how long a connection is used.
		ConnLifetime time.Duration
		// DialTimeout limits connecting, and ReadTimeout the wait for a response.
		DialTimeout, ReadTimeout time.Duration
	}

	// Dialect is a kind of database.
	Dialect string
)

// Clock returns an SQL expression for the time of the database in Unix milliseconds.
func (d Dialect) Clock() string {
	if d == SQLite {
		return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
	}
	return "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
}

// Adding returns the end of an INSERT that adds to a column of rows that exist already.
func (d Dialect) Adding(column string) string {
	if d == SQLite {
		return fmt.Sprintf("ON CONFLICT DO UPDATE SET `%[1]s` = `%[1]s` + excluded.`%[1]s`", column)
	}
	return fmt.Sprintf("ON DUPLICATE KEY UPDATE `%[1]s` = `%[1]s` + VALUES(`%[1]s`)", column)
}

// silenceSQL disables go-zero's statement log, including that of slow and failed
// statements: all contain the values.
var silenceSQL = sync.OnceFunc(sqlx.DisableLog)

// OpenDB opens the database. It creates a missing SQLite file; it does not contact a MySQL
// server, which may start later. Errors contain neither the data source nor a password.
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

// Close closes all connections.
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

// Place returns the location of the database for people: the path of the file, or the
// server and the database name.
func (db *DB) Place() string {
	if db.Dialect == SQLite {
		return db.path
	}
	return db.config.Addr + "/" + db.config.DBName
}

// Ping contacts the database, bypassing the breaker.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.readers().PingContext(ctx); err != nil {
		return fmt.Errorf("store: database: %w", err)
	}
	return nil
}

// Time returns the time of the database's clock.
func (db *DB) Time(ctx context.Context) (now time.Time, err error) {
	if db.Dialect == SQLite {
		return time.Time{}, errors.New("store: SQLite uses the clock of this process")
	}
	if err := db.SQL.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(6)").Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("store: database: time: %w", err)
	}
	return now, nil
}

// TryCommit makes SQLite write to the disk, which a rolled back transaction does not. It
// does nothing for MySQL, where a commit is replicated.
func (db *DB) TryCommit(ctx context.Context) error {
	if db.file == nil {
		return nil
	}
	// Nothing reads this number; it is written even though it is unchanged.
	if _, err := db.SQL.ExecContext(ctx, "PRAGMA user_version = 0"); err != nil {
		return fmt.Errorf("store: database: commit: %w", err)
	}
	return nil
}

// readers returns the connections for reads. Those of SQLite do not wait for the writer,
// which may be waiting for another process.
func (db *DB) readers() *sql.DB {
	if db.file != nil {
		return db.file.Reader
	}
	return db.SQL
}
