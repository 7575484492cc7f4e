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

// The time limits of a connection where the DSN sets none. Reading and writing
// end before a request does, so that a server that hangs is told from a request
// that came late.
const (
	mysqlDialTimeout = 2 * time.Second
	mysqlIOTimeout   = 3 * time.Second
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
// DSN has it; tls=true verifies the server.
func mysqlConfig(dsn string) (*mysql.Config, error) {
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
	config.Logger = mysqlLog{}
	setDefault(&config.Timeout, mysqlDialTimeout)
	setDefault(&config.ReadTimeout, mysqlIOTimeout)
	setDefault(&config.WriteTimeout, mysqlIOTimeout)
	return config, nil
}

func openMySQL(config *mysql.Config) (*sql.DB, error) {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, errDSN
	}
	return sql.OpenDB(scrubbed{connector}), nil
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}
