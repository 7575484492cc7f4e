package model

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ AvatarModel = (*customAvatarModel)(nil)

type (
	// AvatarModel is the pictures of users, a row for each that may be in the store of
	// blobs. One without a user is to be removed once it is due: it was replaced, its
	// user is erased, or its upload was broken off.
	AvatarModel interface {
		// Insert adds a picture that is not yet a user's.
		Insert(ctx context.Context, a *Avatar) (sql.Result, error)
		// FindByUser returns the picture of a user. Fails with ErrNotFound.
		FindByUser(ctx context.Context, userID int64) (*Avatar, error)
		// Due returns pictures without a user that are due.
		Due(ctx context.Context, now int64, limit int) ([]*Avatar, error)
		// Claim puts off when a picture is due, and reports whether nobody else did so
		// meanwhile.
		Claim(ctx context.Context, a *Avatar, until int64) (bool, error)
		// Forget deletes the row of a picture without a user.
		Forget(ctx context.Context, id string) error
	}

	customAvatarModel struct {
		*defaultAvatarModel
	}
)

// NewAvatarModel returns the avatar table.
func NewAvatarModel(conn sqlx.SqlConn) AvatarModel {
	return &customAvatarModel{defaultAvatarModel: newAvatarModel(conn)}
}

func (m *customAvatarModel) FindByUser(ctx context.Context, userID int64) (*Avatar, error) {
	return m.FindOneByUserId(ctx, sql.NullInt64{Int64: userID, Valid: true})
}

func (m *customAvatarModel) Due(ctx context.Context, now int64, limit int) ([]*Avatar, error) {
	var rows []*Avatar
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` is null and `due` <= ? limit ?", avatarRows, m.table), now, limit)
	return rows, err
}

func (m *customAvatarModel) Claim(ctx context.Context, a *Avatar, until int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx,
		fmt.Sprintf("update %s set `due` = ? where `id` = ? and `user_id` is null and `due` = ?", m.table), until, a.Id, a.Due))
}

func (m *customAvatarModel) Forget(ctx context.Context, id string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ? and `user_id` is null", m.table), id)
	return err
}
