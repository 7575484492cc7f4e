package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
)

var unknownVariable = []uint16{1193}

// clusterSettings make each read of a Galera node wait for what any node has
// committed before (1), and so each UPDATE and DELETE (2), whose conditions are reads,
// and each INSERT (4), whose parent may be new. A server that is no part of a cluster
// takes them without effect, and MySQL 8 does not know them.
var clusterSettings = []string{"wsrep_sync_wait = 7"}

var errDriver = errors.New("store: the MySQL driver has changed")

type (
	// connector makes the connections of a pool. It sees every error where it enters:
	// it takes values out of them, and it condemns the connections of a server that
	// no longer serves.
	connector struct {
		driver.Connector
		// settings are set on each connection, one statement for all, and those of a
		// cluster with them where the server knows these.
		settings []string
		unknown  atomic.Int32 // 1: those of the cluster; 2: all

		// age is that of the connections made now; older ones are not used again. It
		// rises when a connection turns out to be alive and useless, or dead: after a
		// failover all others lead to the same server, and each would cost a request.
		age atomic.Int64
	}

	pooledConn struct {
		mysqlConn
		of  *connector
		age int64
	}

	pooledStmt struct {
		mysqlStmt
		conn *pooledConn
	}

	pooledTx struct {
		driver.Tx
		conn *pooledConn
	}

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
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	age := c.age.Load()
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, scrub(err)
	}
	full, ok := conn.(mysqlConn)
	if !ok {
		return nil, errors.Join(errDriver, conn.Close())
	}
	if err := c.set(ctx, full); err != nil {
		return nil, errors.Join(scrub(err), conn.Close())
	}
	return &pooledConn{full, c, age}, nil
}

// set asks for the settings of the cluster as well until a server does not know one
// of them; then they are left out from the first try on, and so are the others.
func (c *connector) set(ctx context.Context, conn mysqlConn) error {
	tries := [][]string{slices.Concat(c.settings, clusterSettings), c.settings, nil}
	for known := c.unknown.Load(); ; known++ {
		if len(tries[known]) == 0 {
			return nil
		}
		_, err := conn.ExecContext(ctx, "SET "+strings.Join(tries[known], ", "), nil)
		if !among(err, unknownVariable) {
			return err
		}
		c.unknown.Store(known + 1)
	}
}

// seen judges what the server, or the lack of it, has said on the connection.
func (c *pooledConn) seen(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = scrub(err)
	useless := among(err, readOnly, notPart)
	if useless || among(err, leaving) || broken(err) && ctx.Err() == nil {
		c.of.age.CompareAndSwap(c.age, c.age+1)
		_ = c.Close() // no transaction goes on, and none is committed
	}
	if useless {
		return refused{err}
	}
	return err
}

// BeginTx implements driver.ConnBeginTx.
func (c *pooledConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.mysqlConn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.seen(ctx, err)
	}
	return pooledTx{tx, c}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *pooledConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.mysqlConn.ExecContext(ctx, query, args)
	return result, c.seen(ctx, err)
}

// IsValid implements driver.Validator.
func (c *pooledConn) IsValid() bool { return c.age >= c.of.age.Load() && c.mysqlConn.IsValid() }

// PrepareContext implements driver.ConnPrepareContext.
func (c *pooledConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.mysqlConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.seen(ctx, err)
	}
	full, ok := stmt.(mysqlStmt)
	if !ok {
		return nil, errors.Join(errDriver, stmt.Close())
	}
	return pooledStmt{full, c}, nil
}

// QueryContext implements driver.QueryerContext.
func (c *pooledConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.mysqlConn.QueryContext(ctx, query, args)
	return rows, c.seen(ctx, err)
}

// ResetSession implements driver.SessionResetter.
func (c *pooledConn) ResetSession(ctx context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return c.mysqlConn.ResetSession(ctx)
}

// ExecContext implements driver.StmtExecContext.
func (s pooledStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	result, err := s.mysqlStmt.ExecContext(ctx, args)
	return result, s.conn.seen(ctx, err)
}

// QueryContext implements driver.StmtQueryContext.
func (s pooledStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.mysqlStmt.QueryContext(ctx, args)
	return rows, s.conn.seen(ctx, err)
}

// Commit implements driver.Tx.
func (t pooledTx) Commit() error { return t.conn.seen(context.Background(), t.Tx.Commit()) }
