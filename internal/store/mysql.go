package store

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/logx"
)

// errDSN is all that is said of a DSN that cannot be read: the parser's own words
// can hold pieces of a password with a special character in it.
var errDSN = errors.New("store: the data source is neither sqlite:PATH nor a MySQL DSN " +
	"(user:password@tcp(host:port)/name) with known parameters")

// mysqlLog is the driver's way to the log. It tells of broken connections, with
// no statement and no value.
type mysqlLog struct{}

// Print implements mysql.Logger.
func (mysqlLog) Print(v ...any) { logx.Error("mysql: " + fmt.Sprint(v...)) }

// mysqlConfig reads a DSN and sets what the service relies on. TLS stays as the
// DSN has it, and tls=true verifies the server; so do its time limits.
func mysqlConfig(dsn string, limits DBLimits) (*mysql.Config, error) {
	config, err := mysql.ParseDSN(dsn)
	// What stands for the network may be the end of a password with an @ in it,
	// and would come back in the error of the first connection.
	if err != nil || !slices.Contains([]string{"tcp", "tcp4", "tcp6", "unix"}, config.Net) {
		return nil, errDSN
	}
	if config.DBName == "" {
		return nil, errors.New("store: the MySQL DSN names no database")
	}
	collation := ""
	if strings.HasPrefix(config.Collation, "utf8mb4_") {
		collation = config.Collation
	}
	if err := config.Apply(mysql.Charset("utf8mb4", collation)); err != nil {
		return nil, errDSN
	}
	config.ParseTime = true
	config.Loc = time.UTC
	config.InterpolateParams = true // one round trip instead of two
	config.MultiStatements = false
	// An UPDATE counts the rows it found, as in SQLite, not those it changed.
	config.ClientFoundRows = true
	// The connector does what this is for, and shows the server's number.
	config.RejectReadOnly = false
	config.Logger = mysqlLog{}
	setDefault(&config.Timeout, limits.DialTimeout)
	setDefault(&config.ReadTimeout, limits.ReadTimeout)
	setDefault(&config.WriteTimeout, limits.ReadTimeout)
	return config, nil
}

func openMySQL(config *mysql.Config, settings ...string) (*sql.DB, error) {
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errDSN
	}
	return sql.OpenDB(&connector{Connector: inner, settings: settings}), nil
}

// lockWaits end a wait for a row, or for a table that is being altered, before the
// read timeout does: it is not the server that hangs.
func lockWaits(readTimeout time.Duration) []string {
	seconds := max(1, int(readTimeout.Seconds())/2)
	return []string{fmt.Sprintf("innodb_lock_wait_timeout = %d", seconds), fmt.Sprintf("lock_wait_timeout = %d", seconds)}
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}
