package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ PasskeyModel = (*customPasskeyModel)(nil)

type (
	// PasskeyModel is the table of passkeys. UserModel adds and removes them, as that changes
	// how the user signs in.
	PasskeyModel interface {
		// FindOneByHash returns the passkey with a hashed credential id, or ErrNotFound.
		FindOneByHash(ctx context.Context, hash string) (*Passkey, error)
		// OfUser returns the passkeys of a user, oldest first.
		OfUser(ctx context.Context, userID int64) ([]*Passkey, error)
		// Live reports whether a user has a passkey that may sign in.
		Live(ctx context.Context, userID int64) (bool, error)
		// Rename renames a user's passkey and reports whether it changed.
		Rename(ctx context.Context, userID int64, id, name string) (bool, error)
		// Sign records a signature and reports whether it is accepted: the passkey exists and
		// is not suspected to be cloned, and the counter has increased, unless the
		// authenticator does not count or this challenge was recorded before.
		Sign(ctx context.Context, s Signature) (bool, error)
		// MarkCloned records since when a passkey is suspected to be cloned, and reports
		// whether it was not suspected before.
		MarkCloned(ctx context.Context, id string, now int64) (bool, error)
	}

	// Signature is what is stored of a verified signature.
	Signature struct {
		ID string
		// Challenge is the digest of the signed challenge, Counter the signature counter.
		Challenge string
		Counter   int64
		BackedUp  int64
		At        int64
	}

	customPasskeyModel struct {
		*defaultPasskeyModel
	}
)

// NewPasskeyModel returns the PasskeyModel of conn.
func NewPasskeyModel(conn sqlx.SqlConn) PasskeyModel {
	return &customPasskeyModel{defaultPasskeyModel: newPasskeyModel(conn)}
}

func (m *customPasskeyModel) OfUser(ctx context.Context, userID int64) ([]*Passkey, error) {
	return selectRows[*Passkey](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? order by `created`, `id`", passkeyRows, m.table), userID)
}

func (m *customPasskeyModel) Live(ctx context.Context, userID int64) (bool, error) {
	var n int
	err := m.conn.QueryRowCtx(ctx, &n, fmt.Sprintf("select count(*) from %s where `user_id` = ? and `cloned` = 0", m.table), userID)
	return n > 0, err
}

func (m *customPasskeyModel) Rename(ctx context.Context, userID int64, id, name string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `name` = ? where `id` = ? and `user_id` = ?", m.table), name, id, userID))
}

// Sign is one statement, so that only one of two signatures with the same counter is
// accepted.
func (m *customPasskeyModel) Sign(ctx context.Context, s Signature) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `counter` = ?, `challenge` = ?, `backed_up` = ?, `used` = ? "+
		"where `id` = ? and `cloned` = 0 and (`counter` < ? or (`counter` = 0 and ? = 0) or `challenge` = ?)", m.table),
		s.Counter, s.Challenge, s.BackedUp, s.At, s.ID, s.Counter, s.Counter, s.Challenge))
}

func (m *customPasskeyModel) MarkCloned(ctx context.Context, id string, now int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `cloned` = ? where `id` = ? and `cloned` = 0", m.table), now, id))
}
