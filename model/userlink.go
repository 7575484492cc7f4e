package model

import (
	"context"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// AddLink locks the user row first, as every change of a user does. If the user was being
// erased, the row is gone by then and the insert fails.
func (m *customUserModel) AddLink(ctx context.Context, l *Link) error {
	return m.change(ctx, l.UserId, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.set(ctx, tx, l.UserId, nextEpoch); err != nil {
			return nil, err
		}
		if err := m.upgrade(ctx, tx, l.UserId); err != nil {
			return nil, err
		}
		if _, err := newLinkModel(sqlx.NewSqlConnFromSession(tx)).Insert(ctx, l); err != nil {
			return nil, err
		}
		return m.changes.add(ctx, tx, nil, &Revocation{UserId: l.UserId, Reason: CredentialChanged})
	})
}

// EndByProvider marks the link first: of two calls for the same event, the second finds the
// mark and does nothing.
func (m *customUserModel) EndByProvider(ctx context.Context, l *Link, told int64, e Ending) (done bool, err error) {
	err = m.change(ctx, l.UserId, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		if err := m.set(ctx, tx, l.UserId, "`epoch` = `epoch`"); err != nil {
			return nil, err
		}
		done, err = changedOne(tx.ExecCtx(ctx, "update `link` set `told` = ? where `id` = ? and `told` < ? and `created` <= ?", told, l.Id, told, e.Before))
		if err != nil || !done {
			return nil, err
		}
		if err := m.set(ctx, tx, l.UserId, nextEpoch); err != nil {
			return nil, err
		}
		return m.changes.end(ctx, tx, e, l.UserId)
	})
	return done && err == nil, err
}
