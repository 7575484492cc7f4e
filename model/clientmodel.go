package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ ClientModel = (*customClientModel)(nil)

type (
	// ClientModel is the table of OAuth clients: machines and applications. It has few
	// rows, which are always read together.
	ClientModel interface {
		// All returns every client, ordered by name.
		All(ctx context.Context) ([]*Client, error)
		// Add adds a client. If the name is taken, Duplicate reports true for the error.
		Add(ctx context.Context, c *Client) error
		// Rotate replaces the current secret, which stays valid until prevEnds, and
		// invalidates access tokens issued before validFrom. It reports whether the client
		// exists.
		Rotate(ctx context.Context, id, hash string, prevEnds, validFrom int64) (bool, error)
		// Disable disables a client as of at, or enables it if at is 0. It reports whether
		// that changed anything.
		Disable(ctx context.Context, id string, at int64) (bool, error)
		// Redirect sets the redirect URIs, separated by spaces, and reports whether they
		// changed.
		Redirect(ctx context.Context, id, uris string) (bool, error)
		// Remove deletes a client and reports whether it existed.
		Remove(ctx context.Context, id string) (bool, error)
		// RecordUse stores when a client was last used, unless a later time is stored.
		RecordUse(ctx context.Context, id string, at int64) error
	}

	customClientModel struct {
		*defaultClientModel
	}
)

// NewClientModel returns the ClientModel of conn.
func NewClientModel(conn sqlx.SqlConn) ClientModel {
	return &customClientModel{defaultClientModel: newClientModel(conn)}
}

func (m *customClientModel) All(ctx context.Context) ([]*Client, error) {
	return selectRows[*Client](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s order by `name`", clientRows, m.table))
}

func (m *customClientModel) Add(ctx context.Context, c *Client) error {
	_, err := m.Insert(ctx, c)
	return err
}

// Rotate relies on the order of the assignments: MySQL evaluates them from left to right.
func (m *customClientModel) Rotate(ctx context.Context, id, hash string, prevEnds, validFrom int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `prev_hash` = `hash`, `prev_ends` = ?, `hash` = ?, "+
		"`valid_from` = case when `valid_from` > ? then `valid_from` else ? end where `id` = ?", m.table),
		prevEnds, hash, validFrom, validFrom, id))
}

func (m *customClientModel) Disable(ctx context.Context, id string, at int64) (bool, error) {
	current := "`disabled` = 0"
	if at == 0 {
		current = "`disabled` > 0"
	}
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `disabled` = ? where `id` = ? and %s", m.table, current), at, id))
}

func (m *customClientModel) Redirect(ctx context.Context, id, uris string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `redirects` = ? where `id` = ? and `redirects` <> ?", m.table), uris, id, uris))
}

func (m *customClientModel) Remove(ctx context.Context, id string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ?", m.table), id))
}

func (m *customClientModel) RecordUse(ctx context.Context, id string, at int64) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `used` = ? where `id` = ? and `used` < ?", m.table), at, id, at)
	return err
}
