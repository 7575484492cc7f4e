package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// ErrDenied is returned if the database user lacks the right for a statement.
var ErrDenied = errors.New("model: the database user may not do that")

// MySQL error numbers for a missing right to a table and to a database.
const (
	mysqlTableDenied = 1142
	mysqlDBDenied    = 1044
)

// rowsPerStatement limits the rows of one statement: the SQLite driver compares each value
// with all values of the statement.
const rowsPerStatement = 32

// insertAll inserts rows, several per statement. It ignores a duplicate id: ids are generated
// beforehand, so the rows are those of an earlier call whose reply was lost.
func insertAll(ctx context.Context, conn sqlx.SqlConn, table, columns string, rows [][]any) error {
	for some := range slices.Chunk(rows, rowsPerStatement) {
		err := insertRows(ctx, conn, table, columns, some)
		if column, duplicate := Duplicate(err); err != nil && (!duplicate || column != "id") {
			return err
		}
	}
	return nil
}

// insertRows inserts rows in one statement.
func insertRows(ctx context.Context, conn sqlx.SqlConn, table, columns string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	row := "(" + placeholders(len(rows[0])) + ")"
	values := strings.TrimSuffix(strings.Repeat(row+",", len(rows)), ",")
	args := make([]any, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		args = append(args, row...)
	}
	_, err := conn.ExecCtx(ctx, fmt.Sprintf("insert into %s (%s) values %s", table, columns, values), args...)
	return err
}

// oldRows selects rows whose id sorts before the given one.
const oldRows = "`id` < ? order by `id` limit ?"

// purge deletes up to limit rows whose id sorts before the given one, and returns how
// many. It returns ErrDenied for an append-only table.
func purge(ctx context.Context, conn sqlx.SqlConn, table, before string, limit int) (int, error) {
	n, err := purgeWhere[string](ctx, conn, table, oldRows, before, limit)
	if denied(err) {
		return 0, ErrDenied
	}
	return n, err
}

// purgeWhere deletes the rows that match where, which ends in a limit, and returns how
// many. It reads their ids first and deletes by key: a DELETE that searched would lock the
// gaps in which others insert, and the two could deadlock.
func purgeWhere[ID any](ctx context.Context, conn sqlx.SqlConn, table, where string, args ...any) (int, error) {
	ids, err := selectRows[ID](ctx, conn.QueryRowsCtx, idQuery(table, where), args...)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err = conn.ExecCtx(ctx, deleteQuery(table, len(ids)), anys(ids)...); err != nil {
		return 0, err
	}
	return len(ids), nil
}

// selectRows returns the rows of a query. The read function is QueryRowsCtx or one of its
// variants.
func selectRows[T any](ctx context.Context, read func(context.Context, any, string, ...any) error, query string, args ...any) ([]T, error) {
	var rows []T
	err := read(ctx, &rows, query, args...)
	return rows, err
}

// upsert updates a row, or inserts it if there is none. If another transaction inserts it
// first, upsert updates that row. MySQL and SQLite share no statement for this.
func upsert(update func() (bool, error), insert func() (sql.Result, error)) error {
	if changed, err := update(); changed || err != nil {
		return err
	}
	_, err := insert()
	if _, exists := Duplicate(err); exists {
		_, err = update()
	}
	return err
}

func denied(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == mysqlTableDenied || my.Number == mysqlDBDenied)
}

func deleteQuery(table string, n int) string {
	return fmt.Sprintf("delete from %s where `id` in (%s)", table, placeholders(n))
}

// idQuery selects the ids of the rows that match where.
func idQuery(table, where string) string {
	return fmt.Sprintf("select `id` from %s where %s", table, where)
}

// pageBound returns the exclusive upper bound of a page: before, or a text that sorts after
// every id.
func pageBound(before string) string {
	if before == "" {
		return "~"
	}
	return before
}

// placeholders returns n question marks, separated by commas.
func placeholders(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// anys converts a list to query arguments.
func anys[T any](list []T) []any {
	args := make([]any, len(list))
	for i, one := range list {
		args[i] = one
	}
	return args
}
