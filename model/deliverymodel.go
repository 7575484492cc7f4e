package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ DeliveryModel = (*customDeliveryModel)(nil)

type (
	// DeliveryModel is what became of messages, a row for each step.
	DeliveryModel interface {
		// InsertAll adds steps, which may have been added before.
		InsertAll(ctx context.Context, steps []*Delivery) error
		// Opening returns the steps that timelines begin with, newest first.
		Opening(ctx context.Context, f DeliveryFilter) ([]*Delivery, error)
		// Codes returns the steps by which codes were asked for or used, oldest first,
		// whose id sorts behind the given one.
		Codes(ctx context.Context, after string, limit int) ([]*Delivery, error)
		// Asked returns how many messages were asked for, by country, "" being none, in
		// the steps whose id sorts behind the given one.
		Asked(ctx context.Context, after string) (map[string]int64, error)
		// Purge deletes up to limit steps whose id sorts before the given one.
		Purge(ctx context.Context, before string, limit int) (int, error)
		// Steps returns all steps of some challenges, one challenge after the other,
		// oldest first.
		Steps(ctx context.Context, messages []string) ([]*Delivery, error)
	}

	// DeliveryFilter says which timelines Opening returns; zero values are no
	// condition.
	DeliveryFilter struct {
		Address string
		// Before is the id that the page begins behind.
		Before string
		Limit  int
	}

	customDeliveryModel struct {
		*defaultDeliveryModel
	}
)

// NewDeliveryModel returns the delivery table.
func NewDeliveryModel(conn sqlx.SqlConn) DeliveryModel {
	return &customDeliveryModel{defaultDeliveryModel: newDeliveryModel(conn)}
}

func (m *customDeliveryModel) InsertAll(ctx context.Context, steps []*Delivery) error {
	rows := make([][]any, len(steps))
	for i, s := range steps {
		rows[i] = []any{
			s.Id, s.Message, s.Send, s.Opens, s.At, s.Step, s.Address, s.Channel, s.Country, s.Block, s.Provider, s.Reason, s.Code, s.Price,
		}
	}
	return insertAll(ctx, m.conn, m.table, deliveryRows, rows)
}

func (m *customDeliveryModel) Opening(ctx context.Context, f DeliveryFilter) ([]*Delivery, error) {
	query, args := m.openingQuery(f)
	var steps []*Delivery
	err := m.conn.QueryRowsCtx(ctx, &steps, query, args...)
	return steps, err
}

func (m *customDeliveryModel) openingQuery(f DeliveryFilter) (query string, args []any) {
	where, args := "`opens` = 1 and `id` < ?", []any{last(f.Before)}
	if f.Address != "" {
		where, args = where+" and `address` = ?", append(args, f.Address)
	}
	return fmt.Sprintf("select %s from %s where %s order by `id` desc limit ?", deliveryRows, m.table, where), append(args, f.Limit)
}

func (m *customDeliveryModel) Codes(ctx context.Context, after string, limit int) ([]*Delivery, error) {
	var steps []*Delivery
	err := m.conn.QueryRowsCtx(ctx, &steps, m.codesQuery(), after, limit)
	return steps, err
}

func (m *customDeliveryModel) codesQuery() string {
	return fmt.Sprintf("select %s from %s where `id` > ? and `step` in ('asked', 'used') order by `id` limit ?", deliveryRows, m.table)
}

func (m *customDeliveryModel) Asked(ctx context.Context, after string) (map[string]int64, error) {
	var rows []struct {
		Country string `db:"country"`
		N       int64  `db:"n"`
	}
	if err := m.conn.QueryRowsCtx(ctx, &rows, m.askedQuery(), after); err != nil {
		return nil, err
	}
	asked := make(map[string]int64, len(rows))
	for _, row := range rows {
		asked[row.Country] = row.N
	}
	return asked, nil
}

func (m *customDeliveryModel) askedQuery() string {
	return fmt.Sprintf("select `country`, count(*) as `n` from %s where `id` > ? and `step` = 'asked' group by `country`", m.table)
}

func (m *customDeliveryModel) Purge(ctx context.Context, before string, limit int) (int, error) {
	return purge(ctx, m.conn, m.table, before, limit)
}

func (m *customDeliveryModel) Steps(ctx context.Context, messages []string) ([]*Delivery, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	args := make([]any, len(messages))
	for i, message := range messages {
		args[i] = message
	}
	var steps []*Delivery
	err := m.conn.QueryRowsCtx(ctx, &steps, m.stepsQuery(len(messages)), args...)
	return steps, err
}

func (m *customDeliveryModel) stepsQuery(messages int) string {
	return fmt.Sprintf("select %s from %s where `message` in (%s) order by `message`, `id`", deliveryRows, m.table, marks(messages))
}
