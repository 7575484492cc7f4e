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

// The errors of MySQL, MariaDB and TiDB that speak of the server and not of the
// statement. What is in no list, as a duplicate key, is the statement's own.
var (
	// readOnly: it takes no writes, as a primary that was made a replica. 1290 also
	// names other options, none of which a statement of the service can meet.
	readOnly = []uint16{1290, 1792, 1836, 1874}
	// notPart: a node of Galera that is not part of the cluster, and answers nothing.
	notPart = []uint16{1047}
	// leaving: it shuts down, or has ended the connection. What was asked may be done.
	leaving = []uint16{1053, 1927}
	// overloaded: no room for a connection, or no memory.
	overloaded = []uint16{1037, 1038, 1040, 1041, 1135, 1203}
	// undone: MySQL has taken the statement back because of another one, and the
	// same may succeed now. 1213 is a deadlock, and on Galera any write that met
	// another; 1205 a lock that was not free in time; 1020 is MariaDB 11's, 3101
	// Group Replication's, 8022, 8028 and 9007 are TiDB's.
	undone = []uint16{1020, 1205, 1213, 3101, 8022, 8028, 9007}
)

// refused is an answer that says: not on this connection. The statement was not
// run, so database/sql, for which it is a bad connection, tries another one. The
// number stays to be seen.
type refused struct{ error }

// Is makes it a bad connection.
func (refused) Is(target error) bool { return target == driver.ErrBadConn }

// Unwrap gives the server's error.
func (r refused) Unwrap() error { return r.error }

// among reports whether err is MySQL's, with a number of one of the lists.
func among(err error, lists ...[]uint16) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) &&
		slices.ContainsFunc(lists, func(list []uint16) bool { return slices.Contains(list, my.Number) })
}

// broken reports whether the connection failed, or could not be made. A statement
// that the server does not answer in time ends as an invalid connection; one whose
// own context ran out, or was cancelled, ends with the context's error, which is
// not among these, and neither is to wait for a free connection in vain.
func broken(err error) bool {
	var network *net.OpError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, mysql.ErrMalformPkt) || errors.Is(err, mysql.ErrPktSync) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// judgeReads reports whether the server is there. A server that refuses writes is;
// an error that is not the database's, as one of the caller's own, says nothing.
func judgeReads(err error) verdict {
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

// judgeWrites reports whether the server takes writes.
func judgeWrites(err error) verdict {
	if among(err, readOnly) {
		return dead
	}
	return judgeReads(err)
}
