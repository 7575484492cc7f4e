package store

import (
	"context"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// The errors of a database or its network, and how they are classified.
func TestVerdicts(t *testing.T) {
	number := func(n uint16) error { return fmt.Errorf("as it is wrapped: %w", &mysql.MySQLError{Number: n}) }
	for _, c := range []struct {
		what          string
		err           error
		reads, writes verdict
	}{
		{"done", nil, alive, alive},
		{"no row", sql.ErrNoRows, alive, alive},
		{"duplicate key", number(1062), alive, alive},
		{"no parent", number(1452), alive, alive},
		{"too long", number(1406), alive, alive},
		{"deadlock", number(1213), alive, alive},
		{"lock wait", number(1205), alive, alive},
		{"disk full", number(1021), alive, alive},
		{"no such table", number(1146), alive, alive},
		{"password", number(1045), alive, alive},
		{"read only", refused{number(1290)}, alive, dead},
		{"read-only transaction", refused{number(1792)}, alive, dead},
		{"read-only mode", refused{number(1836)}, alive, dead},
		{"Galera is not ready", refused{number(1047)}, dead, dead},
		{"too many connections", number(1040), dead, dead},
		{"too many of the user", number(1203), dead, dead},
		{"shutdown", number(1053), dead, dead},
		{"killed", number(1927), dead, dead},
		{"silence", mysql.ErrInvalidConn, dead, dead},
		{"bad connection", driver.ErrBadConn, dead, dead},
		{"cut", io.ErrUnexpectedEOF, dead, dead},
		{"refused connection", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, dead, dead},
		{"the caller left", context.Canceled, unknown, unknown},
		{"the caller's time, or a wait for a connection", context.DeadlineExceeded, unknown, unknown},
		{"transaction is over", sql.ErrTxDone, unknown, unknown},
		{"the caller's own", errors.New("the last administrator"), unknown, unknown},
		{"a foreign certificate", x509.UnknownAuthorityError{}, unknown, unknown},
		{"not asked", ErrDatabaseDown, unknown, unknown},
	} {
		if reads, writes := classifyReads(c.err), classifyWrites(c.err); reads != c.reads || writes != c.writes {
			t.Errorf("%s: %d for reads and %d for writes, want %d and %d", c.what, reads, writes, c.reads, c.writes)
		}
	}
}

func TestARefusalIsABadConnectionAndShowsItsNumber(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", refused{&mysql.MySQLError{Number: 1290}})
	var my *mysql.MySQLError
	if !errors.Is(err, driver.ErrBadConn) || !errors.As(err, &my) || my.Number != 1290 {
		t.Errorf("got %v, want both", err)
	}
}
