package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// tallyBatch is the maximum number of rows in one statement.
const tallyBatch = 500

var _ TallyModel = (*customTallyModel)(nil)

type (
	// TallyModel is the table of counts by id.
	TallyModel interface {
		// Add adds a batch of counts from a writer. The batches of a writer are numbered 1,
		// 2, …; repeating one, because the reply was lost, changes nothing.
		Add(ctx context.Context, writer string, batch int64, counts map[string]int64) error
		// Range returns up to limit counts with ids from from up to, but not including,
		// before, ordered by id.
		Range(ctx context.Context, from, before string, limit int) ([]*Tally, error)
		// Purge deletes up to limit counts in such a range and returns how many.
		Purge(ctx context.Context, from, before string, limit int) (int, error)
	}

	customTallyModel struct {
		*defaultTallyModel
		adding string
	}
)

// NewTallyModel returns the TallyModel of conn. adding is the clause, in the SQL dialect of
// the database, that makes an INSERT add to the column n of existing rows.
func NewTallyModel(conn sqlx.SqlConn, adding string) TallyModel {
	return &customTallyModel{defaultTallyModel: newTallyModel(conn), adding: adding}
}

func (m *customTallyModel) Add(ctx context.Context, writer string, batch int64, counts map[string]int64) error {
	return m.conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		fresh, err := m.begin(ctx, tx, writer, batch)
		if err != nil || !fresh {
			return err
		}
		// All writers use the same order of ids, so that they cannot deadlock.
		for ids := range slices.Chunk(slices.Sorted(maps.Keys(counts)), tallyBatch) {
			args := make([]any, 0, 2*len(ids))
			for _, id := range ids {
				args = append(args, id, counts[id])
			}
			if _, err := tx.ExecCtx(ctx, m.addQuery(len(ids)), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// begin records the batch of a writer and reports whether it is new. It waits for a
// transaction of the same writer that is still running, and is rolled back with the counts
// if they fail.
func (m *customTallyModel) begin(ctx context.Context, tx sqlx.Session, writer string, batch int64) (fresh bool, err error) {
	next, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set `n` = ? where `id` = ? and `n` = ?", m.table), batch, writer, batch-1))
	if next || err != nil {
		return next, err
	}
	var last []int64
	if err := tx.QueryRowsCtx(ctx, &last, fmt.Sprintf("select `n` from %s where `id` = ?", m.table), writer); err != nil || len(last) > 0 {
		return false, err
	}
	_, err = tx.ExecCtx(ctx, fmt.Sprintf("insert into %s (`id`, `n`) values (?, ?)", m.table), writer, batch)
	return err == nil, err
}

func (m *customTallyModel) addQuery(rows int) string {
	return fmt.Sprintf("insert into %s (`id`, `n`) values %s %s", m.table, strings.TrimSuffix(strings.Repeat("(?, ?), ", rows), ", "), m.adding)
}

func (m *customTallyModel) Range(ctx context.Context, from, before string, limit int) ([]*Tally, error) {
	return selectRows[*Tally](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `id` >= ? and `id` < ? order by `id` limit ?", tallyRows, m.table),
		from, before, limit)
}

func (m *customTallyModel) Purge(ctx context.Context, from, before string, limit int) (int, error) {
	return purgeWhere[string](ctx, m.conn, m.table, "`id` >= ? and `id` < ? order by `id` limit ?", from, before, limit)
}
