package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ EventModel = (*customEventModel)(nil)

type (
	// EventModel is the audit trail. Rows are inserted and read, never changed; old rows
	// are purged if the database user has that right. So it exposes little of what goctl
	// generates.
	EventModel interface {
		// InsertAll adds events. It may be repeated with the same events.
		InsertAll(ctx context.Context, events []*Event) error
		// List returns events, newest first.
		List(ctx context.Context, f EventFilter) ([]*Event, error)
		// OfType returns the events of a type whose id sorts after the given one, oldest
		// first. It reads only id, time, address and network.
		OfType(ctx context.Context, eventType, after string, limit int) ([]*Event, error)
		// Purge deletes up to limit events whose id sorts before the given one. It returns
		// ErrDenied if the database user lacks the right.
		Purge(ctx context.Context, before string, limit int) (int, error)
	}

	// EventFilter selects the events that List returns. Zero values match everything.
	EventFilter struct {
		UserID int64
		Type   string
		// Address is a pseudonym, IP a network as stored.
		Address, IP, RequestID string
		// From is an inclusive lower and Before an exclusive upper bound for the id.
		From, Before string
		// Types lists the accepted types.
		Types []string
		Limit int
	}

	customEventModel struct {
		*defaultEventModel
	}
)

// NewEventModel returns the EventModel of conn.
func NewEventModel(conn sqlx.SqlConn) EventModel {
	return &customEventModel{defaultEventModel: newEventModel(conn)}
}

func (m *customEventModel) InsertAll(ctx context.Context, events []*Event) error {
	return insertAll(ctx, m.conn, m.table, eventRows, eventValues(events))
}

func eventValues(events []*Event) [][]any {
	rows := make([][]any, len(events))
	for i, e := range events {
		rows[i] = []any{e.Id, e.At, e.Type, e.UserId, e.SessionId, e.ActorId, e.Address, e.Ip, e.Reason, e.RequestId, e.Actor}
	}
	return rows
}

func (m *customEventModel) List(ctx context.Context, f EventFilter) ([]*Event, error) {
	query, args := m.listQuery(f)
	return selectRows[*Event](ctx, m.conn.QueryRowsCtx, query, args...)
}

func (m *customEventModel) listQuery(f EventFilter) (query string, args []any) {
	where, args := "`id` < ?", []any{pageBound(f.Before)}
	if f.UserID != 0 {
		where, args = where+" and `user_id` = ?", append(args, f.UserID)
	}
	for _, c := range []struct{ condition, value string }{
		{"`type` = ?", f.Type}, {"`address` = ?", f.Address}, {"`ip` = ?", f.IP}, {"`request_id` = ?", f.RequestID}, {"`id` >= ?", f.From},
	} {
		if c.value != "" {
			where, args = where+" and "+c.condition, append(args, c.value)
		}
	}
	if len(f.Types) > 0 {
		where += " and `type` in (" + placeholders(len(f.Types)) + ")"
		args = append(args, anys(f.Types)...)
	}
	return fmt.Sprintf("select %s from %s where %s order by `id` desc limit ?", eventRows, m.table, where), append(args, f.Limit)
}

func (m *customEventModel) OfType(ctx context.Context, eventType, after string, limit int) ([]*Event, error) {
	return selectRows[*Event](ctx, m.conn.QueryRowsPartialCtx, m.ofTypeQuery(), eventType, after, limit)
}

func (m *customEventModel) ofTypeQuery() string {
	return fmt.Sprintf("select `id`, `at`, `address`, `ip` from %s where `type` = ? and `id` > ? order by `id` limit ?", m.table)
}

func (m *customEventModel) Purge(ctx context.Context, before string, limit int) (int, error) {
	return purge(ctx, m.conn, m.table, before, limit)
}
