package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-sql-driver/mysql"
)

const (
	mysqlTwiceTheColumn = 1060

	// noTable is a name that no table has.
	noTable = "`ua_no_such_table`"
)

// mysqlRights are statements that MySQL refuses, whoever gives them; but who lacks the
// right is told that first.
var mysqlRights = []struct {
	statement string
	refusal   uint16
}{
	{"CREATE TABLE " + noTable + " (`n` INT, `n` INT)", mysqlTwiceTheColumn},
	{"ALTER TABLE " + noTable + " ADD COLUMN `m` INT", mysqlNoSuchTable},
	{"CREATE INDEX `n` ON " + noTable + " (`n`)", mysqlNoSuchTable},
	{"INSERT INTO " + noTable + " VALUES (1)", mysqlNoSuchTable},
	{"UPDATE " + noTable + " SET `n` = 1", mysqlNoSuchTable},
	{"DELETE FROM " + noTable, mysqlNoSuchTable},
}

// TryMigrate tells why Migrate would fail, as far as that can be told without changing
// anything: a table of somebody else's is in the way, or the user may not make tables
// and change them.
func TryMigrate(ctx context.Context, db *DB, fsys fs.FS) error {
	steps, err := readSteps(db.Dialect, fsys, "up")
	if err != nil {
		return err
	}
	version, _, err := versionOf(ctx, db.readers())
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	for _, s := range steps {
		if s.version <= version { // what has broken off was begun by a release of ours
			continue
		}
		if err := inTheWay(ctx, db, s); err != nil {
			return err
		}
	}
	if db.Dialect == SQLite {
		return tryTable(ctx, db)
	}
	for _, right := range mysqlRights {
		var refused *mysql.MySQLError
		if _, err := db.SQL.ExecContext(ctx, right.statement); !errors.As(err, &refused) || refused.Number != right.refusal {
			return fmt.Errorf("store: migrate: tables cannot be made and changed: %w", err)
		}
	}
	return nil
}

// inTheWay finds a table that the step would make.
func inTheWay(ctx context.Context, db *DB, s step) error {
	query := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	if db.Dialect == SQLite {
		query = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	}
	for _, statement := range s.statements {
		table := createTable.FindStringSubmatch(statement)
		if table == nil {
			continue
		}
		var n int
		if err := db.SQL.QueryRowContext(ctx, query, table[1]).Scan(&n); err != nil {
			return fmt.Errorf("store: migrate: %w", err)
		}
		if n > 0 {
			return fmt.Errorf("store: migrate: %s makes the table %s, and there is one already, which somebody else has made", s.name, table[1])
		}
	}
	return nil
}

// tryTable makes one and takes it back.
func tryTable(ctx context.Context, db *DB) error {
	tx, err := db.SQL.BeginTx(ctx, nil)
	if err == nil {
		_, err = tx.ExecContext(ctx, "CREATE TABLE "+noTable+" (n INTEGER)")
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("store: migrate: tables cannot be made and changed: %w", err)
	}
	return nil
}
