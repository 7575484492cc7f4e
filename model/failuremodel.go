package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ FailureModel = (*customFailureModel)(nil)

type (
	// FailureModel is the table of wrong codes, with a row for each address whose wrong
	// codes still count.
	FailureModel interface {
		// Any reports whether the table has a row.
		Any(ctx context.Context) (bool, error)
		// Find returns the rows of the addresses.
		Find(ctx context.Context, addresses ...string) ([]*Failure, error)
		// Put stores rows, at most one for each address. A stored row that has not expired
		// and has the same or a later revision is kept. Last never decreases.
		Put(ctx context.Context, rows []*Failure) error
		// Purge deletes up to limit rows that expired before a time in Unix milliseconds.
		Purge(ctx context.Context, before int64, limit int) (int, error)
	}

	customFailureModel struct {
		*defaultFailureModel
	}
)

// NewFailureModel returns the FailureModel of conn.
func NewFailureModel(conn sqlx.SqlConn) FailureModel {
	return &customFailureModel{defaultFailureModel: newFailureModel(conn)}
}

func (m *customFailureModel) Any(ctx context.Context) (bool, error) {
	var addresses []string
	err := m.conn.QueryRowsCtx(ctx, &addresses, fmt.Sprintf("select `address` from %s limit 1", m.table))
	return len(addresses) > 0, err
}

func (m *customFailureModel) Find(ctx context.Context, addresses ...string) ([]*Failure, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	return selectRows[*Failure](ctx, m.conn.QueryRowsCtx, m.findQuery(len(addresses)), anys(addresses)...)
}

// Put inserts new rows and updates the rest. It starts again if another node has inserted
// one of the addresses in the meantime.
func (m *customFailureModel) Put(ctx context.Context, rows []*Failure) error {
	var err error
	for range 3 {
		err = m.put(ctx, rows)
		if _, taken := Duplicate(err); !taken {
			return err
		}
	}
	return err
}

func (m *customFailureModel) put(ctx context.Context, rows []*Failure) error {
	addresses := make([]string, len(rows))
	for i, row := range rows {
		addresses[i] = row.Address
	}
	found, err := m.Find(ctx, addresses...)
	if err != nil {
		return err
	}
	known := make(map[string]*Failure, len(found))
	for _, row := range found {
		known[row.Address] = row
	}
	var fresh [][]any
	for _, r := range rows {
		row := known[r.Address]
		switch {
		case row == nil:
			fresh = append(fresh, []any{r.Address, r.Rev, r.InARow, r.Hour, r.HourEnds, r.Day, r.DayEnds, r.Last, r.Expires})
		case row.Rev < r.Rev || row.Expires < r.Last:
			if err := m.update(ctx, r); err != nil {
				return err
			}
		}
	}
	return insertRows(ctx, m.conn, m.table, failureRows, fresh)
}

func (m *customFailureModel) update(ctx context.Context, r *Failure) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `in_a_row` = ?, `hour` = ?, `hour_ends` = ?, `day` = ?, `day_ends` = ?, "+
		"`last` = case when `last` > ? then `last` else ? end, `expires` = ?, `rev` = ? where `address` = ? and (`rev` < ? or `expires` < ?)", m.table),
		r.InARow, r.Hour, r.HourEnds, r.Day, r.DayEnds, r.Last, r.Last, r.Expires, r.Rev, r.Address, r.Rev, r.Last)
	return err
}

// Purge reads first and deletes by key, as purgeWhere does, but keeps rows that were
// renewed in between.
func (m *customFailureModel) Purge(ctx context.Context, before int64, limit int) (int, error) {
	var addresses []string
	err := m.conn.QueryRowsCtx(ctx, &addresses,
		fmt.Sprintf("select `address` from %s where `expires` < ? order by `expires` limit ?", m.table), before, limit)
	if err != nil || len(addresses) == 0 {
		return 0, err
	}
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `address` in (%s) and `expires` < ?", m.table, placeholders(len(addresses))),
		append(anys(addresses), before)...)
	return len(addresses), err
}

func (m *customFailureModel) findQuery(n int) string {
	return fmt.Sprintf("select %s from %s where `address` in (%s)", failureRows, m.table, placeholders(n))
}
