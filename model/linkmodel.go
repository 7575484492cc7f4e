package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ LinkModel = (*customLinkModel)(nil)

type (
	// LinkModel is the table of accounts at other providers that are linked to users.
	// UserModel adds and removes links, as that changes how the user signs in.
	LinkModel interface {
		linkModel
		// OfUser lists the links of a user, ordered by provider.
		OfUser(ctx context.Context, userID int64) ([]*Link, error)
		// Used records a sign-in with a link at a time in Unix milliseconds, and the address
		// from the provider unless it is "".
		Used(ctx context.Context, id string, at int64, email string) error
	}

	customLinkModel struct {
		*defaultLinkModel
	}
)

// NewLinkModel returns the LinkModel of conn.
func NewLinkModel(conn sqlx.SqlConn) LinkModel {
	return &customLinkModel{defaultLinkModel: newLinkModel(conn)}
}

func (m *customLinkModel) OfUser(ctx context.Context, userID int64) ([]*Link, error) {
	return selectRows[*Link](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? order by `provider`", linkRows, m.table), userID)
}

func (m *customLinkModel) Used(ctx context.Context, id string, at int64, email string) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `last_used` = ?, `email` = case when ? = '' then `email` else ? end where `id` = ?", m.table),
		at, email, email, id)
	return err
}

// InsertLinked consumes the invite first, as InsertInvited does.
func (m *customUserModel) InsertLinked(ctx context.Context, u *User, l *Link, now int64, invites ...string) error {
	return transact(ctx, m.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if len(invites) > 0 {
			if err := useInvite(ctx, tx, now, invites); err != nil {
				return nil, err
			}
		}
		if err := m.insertIn(ctx, tx, u, nil); err != nil {
			return nil, err
		}
		_, err := newLinkModel(sqlx.NewSqlConnFromSession(tx)).Insert(ctx, l)
		return nil, err
	})
}
