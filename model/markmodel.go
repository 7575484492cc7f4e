package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ MarkModel = (*customMarkModel)(nil)

type (
	// MarkModel keeps how far Redis was seen to be, a row for each part of it.
	MarkModel interface {
		// Newest returns the marks by id.
		Newest(ctx context.Context) (map[string]int64, error)
		// Raise keeps a mark, unless a greater one is there.
		Raise(ctx context.Context, id string, n int64) error
	}

	customMarkModel struct {
		*defaultMarkModel
	}
)

// NewMarkModel returns the mark table.
func NewMarkModel(conn sqlx.SqlConn) MarkModel {
	return &customMarkModel{defaultMarkModel: newMarkModel(conn)}
}

func (m *customMarkModel) Newest(ctx context.Context) (map[string]int64, error) {
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
	if _, there := Duplicate(err); there {
		return nil // and is greater
	}
	return err
}
