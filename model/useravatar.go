package model

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// dropAvatar makes the picture of a user due.
const dropAvatar = "update `avatar` set `user_id` = null, `due` = ? where `user_id` = ?"

// PutAvatar locks the row of the user first, as whatever changes a user does.
func (m *customUserModel) PutAvatar(ctx context.Context, id int64, picture *Avatar, now int64) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.setAndTell(ctx, tx, id, updated(id, "avatar"), "`avatar` = ?", picture.Hash); err != nil {
			return nil, err
		}
		if _, err := tx.ExecCtx(ctx, dropAvatar, now, id); err != nil {
			return nil, err
		}
		// Only one that nobody removes meanwhile.
		taken, err := changedOne(tx.ExecCtx(ctx,
			"update `avatar` set `user_id` = ?, `due` = 0 where `id` = ? and `user_id` is null and `due` = ? and `due` > ?", id, picture.Id, picture.Due, now))
		if err == nil && !taken {
			err = ErrNotFound
		}
		return nil, err
	})
}

func (m *customUserModel) ClearAvatar(ctx context.Context, id, now int64) (had bool, err error) {
	err = m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.set(ctx, tx, id, "`avatar` = ''"); err != nil {
			return nil, err
		}
		had, err = changedOne(tx.ExecCtx(ctx, dropAvatar, now, id))
		if err == nil && had {
			err = m.changes.tell(ctx, tx, updated(id, "avatar"))
		}
		return nil, err
	})
	return had, err
}
