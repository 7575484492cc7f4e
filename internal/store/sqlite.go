package store

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/embedded"
)

// sqliteConn sends reads with a context, which is all the service uses, to the readers, and
// everything else, including transactions, to the single writer. A reader sees all earlier
// commits.
type sqliteConn struct {
	sqlx.SqlConn
	reader sqlx.SqlConn
}

func newSQLiteConn(file *embedded.SQLite) sqliteConn {
	return sqliteConn{SqlConn: newPrepared(newConn(file.Writer)), reader: newPrepared(newConn(file.Reader))}
}

func (c sqliteConn) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.reader.QueryRowCtx(ctx, v, query, args...)
}

func (c sqliteConn) QueryRowPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.reader.QueryRowPartialCtx(ctx, v, query, args...)
}

func (c sqliteConn) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.reader.QueryRowsCtx(ctx, v, query, args...)
}

func (c sqliteConn) QueryRowsPartialCtx(ctx context.Context, v any, query string, args ...any) error {
	return c.reader.QueryRowsPartialCtx(ctx, v, query, args...)
}
