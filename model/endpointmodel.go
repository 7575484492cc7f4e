package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ EndpointModel = (*customEndpointModel)(nil)

type (
	// EndpointModel keeps how the endpoints of webhooks do, so that all nodes leave one
	// alone that fails. Times are as those of WebhookModel.
	EndpointModel interface {
		// State is how an endpoint does; one that was never tried does well.
		State(ctx context.Context, name string) (*EndpointState, error)
		// Probe begins the one try that a paused endpoint gets, unless another node has:
		// nothing else is sent for so long.
		Probe(ctx context.Context, s *EndpointState, lease int64) (bool, error)
		// Succeeded notes a success.
		Succeeded(ctx context.Context, name string) error
		// Failed notes a failure. With the failure number limit in a row, and with every
		// one after it, the endpoint is paused for so long; with a limit of 0 in any case.
		Failed(ctx context.Context, name, result string, limit, pause int64) error
		// All lists every one that was ever tried.
		All(ctx context.Context) ([]*EndpointState, error)
	}

	// EndpointState is an Endpoint, and for how long from now it is paused, in
	// milliseconds; 0 or less is not.
	EndpointState struct {
		Endpoint
		Pause int64 `db:"pause"`
	}

	customEndpointModel struct {
		*defaultEndpointModel
		clock func() string
	}
)

// NewEndpointModel returns the table; clock is Changes.Clock.
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

// Failed relies on no order of assignments: failures is set last.
func (m *customEndpointModel) Failed(ctx context.Context, name, result string, limit, pause int64) error {
	return m.note(ctx, name, fmt.Sprintf("`paused` = case when `failures` + 1 >= ? then %s + ? else `paused` end, `tried` = %[1]s, `result` = ?, "+
		"`failures` = `failures` + 1", m.clock()), limit, pause, result)
}

// note changes the row of an endpoint, which is made where there is none.
func (m *customEndpointModel) note(ctx context.Context, name, set string, args ...any) error {
	query, args := fmt.Sprintf("update %s set %s where `id` = ?", m.table, set), append(args, name)
	for range 2 {
		result, err := m.conn.ExecCtx(ctx, query, args...)
		if err != nil {
			return err
		}
		// Every note changes the time, so that a row that is there counts.
		if rows, err := result.RowsAffected(); err != nil || rows > 0 {
			return err
		}
		_, err = m.Insert(ctx, &Endpoint{Id: name})
		if _, there := Duplicate(err); err != nil && !there {
			return err
		}
	}
	return nil
}

func (m *customEndpointModel) All(ctx context.Context) ([]*EndpointState, error) {
	var rows []*EndpointState
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s, `paused` - %s as `pause` from %s order by `id`", endpointRows, m.clock(), m.table))
	return rows, err
}
