package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// States of a Webhook.
const (
	WebhookPending   = "pending"
	WebhookDelivered = "delivered"
	WebhookFailed    = "failed" // given up
)

const (
	// webhookPurge bounds the rows that a statement deletes or changes in passing.
	webhookPurge = 500
	forgetQuery  = "delete from `webhook` where `user_id` = ? and `state` in (?, ?) and `type` <> '" + UserDeleted + "'"
)

var _ WebhookModel = (*customWebhookModel)(nil)

type (
	// WebhookModel is the table of what is to be told to other services, a row for each
	// event and endpoint. Changes.Outbox has its rows written in the transactions of
	// what happened. All times are by the clock of the database, and in milliseconds.
	WebhookModel interface {
		// Due lists what is to be sent to an endpoint now: of each user the oldest that
		// is pending, unless a node is trying it. Those due longest come first.
		Due(ctx context.Context, endpoint string, limit int) ([]*DueWebhook, error)
		// Claim begins a try, which no other node begins within lease, and reports
		// whether it did. Of any number of callers one gets true.
		Claim(ctx context.Context, w *DueWebhook, lease int64) (bool, error)
		// Settle ends a try, and with it the row is delivered or failed. With user.deleted
		// all else that was told of the user goes. It reports whether the row still was
		// the caller's.
		Settle(ctx context.Context, w *DueWebhook, state, result string) (bool, error)
		// Again ends a try that failed. What is pending for the user at the endpoint is
		// not due before that, in milliseconds from now.
		Again(ctx context.Context, w *DueWebhook, after int64, result string) error
		// GiveBack ends a try that was not made.
		GiveBack(ctx context.Context, w *DueWebhook) error
		// Hurry makes all that is pending for an endpoint due, but for what is held back
		// for a moment.
		Hurry(ctx context.Context, endpoint string) error
		// Expire gives up what has waited for so long, a page at a time, and returns how
		// many.
		Expire(ctx context.Context, endpoint string, older int64) (int, error)
		// Purge deletes what has been settled for so long, a page at a time, and returns
		// how many.
		Purge(ctx context.Context, endpoint string, older int64) (int, error)
		// Totals counts what is not delivered to an endpoint.
		Totals(ctx context.Context, endpoint string) (WebhookTotals, error)
		// Endpoints are the names of those that have rows, configured or not. Fails with
		// ErrDenied where the database's user may not read the table.
		Endpoints(ctx context.Context) ([]string, error)
		// Replay makes rows pending anew and returns how many.
		Replay(ctx context.Context, r Replay) (int64, error)
	}

	// DueWebhook is a Webhook, and for how long it has been tried or replayed, in
	// milliseconds.
	DueWebhook struct {
		Webhook
		Age int64 `db:"age"`
	}

	// WebhookTotals are how many rows are pending, how long ago what the oldest of them
	// tells happened, in milliseconds, and how many were given up.
	WebhookTotals struct {
		Pending int64 `db:"pending"`
		Oldest  int64 `db:"oldest"`
		Failed  int64 `db:"failed"`
	}

	// Replay says what is to be sent once more: an Event, or else all of Since, in Unix
	// milliseconds. Delivered adds what has been delivered to what was given up.
	Replay struct {
		Endpoint, Event string
		Since           int64
		Delivered       bool
	}

	customWebhookModel struct {
		*defaultWebhookModel
		clock func() string
	}
)

// NewWebhookModel returns the table; clock is Changes.Clock.
func NewWebhookModel(conn sqlx.SqlConn, clock func() string) WebhookModel {
	return &customWebhookModel{defaultWebhookModel: newWebhookModel(conn), clock: clock}
}

func (m *customWebhookModel) Due(ctx context.Context, endpoint string, limit int) ([]*DueWebhook, error) {
	now := m.clock()
	var rows []*DueWebhook
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s, %s - w.`since` as `age` from %s w where w.`endpoint` = ? and w.`state` = '%s' "+
		"and w.`due` <= %[2]s and w.`leased` <= %[2]s and not exists (select 1 from %[3]s e where e.`user_id` = w.`user_id` and e.`endpoint` = w.`endpoint` "+
		"and e.`state` = '%[4]s' and (e.`at` < w.`at` or e.`at` = w.`at` and e.`id` < w.`id`)) order by w.`due`, w.`id` limit ?",
		columnsOf("w", webhookRows), now, m.table, WebhookPending), endpoint, limit)
	return rows, err
}

func (m *customWebhookModel) Claim(ctx context.Context, w *DueWebhook, lease int64) (bool, error) {
	claimed, err := changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `leased` = %s + ?, `tries` = `tries` + 1 "+
		"where `id` = ? and `state` = ? and `tries` = ? and `leased` <= %[2]s", m.table, m.clock()), lease, w.Id, WebhookPending, w.Tries))
	if claimed {
		w.Tries++
	}
	return claimed, err
}

// own are the rows of a try: with the next one the number grows.
const own = "`id` = ? and `state` = ? and `tries` = ?"

