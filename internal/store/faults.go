package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/go-sql-driver/mysql"
)

// Error numbers of MySQL, MariaDB and TiDB that concern the server rather than the
// statement. All others, such as a duplicate key, concern the statement.
var (
	// readOnly: the server refuses writes, for example a primary that became a replica.
	// 1290 also names other options, which statements of the service cannot meet.
	readOnly = []uint16{1290, 1792, 1836, 1874}
	// notPart: a Galera node outside the cluster, which answers nothing.
	notPart = []uint16{1047}
	// leaving: the server is shutting down or closed the connection. The statement may have
	// been executed.
	leaving = []uint16{1053, 1927}
	// overloaded: too many connections, or out of memory.
	overloaded = []uint16{1037, 1038, 1040, 1041, 1135, 1203}
	// undone: MySQL rolled back the statement because of a conflict, and a retry may
	// succeed. 1213 is a deadlock, and on Galera any write conflict; 1205 a lock wait
	// timeout; 1020 is from MariaDB 11, 3101 from Group Replication, 8022, 8028 and 9007
	// are from TiDB.
	undone = []uint16{1020, 1205, 1213, 3101, 8022, 8028, 9007}
)

// refused is an error that is bound to the connection. The statement was not executed, so
// database/sql, for which it is a bad connection, tries another one. The original error
// stays accessible.
type refused struct{ error }

// Is reports that it is a bad connection.
func (refused) Is(target error) bool { return target == driver.ErrBadConn }

// Unwrap returns the server's error.
func (r refused) Unwrap() error { return r.error }

// among reports whether err is a MySQL error with a number in one of the lists.
func among(err error, lists ...[]uint16) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) &&
		slices.ContainsFunc(lists, func(list []uint16) bool { return slices.Contains(list, my.Number) })
}

// broken reports whether the connection failed or could not be established. A statement
// that times out in the server ends as an invalid connection; one whose own context ended
// fails with the context's error, which does not count, nor does waiting in vain for a
// connection.
func broken(err error) bool {
	var network *net.OpError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, mysql.ErrMalformPkt) || errors.Is(err, mysql.ErrPktSync) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// classifyReads determines from an error whether the server is available. A server that
// refuses writes is; an error that is not from the database, such as the caller's own, says
// nothing.
func classifyReads(err error) verdict {
	var my *mysql.MySQLError
	switch {
	case err == nil || errors.Is(err, sql.ErrNoRows):
		return alive
	case among(err, notPart, leaving, overloaded):
		return dead
	case errors.As(err, &my):
		return alive
	case broken(err):
		return dead
	}
	return unknown
}

// classifyWrites determines from an error whether the server accepts writes.
func classifyWrites(err error) verdict {
	if among(err, readOnly) {
		return dead
	}
	return classifyReads(err)
}
