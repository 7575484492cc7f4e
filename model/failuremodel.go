package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ FailureModel = (*customFailureModel)(nil)

type (
	// FailureModel is the wrong codes of each address, a row for an address that has
	// any that count.
	FailureModel interface {
		// Any reports whether there is a row.
		Any(ctx context.Context) (bool, error)
		// Find returns the rows of some addresses.
		Find(ctx context.Context, addresses ...string) ([]*Failure, error)
		// Put writes rows, each of another address, unless a row's revision is there or
		// a later one, in a row that has not expired. Last never goes back.
		Put(ctx context.Context, rows []*Failure) error
		// Purge deletes up to limit rows that expired before a time in Unix milliseconds.
		Purge(ctx context.Context, before int64, limit int) (int, error)
	}

	customFailureModel struct {
		*defaultFailureModel
	}
)

// NewFailureModel returns the failure table.
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
	var rows []*Failure
	err := m.conn.QueryRowsCtx(ctx, &rows, m.findQuery(len(addresses)), texts(addresses)...)
	return rows, err
}

// Put inserts what is new and updates the rest. Another node may insert the same
// address meanwhile: then it is looked at once more.
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

// Purge reads first and deletes by key, as purge does; a row that was renewed in
// between stays.
func (m *customFailureModel) Purge(ctx context.Context, before int64, limit int) (int, error) {
	var addresses []string
	err := m.conn.QueryRowsCtx(ctx, &addresses,
		fmt.Sprintf("select `address` from %s where `expires` < ? order by `expires` limit ?", m.table), before, limit)
	if err != nil || len(addresses) == 0 {
		return 0, err
	}
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `address` in (%s) and `expires` < ?", m.table, marks(len(addresses))),
		append(texts(addresses), before)...)
	return len(addresses), err
}

func (m *customFailureModel) findQuery(n int) string {
	return fmt.Sprintf("select %s from %s where `address` in (%s)", failureRows, m.table, marks(n))
}

// texts are strings as arguments.
func texts(list []string) []any {
	args := make([]any, len(list))
	for i, text := range list {
		args[i] = text
	}
	return args
}
