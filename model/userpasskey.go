package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var (
	// ErrTooMany is returned if the user has reached a limit.
	ErrTooMany = errors.New("model: the user has reached the limit")
	// ErrEpochChanged is returned if the user has changed since the operation began.
	ErrEpochChanged = errors.New("model: the epoch of the user has changed")
)

// AddPasskey writes the user row first: of two calls with one challenge, the second finds
// another epoch, and of two calls that add the last allowed passkey, the second counts that
// of the first.
func (m *customUserModel) AddPasskey(ctx context.Context, p *Passkey, epoch int64, most int) error {
	return m.change(ctx, p.UserId, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		same, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ? and `epoch` = ?", m.table, nextEpoch), p.UserId, epoch))
		if err != nil {
			return nil, err
		}
		if !same {
			return nil, ErrEpochChanged
		}
		var n int
		if err := tx.QueryRowCtx(ctx, &n, "select count(*) from `passkey` where `user_id` = ?", p.UserId); err != nil {
			return nil, err
		}
		if n >= most {
			return nil, ErrTooMany
		}
		if err := m.upgrade(ctx, tx, p.UserId); err != nil {
			return nil, err
		}
		if _, err := newPasskeyModel(sqlx.NewSqlConnFromSession(tx)).Insert(ctx, p); err != nil {
			return nil, err
		}
		return m.changes.add(ctx, tx, nil, &Revocation{UserId: p.UserId, Reason: CredentialChanged})
	})
}
