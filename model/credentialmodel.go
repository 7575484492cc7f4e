package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Kinds of credentials.
const (
	KindPassword = "password"
	// KindReset is a new password that has not taken effect yet.
	KindReset = "reset"
)

var _ CredentialModel = (*customCredentialModel)(nil)

type (
	// CredentialModel is the table of password hashes. It is not cached, so that no hash
	// ever reaches Redis.
	CredentialModel interface {
		credentialModel
		// OfUser lists the user's credentials.
		OfUser(ctx context.Context, userID int64) ([]*Credential, error)
		// Put stores a credential, replacing the user's credential of the same kind.
		Put(ctx context.Context, c *Credential) error
		// Replace stores the secret only if the current one is old, and reports whether it
		// did.
		Replace(ctx context.Context, c *Credential, old string) (bool, error)
		// Secret returns the user's secret of that kind, or "" if there is none.
		Secret(ctx context.Context, userID int64, kind string) (string, error)
	}

	customCredentialModel struct {
		*defaultCredentialModel
	}
)

// NewCredentialModel returns the CredentialModel of conn.
func NewCredentialModel(conn sqlx.SqlConn) CredentialModel {
	return &customCredentialModel{defaultCredentialModel: newCredentialModel(conn)}
}

func (m *customCredentialModel) OfUser(ctx context.Context, userID int64) ([]*Credential, error) {
	return selectRows[*Credential](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? order by `kind`", credentialRows, m.table), userID)
}

func (m *customCredentialModel) Put(ctx context.Context, c *Credential) error {
	return upsert(func() (bool, error) {
		return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `secret` = ?, `changed` = ? where `user_id` = ? and `kind` = ?", m.table),
			c.Secret, c.Changed, c.UserId, c.Kind))
	}, func() (sql.Result, error) { return m.Insert(ctx, c) })
}

func (m *customCredentialModel) Replace(ctx context.Context, c *Credential, old string) (replaced bool, err error) {
	err = m.conn.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) (err error) {
		replaced, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf(
			"update %s set `secret` = ?, `changed` = ? where `user_id` = ? and `kind` = ? and `secret` = ?", m.table),
			c.Secret, c.Changed, c.UserId, c.Kind, old))
		if err != nil || !replaced {
			return err
		}
		return clearImportedHash(ctx, tx, c.UserId)
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
