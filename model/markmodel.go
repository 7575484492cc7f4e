package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ MarkModel = (*customMarkModel)(nil)

type (
	// MarkModel is the table of the highest known position of Redis, with a row for each
	// part of it.
	MarkModel interface {
		// All returns the marks by id.
		All(ctx context.Context) (map[string]int64, error)
		// Raise stores a mark unless the stored one is greater.
		Raise(ctx context.Context, id string, n int64) error
	}

	customMarkModel struct {
		*defaultMarkModel
	}
)

// NewMarkModel returns the MarkModel of conn.
func NewMarkModel(conn sqlx.SqlConn) MarkModel {
	return &customMarkModel{defaultMarkModel: newMarkModel(conn)}
}

func (m *customMarkModel) All(ctx context.Context) (map[string]int64, error) {
	var rows []*Mark
	if err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s", markRows, m.table)); err != nil {
		return nil, err
	}
	all := make(map[string]int64, len(rows))
	for _, row := range rows {
		all[row.Id] = row.N
	}
	return all, nil
}

func (m *customMarkModel) Raise(ctx context.Context, id string, n int64) error {
	changed, err := changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `n` = ? where `id` = ? and `n` < ?", m.table), n, id, n))
	if changed || err != nil {
		return err
	}
	_, err = m.Insert(ctx, &Mark{Id: id, N: n})
	if _, exists := Duplicate(err); exists {
		return nil // the stored mark is not less
	}
	return err
}
