package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// tallyBatch bounds the rows that a statement adds.
const tallyBatch = 500

var _ TallyModel = (*customTallyModel)(nil)

type (
	// TallyModel holds counts by id.
	TallyModel interface {
		// Add adds to the counts of ids what a writer has counted. The batches of a writer
		// have the numbers 1, 2, …; one that is added once more, because the answer was
		// lost, changes nothing.
		Add(ctx context.Context, writer string, batch int64, counts map[string]int64) error
		// Range returns the counts of ids from one on and before another, in their order,
		// at most limit of them.
		Range(ctx context.Context, from, before string, limit int) ([]*Tally, error)
		// Purge deletes up to limit counts of such ids and says how many.
		Purge(ctx context.Context, from, before string, limit int) (int, error)
	}

	customTallyModel struct {
		*defaultTallyModel
		adding string
	}
)

// NewTallyModel returns the tally table. adding is what ends an INSERT that adds to the
// column n of rows that are there, in the words of the database.
func NewTallyModel(conn sqlx.SqlConn, adding string) TallyModel {
	return &customTallyModel{defaultTallyModel: newTallyModel(conn), adding: adding}
}

func (m *customTallyModel) Add(ctx context.Context, writer string, batch int64, counts map[string]int64) error {
	return m.conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		fresh, err := m.begin(ctx, tx, writer, batch)
		if err != nil || !fresh {
			return err
		}
		// All writers go through ids in one order, so that none waits for another in a circle.
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

// begin notes the batch of a writer and reports whether it is a new one. The note waits
// for a transaction of the same writer that still runs at the server, and is taken back
// with the counts if they fail.
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
	var rows []*Tally
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `id` >= ? and `id` < ? order by `id` limit ?", tallyRows, m.table),
		from, before, limit)
	return rows, err
}

// Purge reads first and deletes by key, as purge does.
func (m *customTallyModel) Purge(ctx context.Context, from, before string, limit int) (int, error) {
	rows, err := m.Range(ctx, from, before, limit)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Id
	}
	_, err = m.conn.ExecCtx(ctx, deleteQuery(m.table, len(ids)), texts(ids)...)
	return len(ids), err
}
