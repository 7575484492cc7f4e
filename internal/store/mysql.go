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

// errDSN is the only error for an invalid DSN: the parser's error can contain parts of a
// password with special characters.
var errDSN = errors.New("store: the data source is neither sqlite:PATH nor a MySQL DSN " +
	"(user:password@tcp(host:port)/name) with known parameters")

// mysqlLog passes the driver's log to ours. It reports broken connections, without
// statements and values.
type mysqlLog struct{}

// Print implements mysql.Logger.
func (mysqlLog) Print(v ...any) { logx.Error("mysql: " + fmt.Sprint(v...)) }

// mysqlConfig parses a DSN and sets what the service relies on. It keeps the DSN's TLS
// setting (tls=true verifies the server) and timeouts.
func mysqlConfig(dsn string, limits DBLimits) (*mysql.Config, error) {
	config, err := mysql.ParseDSN(dsn)
	// The parsed network may be the end of a password that contains an @, and would appear
	// in the error of the first connection.
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
	// An UPDATE counts matched rows, as in SQLite, not changed ones.
	config.ClientFoundRows = true
	// The connector replaces this option and keeps the server's error number.
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

// lockWaits returns settings that end lock waits before the read timeout, because the
// server is not hanging.
func lockWaits(readTimeout time.Duration) []string {
	seconds := max(1, int(readTimeout.Seconds())/2)
	return []string{fmt.Sprintf("innodb_lock_wait_timeout = %d", seconds), fmt.Sprintf("lock_wait_timeout = %d", seconds)}
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}
