package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

const (
	// MfaTries is the number of attempts allowed. They are counted before the code is
	// compared, and the count restarts only after MfaPause without an attempt, so no period
	// of that length ever sees more.
	MfaTries = 5
	// MfaPause is the pause that resets MfaTries, in milliseconds.
	MfaPause = 60_000
	// MfaFailures is the number of consecutive failures that lock TOTP until the user
	// proves otherwise who they are.
	MfaFailures = 100
)

var _ MfaModel = (*customMfaModel)(nil)

type (
	// MfaModel is the table of second factors, with a row for each user who has, had or
	// must have one. UserModel changes the factors themselves, as that ends proofs.
	MfaModel interface {
		// FindOne reads the row of a user.
		FindOne(ctx context.Context, userID int64) (*Mfa, error)
		// Accept records the time step of a correct code and resets the failures. It reports
		// whether the code counts: only one call for a step, or an earlier one, gets true, and
		// none if another secret was confirmed in the meantime.
		Accept(ctx context.Context, userID, confirmed, step int64) (bool, error)
		// AskReset schedules the removal of the factors, unless it is scheduled already.
		AskReset(ctx context.Context, userID, due, now int64) error
		// Peppers counts the secrets by the ID of the pepper that encrypts them.
		Peppers(ctx context.Context) (map[string]int, error)
		// ResetFailures resets the consecutive failures.
		ResetFailures(ctx context.Context, userID int64) error
		// Require demands a second factor from the user and returns since when it is
		// demanded, which the first call determines.
		Require(ctx context.Context, userID, now int64) (since int64, err error)
		// Reseal replaces the encrypted secret was, and reports whether it was still stored.
		Reseal(ctx context.Context, userID int64, was, sealed, pepper string) (bool, error)
		// SealedUnder returns up to limit rows whose secret is encrypted with a pepper and
		// whose user id is greater than after.
		SealedUnder(ctx context.Context, pepper string, after int64, limit int) ([]*Mfa, error)
		// SetPending stores a secret that is to be confirmed.
		SetPending(ctx context.Context, userID int64, pending string, now int64) error
		// StopReset cancels a reset, and reports whether one was scheduled.
		StopReset(ctx context.Context, userID int64) (bool, error)
		// Try counts an attempt as failed and reports whether it is allowed. With lock, none
		// is allowed after MfaFailures consecutive failures.
		Try(ctx context.Context, userID, now int64, lock bool) (bool, error)
	}

	customMfaModel struct {
		*defaultMfaModel
	}
)

// NewMfaModel returns the MfaModel of conn.
func NewMfaModel(conn sqlx.SqlConn) MfaModel {
	return &customMfaModel{defaultMfaModel: newMfaModel(conn)}
}

func (m *customMfaModel) Accept(ctx context.Context, userID, confirmed, step int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf(
		"update %s set `step` = ?, `tries` = 0, `failed` = 0 where `user_id` = ? and `confirmed` = ? and `confirmed` > 0 and `step` < ?", m.table),
		step, userID, confirmed, step))
}

func (m *customMfaModel) AskReset(ctx context.Context, userID, due, now int64) error {
	return m.put(ctx, &Mfa{UserId: userID, ResetDue: due, Created: now}, func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `reset_due` = ? where `user_id` = ? and `reset_due` = 0", m.table), due, userID))
	})
}

func (m *customMfaModel) Peppers(ctx context.Context) (map[string]int, error) {
	var rows []*struct {
		Pepper string `db:"pepper"`
		N      int    `db:"n"`
	}
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select `pepper`, count(*) as `n` from %s where `pepper` > '' group by `pepper`", m.table))
	counts := make(map[string]int, len(rows))
	for _, row := range rows {
		counts[row.Pepper] = row.N
	}
	return counts, err
}

func (m *customMfaModel) ResetFailures(ctx context.Context, userID int64) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `tries` = 0, `failed` = 0 where `user_id` = ? and `failed` > 0", m.table), userID)
	return err
}

func (m *customMfaModel) Require(ctx context.Context, userID, now int64) (int64, error) {
	row, err := m.FindOne(ctx, userID)
	if err == nil && row.Required > 0 {
		return row.Required, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	err = m.put(ctx, &Mfa{UserId: userID, Required: now, Created: now}, func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `required` = ? where `user_id` = ? and `required` = 0", m.table), now, userID))
	})
	if err != nil {
		return 0, err
	}
	if row, err = m.FindOne(ctx, userID); err != nil { // another call may have been first
		return 0, err
	}
	return row.Required, nil
}

func (m *customMfaModel) Reseal(ctx context.Context, userID int64, was, sealed, pepper string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `secret` = ?, `pepper` = ? where `user_id` = ? and `secret` = ?", m.table),
		sealed, pepper, userID, was))
}

func (m *customMfaModel) SealedUnder(ctx context.Context, pepper string, after int64, limit int) ([]*Mfa, error) {
	return selectRows[*Mfa](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `pepper` = ? and `user_id` > ? order by `user_id` limit ?",
		mfaRows, m.table), pepper, after, limit)
}

func (m *customMfaModel) SetPending(ctx context.Context, userID int64, pending string, now int64) error {
	return m.put(ctx, &Mfa{UserId: userID, Pending: pending, Created: now}, func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `pending` = ? where `user_id` = ?", m.table), pending, userID))
	})
}

func (m *customMfaModel) StopReset(ctx context.Context, userID int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `reset_due` = 0 where `user_id` = ? and `reset_due` > 0", m.table), userID))
}

// Try keeps the stored time of the last attempt if it is later, as written by a node whose
// clock is ahead. A time more than MfaPause ahead comes from a wrong clock and is ignored,
// as otherwise no attempt would be allowed until then.
func (m *customMfaModel) Try(ctx context.Context, userID, now int64, lock bool) (bool, error) {
	// MySQL evaluates assignments in this order and reads the new values.
	query := fmt.Sprintf("update %s set "+
		"`tries` = case when `minute` > ? and `minute` <= ? then `tries` + 1 else 1 end, "+
		"`minute` = case when `minute` > ? and `minute` <= ? then `minute` else ? end, "+
		"`failed` = `failed` + 1 "+
		"where `user_id` = ? and (`tries` < ? or `minute` <= ? or `minute` > ?)", m.table)
	args := []any{now - MfaPause, now + MfaPause, now, now + MfaPause, now, userID, MfaTries, now - MfaPause, now + MfaPause}
	if lock {
		query, args = query+" and `failed` < ?", append(args, MfaFailures)
	}
	return changedOne(m.conn.ExecCtx(ctx, query, args...))
}

// put updates the row of a user, or inserts it. An update that changes nothing in an existing
// row is followed by an insert that fails, and is then repeated, which does no harm.
func (m *customMfaModel) put(ctx context.Context, row *Mfa, update func() (bool, error)) error {
	return upsert(update, func() (sql.Result, error) { return m.Insert(ctx, row) })
}
