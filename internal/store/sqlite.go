package store

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"

	"user-api/internal/embedded"
)

// sqliteConn sends what reads with a context, as all of the service does, to the
// readers, and all else, transactions among it, to the one connection that writes.
// A reader sees what was committed before.
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
