package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var (
	// ErrTooMany is returned where a user would have more of something than there may be.
	ErrTooMany = errors.New("model: the user has as many as there may be")
	// ErrOtherEpoch is returned where the user has changed since something was begun.
	ErrOtherEpoch = errors.New("model: the user is in another epoch")
)

// AddPasskey writes the row of the user first: of two that use one challenge, the second
// finds another epoch, and of two that add the last passkey there may be, the second
// counts that of the first.
func (m *customUserModel) AddPasskey(ctx context.Context, p *Passkey, epoch int64, most int) error {
	return m.change(ctx, p.UserId, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		same, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ? and `epoch` = ?", m.table, nextEpoch), p.UserId, epoch))
		if err != nil {
			return nil, err
		}
		if !same {
			return nil, ErrOtherEpoch
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
