package model

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// ErrDenied is returned where the database's own user may not do what is asked.
var ErrDenied = errors.New("model: the database user may not do that")

// The errors of a user without the right: to a table, to a database.
const (
	mysqlTableDenied = 1142
	mysqlDBDenied    = 1044
)

// insertAll writes rows in one statement. That they are there already is no
// error: their ids were made beforehand, so it is the same batch once more, whose
// first answer was lost.
func insertAll(ctx context.Context, conn sqlx.SqlConn, table, columns string, rows [][]any) error {
	err := insertRows(ctx, conn, table, columns, rows)
	if column, written := Duplicate(err); written && column == "id" {
		return nil
	}
	return err
}

// insertRows writes rows in one statement.
func insertRows(ctx context.Context, conn sqlx.SqlConn, table, columns string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
	values := strings.TrimSuffix(strings.Repeat(row+",", len(rows)), ",")
	args := make([]any, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		args = append(args, row...)
	}
	_, err := conn.ExecCtx(ctx, fmt.Sprintf("insert into %s (%s) values %s", table, columns, values), args...)
	return err
}

// purge deletes up to limit rows whose id sorts before the given one, and says
// how many. It reads first and deletes by key, so as to lock no gap in which
// others insert. Fails with ErrDenied on a table that may only grow.
func purge(ctx context.Context, conn sqlx.SqlConn, table, before string, limit int) (int, error) {
	var ids []string
	err := conn.QueryRowsCtx(ctx, &ids, oldQuery(table), before, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = conn.ExecCtx(ctx, deleteQuery(table, len(ids)), texts(ids)...)
	if denied(err) {
		return 0, ErrDenied
	}
	if err != nil {
		return 0, err
	}
	return len(ids), nil
}

func denied(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == mysqlTableDenied || my.Number == mysqlDBDenied)
}

func deleteQuery(table string, n int) string {
	return fmt.Sprintf("delete from %s where `id` in (%s)", table, marks(n))
}

// last is where a page begins: behind the id, or behind all there can be.
func last(before string) string {
	if before == "" {
		return "~"
	}
	return before
}

// marks are n question marks.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func oldQuery(table string) string {
	return fmt.Sprintf("select `id` from %s where `id` < ? order by `id` limit ?", table)
}
