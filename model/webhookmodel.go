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
	WebhookFailed    = "failed" // no more attempts
)

const (
	// webhookPurge is the maximum number of rows that Expire and Purge change at a time.
	webhookPurge = 500
	forgetQuery  = "delete from `webhook` where `user_id` = ? and `state` in (?, ?) and `type` <> '" + UserDeleted + "'"
)

var _ WebhookModel = (*customWebhookModel)(nil)

type (
	// WebhookModel is the outbox table, with a row for each event and endpoint. The rows of
	// Changes.Outbox are written in the transactions of the changes. All times are by the
	// database clock and in milliseconds.
	WebhookModel interface {
		// Due lists the rows to send to an endpoint now, longest due first: for each user
		// the oldest pending row, unless a node is sending it.
		Due(ctx context.Context, endpoint string, limit int) ([]*DueWebhook, error)
		// Claim starts an attempt and leases the row, so that no other node starts one
		// within lease. Of concurrent callers, exactly one gets true.
		Claim(ctx context.Context, w *DueWebhook, lease int64) (bool, error)
		// Settle ends an attempt as delivered or failed, and reports whether the caller
		// still held the lease. For user.deleted it also deletes all other settled rows of
		// the user.
		Settle(ctx context.Context, w *DueWebhook, state, result string) (bool, error)
		// Retry ends a failed attempt. The row, and the other pending rows of the user at
		// the endpoint, become due after milliseconds from now.
		Retry(ctx context.Context, w *DueWebhook, after int64, result string) error
		// Release ends an attempt that was not made.
		Release(ctx context.Context, w *DueWebhook) error
		// MakeDue makes all pending rows of an endpoint due, except those that are briefly
		// held back.
		MakeDue(ctx context.Context, endpoint string) error
		// Expire marks a batch of rows that have been pending for longer than older as
		// failed, and returns how many.
		Expire(ctx context.Context, endpoint string, older int64) (int, error)
		// Purge deletes a batch of rows that were settled longer than older ago, and returns
		// how many.
		Purge(ctx context.Context, endpoint string, older int64) (int, error)
		// Totals counts the undelivered rows of an endpoint.
		Totals(ctx context.Context, endpoint string) (WebhookTotals, error)
		// Endpoints returns the names of the endpoints that have rows, configured or not. It
		// returns ErrDenied if the database user may not read the table.
		Endpoints(ctx context.Context) ([]string, error)
		// Replay makes rows pending again and returns how many.
		Replay(ctx context.Context, r Replay) (int64, error)
	}

	// DueWebhook is a Webhook with the time since it was written or replayed, in
	// milliseconds.
	DueWebhook struct {
		Webhook
		Age int64 `db:"age"`
	}

	// WebhookTotals is the number of pending rows, the age in milliseconds of the oldest of
	// them, and the number of failed rows.
	WebhookTotals struct {
		Pending int64 `db:"pending"`
		Oldest  int64 `db:"oldest"`
		Failed  int64 `db:"failed"`
	}

	// Replay selects the rows to send again: those of an Event, or else all from Since on, in
	// Unix milliseconds. They are the failed rows and, with Delivered, the delivered ones.
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

// NewWebhookModel returns the WebhookModel of conn. The clock is Changes.Clock.
func NewWebhookModel(conn sqlx.SqlConn, clock func() string) WebhookModel {
	return &customWebhookModel{defaultWebhookModel: newWebhookModel(conn), clock: clock}
}

func (m *customWebhookModel) Due(ctx context.Context, endpoint string, limit int) ([]*DueWebhook, error) {
	now := m.clock()
	return selectRows[*DueWebhook](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s, %s - w.`since` as `age` from %s w where w.`endpoint` = ? and w.`state` = '%s' "+
		"and w.`due` <= %[2]s and w.`leased` <= %[2]s and not exists (select 1 from %[3]s e where e.`user_id` = w.`user_id` and e.`endpoint` = w.`endpoint` "+
		"and e.`state` = '%[4]s' and (e.`at` < w.`at` or e.`at` = w.`at` and e.`id` < w.`id`)) order by w.`due`, w.`id` limit ?",
		columnsOf("w", webhookRows), now, m.table, WebhookPending), endpoint, limit)
}

func (m *customWebhookModel) Claim(ctx context.Context, w *DueWebhook, lease int64) (bool, error) {
	claimed, err := changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `leased` = %s + ?, `tries` = `tries` + 1 "+
		"where `id` = ? and `state` = ? and `tries` = ? and `leased` <= %[2]s", m.table, m.clock()), lease, w.Id, WebhookPending, w.Tries))
	if claimed {
		w.Tries++
	}
	return claimed, err
}

// ownAttempt matches a row while the attempt is the latest: the next one increments tries.
const ownAttempt = "`id` = ? and `state` = ? and `tries` = ?"

func (m *customWebhookModel) Settle(ctx context.Context, w *DueWebhook, state, result string) (mine bool, err error) {
	query := fmt.Sprintf("update %s set `state` = ?, `due` = %s, `leased` = 0, `result` = ? where %s", m.table, m.clock(), ownAttempt)
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

func (m *customWebhookModel) Retry(ctx context.Context, w *DueWebhook, after int64, result string) error {
	mine, err := changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s + ?, `leased` = 0, `result` = ? where %s",
		m.table, m.clock(), ownAttempt), after, result, w.Id, WebhookPending, w.Tries))
	if err != nil || !mine {
		return err
	}
	// The rows that wait for this one are not due earlier.
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s + ? where `user_id` = ? and `endpoint` = ? and `state` = ? and `due` < %[2]s + ?",
		m.table, m.clock()), after, w.UserId, w.Endpoint, WebhookPending, after)
	return err
}

func (m *customWebhookModel) Release(ctx context.Context, w *DueWebhook) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `leased` = 0, `tries` = `tries` - 1 where %s", m.table, ownAttempt), w.Id, WebhookPending, w.Tries)
	return err
}

func (m *customWebhookModel) MakeDue(ctx context.Context, endpoint string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `due` = %s where `endpoint` = ? and `state` = ? and `due` > %[2]s + ?",
		m.table, m.clock()), endpoint, WebhookPending, sessionHold)
	return err
}

func (m *customWebhookModel) Expire(ctx context.Context, endpoint string, older int64) (int, error) {
	where := fmt.Sprintf("`endpoint` = ? and `state` = ? and `since` < %s - ? and `leased` <= %[1]s limit ?", m.clock())
	ids, err := selectRows[int64](ctx, m.conn.QueryRowsCtx, idQuery(m.table, where), endpoint, WebhookPending, older, webhookPurge)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `state` = ?, `due` = %s where `state` = ? and `id` in (%s)",
		m.table, m.clock(), placeholders(len(ids))), append([]any{WebhookFailed, WebhookPending}, anys(ids)...)...)
	return len(ids), err
}

func (m *customWebhookModel) Purge(ctx context.Context, endpoint string, older int64) (purged int, err error) {
	for _, state := range []string{WebhookDelivered, WebhookFailed} {
		n, err := purgeWhere[int64](ctx, m.conn, m.table, fmt.Sprintf("`endpoint` = ? and `state` = ? and `due` < %s - ? limit ?", m.clock()),
			endpoint, state, older, webhookPurge)
		if err != nil {
			return purged, err
		}
		purged += n
	}
	return purged, nil
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
	for last := ""; ; { // steps through the distinct names in the index, of which there are few
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
	where, args := fmt.Sprintf("`endpoint` = ? and `state` in (%s)", placeholders(len(states))), append([]any{r.Endpoint}, states...)
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
