package store

import (
	"context"
	"database/sql"
	"sync"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Limits for cached prepared statements. The service has fewer texts, except for those
// whose length depends on a list; the longer of these are not cached.
const (
	maxStatements   = 100
	maxStatementLen = 600
)

// prepared caches prepared statements for SQLite: otherwise the driver parses each text
// again, which takes two fifths of the time of a small statement. database/sql prepares one
// per connection, and another while one is in use. For MySQL this would cost an extra round
// trip per connection; there the values are interpolated (interpolateParams).
type prepared struct {
	sqlx.SqlConn
	mu         sync.RWMutex
	statements map[string]sqlx.StmtSession
}

func newPrepared(conn sqlx.SqlConn) *prepared {
	return &prepared{SqlConn: conn, statements: map[string]sqlx.StmtSession{}}
}

func (p *prepared) ExecCtx(ctx context.Context, query string, args ...any) (sql.Result, error) {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if statement == nil {
		return p.SqlConn.ExecCtx(ctx, query, args...)
	}
	return statement.ExecCtx(ctx, args...)
}

func (p *prepared) QueryRowCtx(ctx context.Context, v any, query string, args ...any) error {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	if statement == nil {
		return p.SqlConn.QueryRowCtx(ctx, v, query, args...)
	}
	return statement.QueryRowCtx(ctx, v, args...)
}

func (p *prepared) QueryRowsCtx(ctx context.Context, v any, query string, args ...any) error {
	statement, err := p.statement(ctx, query)
	if err != nil {
		return err
	}
	if statement == nil {
		return p.SqlConn.QueryRowsCtx(ctx, v, query, args...)
	}
	return statement.QueryRowsCtx(ctx, v, args...)
}

// statement returns the prepared statement of a text, or nil if it is not cached.
func (p *prepared) statement(ctx context.Context, query string) (sqlx.StmtSession, error) {
	if len(query) > maxStatementLen {
		return nil, nil
	}
	p.mu.RLock()
	kept, full := p.statements[query], len(p.statements) >= maxStatements
	p.mu.RUnlock()
	if kept != nil || full {
		return kept, nil
	}
	made, err := p.SqlConn.PrepareCtx(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept := p.statements[query]; kept != nil {
		return kept, made.Close() // another goroutine was faster
	}
	p.statements[query] = made
	return made, nil
}
