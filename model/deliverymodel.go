package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ DeliveryModel = (*customDeliveryModel)(nil)

type (
	// DeliveryModel is the table of message deliveries, with a row for each step.
	DeliveryModel interface {
		// InsertAll adds steps. It may be repeated with the same steps.
		InsertAll(ctx context.Context, steps []*Delivery) error
		// FirstSteps returns the first step of each timeline, newest first.
		FirstSteps(ctx context.Context, f DeliveryFilter) ([]*Delivery, error)
		// Codes returns the steps in which codes were requested or used and whose id sorts
		// after the given one, oldest first.
		Codes(ctx context.Context, after string, limit int) ([]*Delivery, error)
		// Asked returns the number of requested messages by country ("" if unknown), from
		// the steps whose id sorts after the given one.
		Asked(ctx context.Context, after string) (map[string]int64, error)
		// Purge deletes up to limit steps whose id sorts before the given one.
		Purge(ctx context.Context, before string, limit int) (int, error)
		// Steps returns all steps of the given challenges, grouped by challenge, oldest
		// first.
		Steps(ctx context.Context, messages []string) ([]*Delivery, error)
	}

	// DeliveryFilter selects the timelines that FirstSteps returns. Zero values match
	// everything.
	DeliveryFilter struct {
		Address string
		// Before is an exclusive upper bound for the id.
		Before string
		Limit  int
	}

	customDeliveryModel struct {
		*defaultDeliveryModel
	}
)

// NewDeliveryModel returns the DeliveryModel of conn.
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

func (m *customDeliveryModel) FirstSteps(ctx context.Context, f DeliveryFilter) ([]*Delivery, error) {
	query, args := m.firstStepsQuery(f)
	return selectRows[*Delivery](ctx, m.conn.QueryRowsCtx, query, args...)
}

func (m *customDeliveryModel) firstStepsQuery(f DeliveryFilter) (query string, args []any) {
	where, args := "`opens` = 1 and `id` < ?", []any{pageBound(f.Before)}
	if f.Address != "" {
		where, args = where+" and `address` = ?", append(args, f.Address)
	}
	return fmt.Sprintf("select %s from %s where %s order by `id` desc limit ?", deliveryRows, m.table, where), append(args, f.Limit)
}

func (m *customDeliveryModel) Codes(ctx context.Context, after string, limit int) ([]*Delivery, error) {
	return selectRows[*Delivery](ctx, m.conn.QueryRowsCtx, m.codesQuery(), after, limit)
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
	return selectRows[*Delivery](ctx, m.conn.QueryRowsCtx, m.stepsQuery(len(messages)), anys(messages)...)
}

func (m *customDeliveryModel) stepsQuery(messages int) string {
	return fmt.Sprintf("select %s from %s where `message` in (%s) order by `message`, `id`", deliveryRows, m.table, placeholders(messages))
}
