package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Kinds of credentials.
const (
	KindPassword = "password"
	// KindReset is a new password that is still to take effect.
	KindReset = "reset"
)

var _ CredentialModel = (*customCredentialModel)(nil)

type (
	// CredentialModel is the table of password hashes. It is not cached, so that
	// no hash ever enters Redis.
	CredentialModel interface {
		credentialModel
		// OfUser lists the user's credentials.
		OfUser(ctx context.Context, userID int64) ([]*Credential, error)
		// Put makes secret the user's credential of its kind.
		Put(ctx context.Context, c *Credential) error
		// Replace makes secret the credential only if old still is; false if not.
		Replace(ctx context.Context, c *Credential, old string) (bool, error)
		// Secret is the user's credential of the kind, or "" without one.
		Secret(ctx context.Context, userID int64, kind string) (string, error)
	}

	customCredentialModel struct {
		*defaultCredentialModel
	}
)

// NewCredentialModel returns the credential table.
func NewCredentialModel(conn sqlx.SqlConn) CredentialModel {
	return &customCredentialModel{defaultCredentialModel: newCredentialModel(conn)}
}

func (m *customCredentialModel) OfUser(ctx context.Context, userID int64) ([]*Credential, error) {
	var rows []*Credential
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` = ? order by `kind`", credentialRows, m.table), userID)
	return rows, err
}

// Put updates, or else inserts, or else lost to another insert and updates: the
// one upsert that both dialects know.
func (m *customCredentialModel) Put(ctx context.Context, c *Credential) error {
	update := func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `secret` = ?, `changed` = ? where `user_id` = ? and `kind` = ?", m.table),
			c.Secret, c.Changed, c.UserId, c.Kind))
	}
	if changed, err := update(); changed || err != nil {
		return err
	}
	_, err := m.Insert(ctx, c)
	if _, taken := Duplicate(err); taken {
		_, err = update()
	}
	return err
}

func (m *customCredentialModel) Replace(ctx context.Context, c *Credential, old string) (replaced bool, err error) {
	err = m.conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) (err error) {
		replaced, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `secret` = ?, `changed` = ? where `user_id` = ? and `kind` = ? and `secret` = ?", m.table),
			c.Secret, c.Changed, c.UserId, c.Kind, old))
		if err != nil || !replaced {
			return err
		}
		return hashReplaced(ctx, tx, c.UserId)
	})
	return replaced && err == nil, err
}

func (m *customCredentialModel) Secret(ctx context.Context, userID int64, kind string) (string, error) {
	c, err := m.FindOneByUserIdKind(ctx, userID, kind)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return c.Secret, nil
}
