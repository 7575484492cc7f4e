package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// MySQL quotes values in its messages: the text of a duplicate-key error holds
// the phone number. Errors go to logs and traces, so the values are taken out
// where errors enter, at the driver.
type (
	scrubbed struct{ driver.Connector }

	scrubConn struct{ mysqlConn }

	scrubStmt struct{ mysqlStmt }

	// mysqlConn is what the driver's connections can do and database/sql makes
	// use of.
	mysqlConn interface {
		driver.Conn
		driver.ConnBeginTx
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.NamedValueChecker
		driver.Pinger
		driver.QueryerContext
		driver.SessionResetter
		driver.Validator
	}

	// mysqlStmt is the same for prepared statements.
	mysqlStmt interface {
		driver.Stmt
		driver.NamedValueChecker
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

// Connect implements driver.Connector.
func (c scrubbed) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(mysqlConn)
	if !ok {
		return nil, errors.Join(errors.New("store: the MySQL driver has changed"), conn.Close())
	}
	return scrubConn{full}, nil
}

// ExecContext implements driver.ExecerContext.
func (c scrubConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.mysqlConn.ExecContext(ctx, query, args)
	return result, scrub(err)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c scrubConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.mysqlConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, scrub(err)
	}
	full, ok := stmt.(mysqlStmt)
	if !ok {
		return nil, errors.Join(errors.New("store: the MySQL driver has changed"), stmt.Close())
	}
	return scrubStmt{full}, nil
}

// QueryContext implements driver.QueryerContext.
func (c scrubConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.mysqlConn.QueryContext(ctx, query, args)
	return rows, scrub(err)
}

// ExecContext implements driver.StmtExecContext.
func (s scrubStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.mysqlStmt.ExecContext(ctx, args)
	return result, scrub(err)
}

// QueryContext implements driver.StmtQueryContext.
func (s scrubStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.mysqlStmt.QueryContext(ctx, args)
	return rows, scrub(err)
}

// scrub replaces what the server quotes in an error by …, from the first quote
// to the last, since a value may hold quotes itself. The name of a violated key
// stays.
func scrub(err error) error {
	var my *mysql.MySQLError
	if !errors.As(err, &my) {
		return err
	}
	text, tail := my.Message, ""
	if i := strings.LastIndex(text, "for key "); my.Number == 1062 && i >= 0 {
		text, tail = text[:i], text[i:]
	}
	if first, last := strings.Index(text, "'"), strings.LastIndex(text, "'"); first >= 0 {
		text = text[:first] + "…" + text[last+1:]
	}
	return &mysql.MySQLError{Number: my.Number, SQLState: my.SQLState, Message: text + tail}
}
