package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// ErrNoInvite is returned where an account is to be made by an invite that is not
// there, or no longer.
var ErrNoInvite = errors.New("model: there is no such invite")

// invitePurge bounds the rows that Purge deletes.
const invitePurge = 500

var _ InviteModel = (*customInviteModel)(nil)

type (
	// InviteModel is the table of invites that wait to be used. UserModel.InsertInvited
	// uses them up.
	InviteModel interface {
		// Add adds an invite.
		Add(ctx context.Context, i *Invite) error
		// Any reports whether one of the ids is an invite at a time in Unix milliseconds.
		Any(ctx context.Context, now int64, ids ...string) (bool, error)
		// Purge deletes invites that ended before a time; a call deletes a page of them at
		// most, and returns how many.
		Purge(ctx context.Context, before int64) (int, error)
	}

	customInviteModel struct {
		*defaultInviteModel
	}
)

// NewInviteModel returns the invite table.
func NewInviteModel(conn sqlx.SqlConn) InviteModel {
	return &customInviteModel{defaultInviteModel: newInviteModel(conn)}
}

func (m *customInviteModel) Add(ctx context.Context, i *Invite) error {
	_, err := m.Insert(ctx, i)
	return err
}

func (m *customInviteModel) Any(ctx context.Context, now int64, ids ...string) (bool, error) {
	var found []string
	err := m.conn.QueryRowsCtx(ctx, &found, fmt.Sprintf("select `id` from %s where `expires` > ? and `id` in (%s)",
		m.table, marks(len(ids))), append([]any{now}, texts(ids)...)...)
	return len(found) > 0, err
}

// Purge reads first and deletes by key, as that of sessions does.
func (m *customInviteModel) Purge(ctx context.Context, before int64) (int, error) {
	var ids []string
	err := m.conn.QueryRowsCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `expires` < ? order by `expires` limit %d", m.table, invitePurge), before)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	_, err = m.conn.ExecCtx(ctx, deleteQuery(m.table, len(ids)), texts(ids)...)
	return len(ids), err
}

// InsertInvited takes the invite first, so that those who race for one wait for its
// row and find it gone, and none has inserted anything by then.
func (m *customUserModel) InsertInvited(ctx context.Context, u *User, c *Credential, now int64, invites ...string) error {
	return transact(ctx, m.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := useInvite(ctx, tx, now, invites); err != nil {
			return nil, err
		}
		return nil, m.insertIn(ctx, tx, u, c)
	})
}

// useInvite uses up one of the invites in a transaction. Fails with ErrNoInvite.
func useInvite(ctx context.Context, tx sqlx.Session, now int64, ids []string) error {
	for _, id := range ids {
		used, err := changedOne(tx.ExecCtx(ctx, "delete from `invite` where `id` = ? and `expires` > ?", id, now))
		if used || err != nil {
			return err
		}
	}
	return ErrNoInvite
}
