package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

const (
	// MfaTries are counted before anything is compared: each that comes within MfaPause
	// of the one before it adds up, so that there are never more in such a time, wherever
	// it begins.
	MfaTries = 5
	// MfaPause is in milliseconds.
	MfaPause = 60_000
	// MfaFailures in a row end TOTP, until there is another proof.
	MfaFailures = 100
)

var _ MfaModel = (*customMfaModel)(nil)

type (
	// MfaModel is the table of second factors: a row for each user who has, had or must
	// have one. UserModel changes the factors themselves, which ends proofs.
	MfaModel interface {
		// FindOne reads the row of a user.
		FindOne(ctx context.Context, userID int64) (*Mfa, error)
		// Accept notes the time step of a right code, and ends the failures in a row. Of any
		// number of calls for one step, or an earlier one, one gets true; none does where
		// another secret was confirmed meanwhile.
		Accept(ctx context.Context, userID, confirmed, step int64) (bool, error)
		// AskReset notes when the factors are taken away, unless that is noted already.
		AskReset(ctx context.Context, userID, due, now int64) error
		// Peppers counts the secrets by the mark of the pepper they are sealed under.
		Peppers(ctx context.Context) (map[string]int, error)
		// Proven ends the failures in a row.
		Proven(ctx context.Context, userID int64) error
		// Require notes since when a second factor is demanded, and returns since when it
		// is: the first call counts.
		Require(ctx context.Context, userID, now int64) (since int64, err error)
		// Reseal puts another seal in the place of one, and reports whether it was there.
		Reseal(ctx context.Context, userID int64, was, sealed, pepper string) (bool, error)
		// SealedUnder returns rows whose secret is sealed under a pepper: those with the next
		// ids after one, at most limit of them.
		SealedUnder(ctx context.Context, pepper string, after int64, limit int) ([]*Mfa, error)
		// SetPending makes a secret the one that waits to be confirmed.
		SetPending(ctx context.Context, userID int64, pending string, now int64) error
		// StopReset takes back what AskReset has noted, and reports whether it was there.
		StopReset(ctx context.Context, userID int64) (bool, error)
		// Try counts a try as failed, and reports whether there is room for it. With lock
		// there is none after MfaFailures in a row.
		Try(ctx context.Context, userID, now int64, lock bool) (bool, error)
	}

	customMfaModel struct {
		*defaultMfaModel
	}
)

// NewMfaModel returns the table of second factors.
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

func (m *customMfaModel) Proven(ctx context.Context, userID int64) error {
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
	if row, err = m.FindOne(ctx, userID); err != nil { // another call may have been the first
		return 0, err
	}
	return row.Required, nil
}

func (m *customMfaModel) Reseal(ctx context.Context, userID int64, was, sealed, pepper string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `secret` = ?, `pepper` = ? where `user_id` = ? and `secret` = ?", m.table),
		sealed, pepper, userID, was))
}

func (m *customMfaModel) SealedUnder(ctx context.Context, pepper string, after int64, limit int) ([]*Mfa, error) {
	var rows []*Mfa
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `pepper` = ? and `user_id` > ? order by `user_id` limit ?",
		mfaRows, m.table), pepper, after, limit)
	return rows, err
}

func (m *customMfaModel) SetPending(ctx context.Context, userID int64, pending string, now int64) error {
	return m.put(ctx, &Mfa{UserId: userID, Pending: pending, Created: now}, func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `pending` = ? where `user_id` = ?", m.table), pending, userID))
	})
}

func (m *customMfaModel) StopReset(ctx context.Context, userID int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `reset_due` = 0 where `user_id` = ? and `reset_due` > 0", m.table), userID))
}

// Try leaves the time of the last try as it is where another node, whose clock is ahead,
// has written a later one. One that is more than a pause ahead is of no clock that is
// right, and counts as none, or nobody could try until then.
func (m *customMfaModel) Try(ctx context.Context, userID, now int64, lock bool) (bool, error) {
	// MySQL assigns in this order, and reads what it has assigned.
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

// put updates, or else inserts, or else lost to another insert and updates. An update that
// changes nothing in a row that is there is done by the insert that it loses to.
func (m *customMfaModel) put(ctx context.Context, row *Mfa, update func() (bool, error)) error {
	if changed, err := update(); changed || err != nil {
		return err
	}
	_, err := m.Insert(ctx, row)
	if _, taken := Duplicate(err); taken {
		_, err = update()
	}
	return err
}
