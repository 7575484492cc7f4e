package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ EndpointModel = (*customEndpointModel)(nil)

type (
	// EndpointModel is the table of webhook endpoints and their health, so that all nodes
	// pause an endpoint that fails. Times are as in WebhookModel.
	EndpointModel interface {
		// State returns the health of an endpoint; one without a row is healthy.
		State(ctx context.Context, name string) (*EndpointState, error)
		// Probe starts the single attempt that a paused endpoint gets and extends the pause
		// by lease. It reports false if another node has started one.
		Probe(ctx context.Context, s *EndpointState, lease int64) (bool, error)
		// Succeeded records a success.
		Succeeded(ctx context.Context, name string) error
		// Failed records a failure. From limit consecutive failures on, each one pauses the
		// endpoint for pause; a limit of 0 pauses it after any failure.
		Failed(ctx context.Context, name, result string, limit, pause int64) error
		// All lists every endpoint that was ever tried.
		All(ctx context.Context) ([]*EndpointState, error)
	}

	// EndpointState is an Endpoint with the rest of its pause in milliseconds; it is not
	// paused if that is 0 or less.
	EndpointState struct {
		Endpoint
		Pause int64 `db:"pause"`
	}

	customEndpointModel struct {
		*defaultEndpointModel
		clock func() string
	}
)

// NewEndpointModel returns the EndpointModel of conn. The clock is Changes.Clock.
func NewEndpointModel(conn sqlx.SqlConn, clock func() string) EndpointModel {
	return &customEndpointModel{defaultEndpointModel: newEndpointModel(conn), clock: clock}
}

func (m *customEndpointModel) State(ctx context.Context, name string) (*EndpointState, error) {
	var found []*EndpointState
	err := m.conn.QueryRowsCtx(ctx, &found, fmt.Sprintf("select %s, `paused` - %s as `pause` from %s where `id` = ?", endpointRows, m.clock(), m.table), name)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return &EndpointState{Endpoint: Endpoint{Id: name}}, nil
	}
	return found[0], nil
}

func (m *customEndpointModel) Probe(ctx context.Context, s *EndpointState, lease int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `paused` = %s + ? where `id` = ? and `paused` = ? and `failures` = ?",
		m.table, m.clock()), lease, s.Id, s.Paused, s.Failures))
}

func (m *customEndpointModel) Succeeded(ctx context.Context, name string) error {
	return m.note(ctx, name, fmt.Sprintf("`failures` = 0, `paused` = 0, `tried` = %s, `succeeded` = %[1]s", m.clock()))
}

// Failed sets failures last, so the order in which a database evaluates assignments does
// not matter.
func (m *customEndpointModel) Failed(ctx context.Context, name, result string, limit, pause int64) error {
	return m.note(ctx, name, fmt.Sprintf("`paused` = case when `failures` + 1 >= ? then %s + ? else `paused` end, `tried` = %[1]s, `result` = ?, "+
		"`failures` = `failures` + 1", m.clock()), limit, pause, result)
}

// note updates the row of an endpoint, or creates it if there is none.
func (m *customEndpointModel) note(ctx context.Context, name, set string, args ...any) error {
	query, args := fmt.Sprintf("update %s set %s where `id` = ?", m.table, set), append(args, name)
	for range 2 {
		result, err := m.conn.ExecCtx(ctx, query, args...)
		if err != nil {
			return err
		}
		// Every update changes the time, so an existing row counts as affected.
		if rows, err := result.RowsAffected(); err != nil || rows > 0 {
			return err
		}
		_, err = m.Insert(ctx, &Endpoint{Id: name})
		if _, exists := Duplicate(err); err != nil && !exists {
			return err
		}
	}
	return nil
}

func (m *customEndpointModel) All(ctx context.Context) ([]*EndpointState, error) {
	return selectRows[*EndpointState](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s, `paused` - %s as `pause` from %s order by `id`", endpointRows, m.clock(), m.table))
}
