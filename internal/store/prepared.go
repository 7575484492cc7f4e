package store

import (
	"context"
	"database/sql"
	"sync"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// What is kept prepared is bounded. The service has fewer texts than that, but for
// those whose length is that of a list; the longer of these are not worth a place.
const (
	mostStatements   = 100
	longestStatement = 600
)

// prepared keeps the statements of SQLite prepared: its driver would read the text
// of each anew, which is two fifths of what a small one costs. database/sql keeps
// one for each connection, and makes another while one is in use. To MySQL it
// would be one round trip more for each connection; there the values go into the
// text (interpolateParams).
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

// statement is the prepared one of a text, or nil for one that is not kept.
func (p *prepared) statement(ctx context.Context, query string) (sqlx.StmtSession, error) {
	if len(query) > longestStatement {
		return nil, nil
	}
	p.mu.RLock()
	kept, full := p.statements[query], len(p.statements) >= mostStatements
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
		return kept, made.Close() // another was quicker
	}
	p.statements[query] = made
	return made, nil
}
