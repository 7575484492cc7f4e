package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-sql-driver/mysql"
)

const (
	mysqlDuplicateColumn = 1060

	// noTable is a table name that does not exist.
	noTable = "`ua_no_such_table`"
)

// mysqlRights are statements that MySQL always refuses; a missing privilege is reported
// first.
var mysqlRights = []struct {
	statement string
	refusal   uint16
}{
	{"CREATE TABLE " + noTable + " (`n` INT, `n` INT)", mysqlDuplicateColumn},
	{"ALTER TABLE " + noTable + " ADD COLUMN `m` INT", mysqlNoSuchTable},
	{"CREATE INDEX `n` ON " + noTable + " (`n`)", mysqlNoSuchTable},
	{"INSERT INTO " + noTable + " VALUES (1)", mysqlNoSuchTable},
	{"UPDATE " + noTable + " SET `n` = 1", mysqlNoSuchTable},
	{"DELETE FROM " + noTable, mysqlNoSuchTable},
}

// TryMigrate returns why Migrate would fail, as far as this can be determined without
// changes: a foreign table is in the way, or the user may not create and alter tables.
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
		if s.version <= version { // an interrupted one was started by us
			continue
		}
		if err := conflictingTable(ctx, db, s); err != nil {
			return err
		}
	}
	if db.Dialect == SQLite {
		return tryTable(ctx, db)
	}
	for _, right := range mysqlRights {
		var refused *mysql.MySQLError
		if _, err := db.SQL.ExecContext(ctx, right.statement); !errors.As(err, &refused) || refused.Number != right.refusal {
			return fmt.Errorf("store: migrate: tables cannot be created and altered: %w", err)
		}
	}
	return nil
}

// conflictingTable fails if a table exists already that the step would create.
func conflictingTable(ctx context.Context, db *DB, s step) error {
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
			return fmt.Errorf("store: migrate: %s creates the table %s, but a table of that name exists already", s.name, table[1])
		}
	}
	return nil
}

// tryTable creates a table and rolls back.
func tryTable(ctx context.Context, db *DB) error {
	tx, err := db.SQL.BeginTx(ctx, nil)
	if err == nil {
		_, err = tx.ExecContext(ctx, "CREATE TABLE "+noTable+" (n INTEGER)")
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("store: migrate: tables cannot be created and altered: %w", err)
	}
	return nil
}
