package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ EventModel = (*customEventModel)(nil)

type (
	// EventModel is the audit trail. It only grows: rows are inserted and read,
	// and never changed; what is too old is purged, where the database's user may.
	// So it offers little of what goctl makes.
	EventModel interface {
		// InsertAll adds events, which may have been added before.
		InsertAll(ctx context.Context, events []*Event) error
		// List returns events, newest first.
		List(ctx context.Context, f EventFilter) ([]*Event, error)
		// OfType returns the events of a type, oldest first, whose id sorts behind the
		// given one: of each its id, its time, its address and its network.
		OfType(ctx context.Context, eventType, after string, limit int) ([]*Event, error)
		// Purge deletes up to limit events whose id sorts before the given one.
		// Fails with ErrDenied.
		Purge(ctx context.Context, before string, limit int) (int, error)
	}

	// EventFilter says which events List returns; zero values are no condition.
	EventFilter struct {
		UserID int64
		Type   string
		// Address is a pseudonym, IP a network as it is kept.
		Address, IP, RequestID string
		// From is the least id, Before the one that the page begins behind.
		From, Before string
		// Types are those of which the event is one.
		Types []string
		Limit int
	}

	customEventModel struct {
		*defaultEventModel
	}
)

// NewEventModel returns the event table.
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
	var events []*Event
	err := m.conn.QueryRowsCtx(ctx, &events, query, args...)
	return events, err
}

func (m *customEventModel) listQuery(f EventFilter) (query string, args []any) {
	where, args := "`id` < ?", []any{last(f.Before)}
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
		where += " and `type` in (" + marks(len(f.Types)) + ")"
		for _, one := range f.Types {
			args = append(args, one)
		}
	}
	return fmt.Sprintf("select %s from %s where %s order by `id` desc limit ?", eventRows, m.table, where), append(args, f.Limit)
}

func (m *customEventModel) OfType(ctx context.Context, eventType, after string, limit int) ([]*Event, error) {
	var events []*Event
	err := m.conn.QueryRowsPartialCtx(ctx, &events, m.ofTypeQuery(), eventType, after, limit)
	return events, err
}

func (m *customEventModel) ofTypeQuery() string {
	return fmt.Sprintf("select `id`, `at`, `address`, `ip` from %s where `type` = ? and `id` > ? order by `id` limit ?", m.table)
}

func (m *customEventModel) Purge(ctx context.Context, before string, limit int) (int, error) {
	return purge(ctx, m.conn, m.table, before, limit)
}
