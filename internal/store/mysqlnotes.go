package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlNotes are written under a lease: each statement takes effect only while the lease is
// ours, and extends it.
type mysqlNotes struct{ *lease }

func (n mysqlNotes) begin(ctx context.Context) (int64, bool, error) {
	_, err := run(ctx, n.pool, "CREATE TABLE IF NOT EXISTS `"+versionTable+
		"` (version bigint not null primary key, dirty boolean not null)")
	if err != nil {
		return 0, false, err
	}
	return versionOf(ctx, n.pool)
}

func (n mysqlNotes) note(ctx context.Context, version int64, underWay bool) error {
	const ours = "l.`id` = 1 AND l.`holder` = ?"
	if version == 0 {
		return n.held(ctx, "DELETE v FROM `"+versionTable+"` v, `schema_lease` l WHERE "+ours, n.holder)
	}
	ok, err := n.update(ctx, "UPDATE `"+versionTable+"` v, `schema_lease` l SET v.version = ?, v.dirty = ?, l.`until` = "+
		databaseTime+" + ? WHERE "+ours, version, underWay, n.life.Milliseconds(), n.holder)
	if ok || err != nil {
		return err
	}
	return n.held(ctx, "INSERT INTO `"+versionTable+"` (version, dirty) SELECT ?, ? FROM `schema_lease` l WHERE "+ours+
		" AND NOT EXISTS (SELECT 1 FROM `"+versionTable+"`)", version, underWay, n.holder)
}

func (n mysqlNotes) held(ctx context.Context, query string, args ...any) error {
	ok, err := n.update(ctx, query, args...)
	if err == nil && !ok {
		err = errLeaseLost
	}
	return err
}

// run records that the step is running before its first statement, since DDL is not
// transactional. If the server refuses the first statement, nothing was done and the record
// is reverted; otherwise the next start would take existing objects for its own work.
func (n mysqlNotes) run(ctx context.Context, s step, again bool, then int64) error {
	before, _, err := versionOf(ctx, n.pool)
	if err != nil {
		return err
	}
	if !again {
		if err := n.note(ctx, s.version, true); err != nil {
			return err
		}
	}
	err = s.each(ctx, n.pool, again, n.foreign)
	var at *stepError
	var my *mysql.MySQLError
	if errors.As(err, &at) && !at.begun && errors.As(err, &my) {
		return errors.Join(err, n.note(ctx, before, false))
	}
	if err != nil {
		return err
	}
	return n.note(ctx, then, false)
}

var (
	createTable = regexp.MustCompile("(?is)^CREATE TABLE (?:IF NOT EXISTS )?`?(\\w+)`?\\s*\\(")
	columnLine  = regexp.MustCompile("(?m)^\\s*`(\\w+)` ")
)

// foreign fails if an existing table has other columns than the statement would create:
// then something else created it.
func (n mysqlNotes) foreign(ctx context.Context, statement string) error {
	table := createTable.FindStringSubmatch(statement)
	if table == nil {
		return nil
	}
	var names string
	err := n.pool.QueryRowContext(ctx, "SELECT COALESCE(GROUP_CONCAT(column_name), '') FROM information_schema.columns "+
		"WHERE table_schema = DATABASE() AND table_name = ?", table[1]).Scan(&names)
	if err != nil {
		return err
	}
	have := strings.Split(names, ",")
	for _, column := range columnLine.FindAllStringSubmatch(statement, -1) {
		if !slices.Contains(have, column[1]) {
			return fmt.Errorf("the table %s exists without the column %s: it was not created by this service", table[1], column[1])
		}
	}
	return nil
}