func (m *customWebhookModel) Settle(ctx context.Context, w *DueWebhook, state, result string) (mine bool, err error) {
	query := fmt.Sprintf("update %s set `state` = ?, `due` = %s, `leased` = 0, `result` = ? where %s", m.table, m.clock(), own)
	args := []any{state, result, w.Id, WebhookPending, w.Tries}
	if w.Type != UserDeleted {
		return changedOne(m.conn.ExecCtx(ctx, query, args...))
	}
	err = m.conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		mine, err = changedOne(tx.ExecCtx(ctx, query, args...))
		if err != nil || !mine {
			return err
		}
		_, err = tx.ExecCtx(ctx, forgetQuery+" and `endpoint` = ?", w.UserId, WebhookDelivered, WebhookFailed, w.Endpoint)
		return err
	})
	return mine, err
}

func (m *customWebhookModel) Again(ctx context.Context, w *DueWebhook, after int64, result string) error {
	mine, err := changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s + ?, `leased` = 0, `result` = ? where %s",
		m.table, m.clock(), own), after, result, w.Id, WebhookPending, w.Tries))
	if err != nil || !mine {
		return err
	}
	// Those that wait for it need not be looked at before.
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s + ? where `user_id` = ? and `endpoint` = ? and `state` = ? and `due` < %[2]s + ?",
		m.table, m.clock()), after, w.UserId, w.Endpoint, WebhookPending, after)
	return err
}

func (m *customWebhookModel) GiveBack(ctx context.Context, w *DueWebhook) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `leased` = 0, `tries` = `tries` - 1 where %s", m.table, own), w.Id, WebhookPending, w.Tries)
	return err
}

func (m *customWebhookModel) Hurry(ctx context.Context, endpoint string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s where `endpoint` = ? and `state` = ? and `due` > %[2]s + ?",
		m.table, m.clock()), endpoint, WebhookPending, sessionHold)
	return err
}

func (m *customWebhookModel) Expire(ctx context.Context, endpoint string, older int64) (int, error) {
	ids, err := m.page(ctx, fmt.Sprintf("`endpoint` = ? and `state` = ? and `since` < %s - ? and `leased` <= %[1]s", m.clock()), endpoint, WebhookPending, older)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `state` = ?, `due` = %s where `state` = ? and `id` in (%s)",
		m.table, m.clock(), places(len(ids))), append([]any{WebhookFailed, WebhookPending}, ids...)...)
	return len(ids), err
}

// Purge reads first and deletes by key, as that of sessions does.
func (m *customWebhookModel) Purge(ctx context.Context, endpoint string, older int64) (purged int, err error) {
	for _, state := range []string{WebhookDelivered, WebhookFailed} {
		ids, err := m.page(ctx, fmt.Sprintf("`endpoint` = ? and `state` = ? and `due` < %s - ?", m.clock()), endpoint, state, older)
		if err == nil && len(ids) > 0 {
			_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` in (%s)", m.table, places(len(ids))), ids...)
		}
		if err != nil {
			return purged, err
		}
		purged += len(ids)
	}
	return purged, nil
}

func (m *customWebhookModel) page(ctx context.Context, where string, args ...any) ([]any, error) {
	var ids []int64
	err := m.conn.QueryRowsCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where %s limit %d", m.table, where, webhookPurge), args...)
	found := make([]any, len(ids))
	for i, id := range ids {
		found[i] = id
	}
	return found, err
}

func (m *customWebhookModel) Totals(ctx context.Context, endpoint string) (WebhookTotals, error) {
	var t WebhookTotals
	of := fmt.Sprintf("from %s where `endpoint` = ? and `state` = ?", m.table)
	err := m.conn.QueryRowCtx(ctx, &t, fmt.Sprintf("select count(*) as `pending`, coalesce(%s - min(`at`), 0) as `oldest`, (select count(*) %s) as `failed` %[2]s",
		m.clock(), of), endpoint, WebhookFailed, endpoint, WebhookPending)
	return t, err
}

func (m *customWebhookModel) Endpoints(ctx context.Context) ([]string, error) {
	var names []string
	for last := ""; ; { // from name to name, by the index: there are few
		var next []string
		err := m.conn.QueryRowsCtx(ctx, &next, fmt.Sprintf("select `endpoint` from %s where `endpoint` > ? order by `endpoint` limit 1", m.table), last)
		if denied(err) {
			return nil, ErrDenied
		}
		if err != nil || len(next) == 0 {
			return names, err
		}
		last = next[0]
		names = append(names, last)
	}
}

func (m *customWebhookModel) Replay(ctx context.Context, r Replay) (int64, error) {
	states := []any{WebhookFailed}
	if r.Delivered {
		states = append(states, WebhookDelivered)
	}
	where, args := fmt.Sprintf("`endpoint` = ? and `state` in (%s)", places(len(states))), append([]any{r.Endpoint}, states...)
	if r.Event != "" {
		where, args = where+" and `event` = ?", append(args, r.Event)
	} else {
		where, args = where+" and `at` >= ?", append(args, r.Since)
	}
	now := m.clock()
	result, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `state` = '%s', `since` = %s, `due` = %[3]s, `leased` = 0, `tries` = 0 where %s",
		m.table, WebhookPending, now, where), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
