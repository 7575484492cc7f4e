package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ PasskeyModel = (*customPasskeyModel)(nil)

type (
	// PasskeyModel is the passkeys of users. UserModel adds and removes them, which
	// changes how a user can be proven.
	PasskeyModel interface {
		// FindOneByHash returns the passkey of a credential id. Fails with ErrNotFound.
		FindOneByHash(ctx context.Context, hash string) (*Passkey, error)
		// OfUser returns the passkeys of a user, oldest first.
		OfUser(ctx context.Context, userID int64) ([]*Passkey, error)
		// Live reports whether a user has a passkey that admits.
		Live(ctx context.Context, userID int64) (bool, error)
		// Rename gives a passkey of a user another name, and reports whether it is there.
		Rename(ctx context.Context, userID int64, id, name string) (bool, error)
		// Sign notes a signature, and reports whether it may count: the passkey is there, no
		// copy of it is suspected, and the counter has gone up, unless the authenticator does
		// not count, or the signature of this very challenge was noted before.
		Sign(ctx context.Context, s Signature) (bool, error)
		// Suspect notes since when a copy of a passkey is suspected, and reports whether that
		// is new.
		Suspect(ctx context.Context, id string, now int64) (bool, error)
	}

	// Signature is what is kept of one that was verified.
	Signature struct {
		ID string
		// Challenge is the digest of what was signed, Counter the one that came with it.
		Challenge string
		Counter   int64
		BackedUp  int64
		At        int64
	}

	customPasskeyModel struct {
		*defaultPasskeyModel
	}
)

// NewPasskeyModel returns the passkey table.
func NewPasskeyModel(conn sqlx.SqlConn) PasskeyModel {
	return &customPasskeyModel{defaultPasskeyModel: newPasskeyModel(conn)}
}

func (m *customPasskeyModel) OfUser(ctx context.Context, userID int64) ([]*Passkey, error) {
	var rows []*Passkey
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` = ? order by `created`, `id`", passkeyRows, m.table), userID)
	return rows, err
}

func (m *customPasskeyModel) Live(ctx context.Context, userID int64) (bool, error) {
	var n int
	err := m.conn.QueryRowCtx(ctx, &n, fmt.Sprintf("select count(*) from %s where `user_id` = ? and `cloned` = 0", m.table), userID)
	return n > 0, err
}

func (m *customPasskeyModel) Rename(ctx context.Context, userID int64, id, name string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `name` = ? where `id` = ? and `user_id` = ?", m.table), name, id, userID))
}

// Sign is one statement, so that of two signatures with the same counter one counts.
func (m *customPasskeyModel) Sign(ctx context.Context, s Signature) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `counter` = ?, `challenge` = ?, `backed_up` = ?, `used` = ? "+
		"where `id` = ? and `cloned` = 0 and (`counter` < ? or (`counter` = 0 and ? = 0) or `challenge` = ?)", m.table),
		s.Counter, s.Challenge, s.BackedUp, s.At, s.ID, s.Counter, s.Counter, s.Challenge))
}

func (m *customPasskeyModel) Suspect(ctx context.Context, id string, now int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `cloned` = ? where `id` = ? and `cloned` = 0", m.table), now, id))
}
