package model

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ AvatarModel = (*customAvatarModel)(nil)

type (
	// AvatarModel is the table of avatars, with a row for each picture that may be in the
	// blob store. A picture without a user was replaced, belonged to an erased user, or
	// comes from an aborted upload; it is removed once it is due.
	AvatarModel interface {
		// Insert adds a picture that belongs to no user yet.
		Insert(ctx context.Context, a *Avatar) (sql.Result, error)
		// FindByUser returns the user's picture, or ErrNotFound.
		FindByUser(ctx context.Context, userID int64) (*Avatar, error)
		// Due returns pictures without a user whose due time has passed.
		Due(ctx context.Context, now int64, limit int) ([]*Avatar, error)
		// Claim postpones the due time of a picture. It reports false if another caller has
		// claimed the picture since it was read.
		Claim(ctx context.Context, a *Avatar, until int64) (bool, error)
		// Forget deletes the row of a picture without a user.
		Forget(ctx context.Context, id string) error
	}

	customAvatarModel struct {
		*defaultAvatarModel
	}
)

// NewAvatarModel returns the AvatarModel of conn.
func NewAvatarModel(conn sqlx.SqlConn) AvatarModel {
	return &customAvatarModel{defaultAvatarModel: newAvatarModel(conn)}
}

func (m *customAvatarModel) FindByUser(ctx context.Context, userID int64) (*Avatar, error) {
	return m.FindOneByUserId(ctx, sql.NullInt64{Int64: userID, Valid: true})
}

func (m *customAvatarModel) Due(ctx context.Context, now int64, limit int) ([]*Avatar, error) {
	return selectRows[*Avatar](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` is null and `due` <= ? limit ?", avatarRows, m.table), now, limit)
}

func (m *customAvatarModel) Claim(ctx context.Context, a *Avatar, until int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx,
		fmt.Sprintf("update %s set `due` = ? where `id` = ? and `user_id` is null and `due` = ?", m.table), until, a.Id, a.Due))
}

func (m *customAvatarModel) Forget(ctx context.Context, id string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ? and `user_id` is null", m.table), id)
	return err
}
