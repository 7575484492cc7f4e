package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// settable is a server that does not support some variables.
type settable struct {
	mysqlConn
	unknown []string
	sent    []string
}

func (s *settable) ExecContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	s.sent = append(s.sent, query)
	for _, name := range s.unknown {
		if strings.Contains(query, name) {
			return nil, &mysql.MySQLError{Number: 1193, Message: "Unknown system variable"}
		}
	}
	return driver.ResultNoRows, nil
}

// Each connection is configured in one statement. An unsupported variable is tried once:
// MySQL 8 has no Galera, and others lack more.
func TestSettingsThatAServerDoesNotKnow(t *testing.T) {
	const all, own = "SET a = 1, wsrep_sync_wait = 7", "SET a = 1"
	for _, c := range []struct {
		what          string
		unknown       []string
		first, second []string
	}{
		{"Galera, MariaDB", nil, []string{all}, []string{all}},
		{"MySQL", []string{"wsrep"}, []string{all, own}, []string{own}},
		{"neither", []string{"wsrep", "a = "}, []string{all, own}, nil},
	} {
		pool := &connector{settings: []string{"a = 1"}}
		for i, want := range [][]string{c.first, c.second} {
			conn := &settable{unknown: c.unknown}
			if err := pool.set(context.Background(), conn); err != nil || !slices.Equal(conn.sent, want) {
				t.Errorf("%s, connection %d: sent %q, %v, want %q", c.what, i, conn.sent, err, want)
			}
		}
	}
}
