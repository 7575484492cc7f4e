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

// clusterSettings make reads (1), UPDATE and DELETE (2), whose conditions are reads, and
// INSERT (4), whose parent row may be new, on a Galera node wait for all earlier commits in
// the cluster. MariaDB outside a cluster ignores them, and MySQL 8 does not know them.
var clusterSettings = []string{"wsrep_sync_wait = 7"}

var errDriver = errors.New("store: the MySQL driver has changed")

type (
	// connector creates the connections of a pool. It intercepts every error: it removes
	// values from it, and invalidates the connections of a server that no longer works.
	connector struct {
		driver.Connector
		// settings are applied to each connection with one statement, together with those
		// for clusters if the server knows them.
		settings []string
		unknown  atomic.Int32 // 1: cluster settings; 2: all

		// generation is that of new connections; older ones are not reused. It increases
		// when a connection turns out to be dead, or alive but useless: after a failover
		// all others lead to the same server, and each would cost a request.
		generation atomic.Int64
	}

	pooledConn struct {
		mysqlConn
		pool       *connector
		generation int64
	}

	pooledStmt struct {
		mysqlStmt
		conn *pooledConn
	}

	pooledTx struct {
		driver.Tx
		conn *pooledConn
	}

	// mysqlConn lists the capabilities of the driver's connections that database/sql uses.
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
	generation := c.generation.Load()
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
	return &pooledConn{full, c, generation}, nil
}

// set applies the settings, including those for clusters until a server does not know one.
// From then on the unknown ones are omitted.
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

// check inspects an error on the connection and invalidates connections if necessary.
func (c *pooledConn) check(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	err = scrub(err)
	useless := among(err, readOnly, notPart)
	if useless || among(err, leaving) || broken(err) && ctx.Err() == nil {
		c.pool.generation.CompareAndSwap(c.generation, c.generation+1)
		_ = c.Close() // a transaction must not continue or commit
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
		return nil, c.check(ctx, err)
	}
	return pooledTx{tx, c}, nil
}

// ExecContext implements driver.ExecerContext.
func (c *pooledConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.mysqlConn.ExecContext(ctx, query, args)
	return result, c.check(ctx, err)
}

// IsValid implements driver.Validator.
func (c *pooledConn) IsValid() bool {
	return c.generation >= c.pool.generation.Load() && c.mysqlConn.IsValid()
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *pooledConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.mysqlConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, c.check(ctx, err)
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
	return rows, c.check(ctx, err)
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
	return result, s.conn.check(ctx, err)
}

// QueryContext implements driver.StmtQueryContext.
func (s pooledStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := s.mysqlStmt.QueryContext(ctx, args)
	return rows, s.conn.check(ctx, err)
}

// Commit implements driver.Tx.
func (t pooledTx) Commit() error { return t.conn.check(context.Background(), t.Tx.Commit()) }
