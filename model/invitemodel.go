package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// ErrNoInvite is returned if no invite is left to create an account with: there was none,
// it was used or it has expired.
var ErrNoInvite = errors.New("model: there is no such invite")

// invitePurge is the maximum number of rows that a call of Purge deletes.
const invitePurge = 500

var _ InviteModel = (*customInviteModel)(nil)

type (
	// InviteModel is the table of unused invites. UserModel.InsertInvited and
	// UserModel.InsertLinked consume them.
	InviteModel interface {
		// Add adds an invite.
		Add(ctx context.Context, i *Invite) error
		// Any reports whether one of the ids is a valid invite at now, in Unix milliseconds.
		Any(ctx context.Context, now int64, ids ...string) (bool, error)
		// Purge deletes a batch of invites that expired before the given time and returns
		// how many.
		Purge(ctx context.Context, before int64) (int, error)
	}

	customInviteModel struct {
		*defaultInviteModel
	}
)

// NewInviteModel returns the InviteModel of conn.
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
		m.table, placeholders(len(ids))), append([]any{now}, anys(ids)...)...)
	return len(found) > 0, err
}

func (m *customInviteModel) Purge(ctx context.Context, before int64) (int, error) {
	return purgeWhere[string](ctx, m.conn, m.table, "`expires` < ? order by `expires` limit ?", before, invitePurge)
}

// InsertInvited consumes the invite first: concurrent calls wait for its row and then find
// it gone, before they have inserted anything.
func (m *customUserModel) InsertInvited(ctx context.Context, u *User, c *Credential, now int64, invites ...string) error {
	return transact(ctx, m.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := useInvite(ctx, tx, now, invites); err != nil {
			return nil, err
		}
		return nil, m.insertIn(ctx, tx, u, c)
	})
}

// useInvite consumes one of the invites, or returns ErrNoInvite.
func useInvite(ctx context.Context, tx sqlx.Session, now int64, ids []string) error {
	for _, id := range ids {
		used, err := changedOne(tx.ExecCtx(ctx, "delete from `invite` where `id` = ? and `expires` > ?", id, now))
		if used || err != nil {
			return err
		}
	}
	return ErrNoInvite
}
