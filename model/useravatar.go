package model

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// dropAvatar detaches a user's picture and makes it due.
const dropAvatar = "update `avatar` set `user_id` = null, `due` = ? where `user_id` = ?"

// PutAvatar locks the user row first, as every change of a user does.
func (m *customUserModel) PutAvatar(ctx context.Context, id int64, picture *Avatar, now int64) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.setAndEnqueue(ctx, tx, id, updatedEvent(id, "avatar"), "`avatar` = ?", picture.Hash); err != nil {
			return nil, err
		}
		if _, err := tx.ExecCtx(ctx, dropAvatar, now, id); err != nil {
			return nil, err
		}
		// Only if the picture is not being removed concurrently.
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
			err = m.changes.enqueue(ctx, tx, updatedEvent(id, "avatar"))
		}
		return nil, err
	})
	return had, err
}
