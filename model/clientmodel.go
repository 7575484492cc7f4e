package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ ClientModel = (*customClientModel)(nil)

type (
	// ClientModel is the table of machines and applications: a few rows, which are read
	// all at once.
	ClientModel interface {
		// All returns every client, by name.
		All(ctx context.Context) ([]*Client, error)
		// Add adds a client. A name that is taken is an error that Duplicate knows.
		Add(ctx context.Context, c *Client) error
		// Rotate puts a secret in the place of the current one, which goes on working
		// until prevEnds, and refuses access tokens from before validFrom. It reports
		// whether there is such a client.
		Rotate(ctx context.Context, id, hash string, prevEnds, validFrom int64) (bool, error)
		// Disable notes since when a client is disabled, 0 being not at all, and reports
		// whether that has changed.
		Disable(ctx context.Context, id string, at int64) (bool, error)
		// Redirect sets the redirect URIs, separated by spaces, and reports whether that has
		// changed them.
		Redirect(ctx context.Context, id, uris string) (bool, error)
		// Remove deletes a client and reports whether there was one.
		Remove(ctx context.Context, id string) (bool, error)
		// Saw notes when a client was last used, if that is later than what is noted.
		Saw(ctx context.Context, id string, at int64) error
	}

	customClientModel struct {
		*defaultClientModel
	}
)

// NewClientModel returns the client table.
func NewClientModel(conn sqlx.SqlConn) ClientModel {
	return &customClientModel{defaultClientModel: newClientModel(conn)}
}

func (m *customClientModel) All(ctx context.Context) ([]*Client, error) {
	var rows []*Client
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s order by `name`", clientRows, m.table))
	return rows, err
}

func (m *customClientModel) Add(ctx context.Context, c *Client) error {
	_, err := m.Insert(ctx, c)
	return err
}

// Rotate relies on the order of assignments, which MySQL makes one after the other.
func (m *customClientModel) Rotate(ctx context.Context, id, hash string, prevEnds, validFrom int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `prev_hash` = `hash`, `prev_ends` = ?, `hash` = ?, "+
		"`valid_from` = case when `valid_from` > ? then `valid_from` else ? end where `id` = ?", m.table),
		prevEnds, hash, validFrom, validFrom, id))
}

func (m *customClientModel) Disable(ctx context.Context, id string, at int64) (bool, error) {
	was := "`disabled` = 0"
	if at == 0 {
		was = "`disabled` > 0"
	}
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `disabled` = ? where `id` = ? and %s", m.table, was), at, id))
}

func (m *customClientModel) Redirect(ctx context.Context, id, uris string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `redirects` = ? where `id` = ? and `redirects` <> ?", m.table), uris, id, uris))
}

func (m *customClientModel) Remove(ctx context.Context, id string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ?", m.table), id))
}

func (m *customClientModel) Saw(ctx context.Context, id string, at int64) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `used` = ? where `id` = ? and `used` < ?", m.table), at, id, at)
	return err
}
