package model

import (
	"context"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// The states of a signing key.
const (
	// StandbyKey is published but does not sign yet.
	StandbyKey = "standby"
	// ActiveKey signs.
	ActiveKey = "active"
	// PreviousKey no longer signs, but its tokens may still be valid.
	PreviousKey = "previous"
	// RevokedKey is revoked: its tokens are rejected.
	RevokedKey = "revoked"
)

var (
	_ SigningKeyModel = (*customSigningKeyModel)(nil)

	// errNotDue rolls back an activation.
	errNotDue = errors.New("model: the key is no longer standby, or not due")
)

type (
	// SigningKeyModel is the table of signing keys. It has few rows, which are always read
	// together. Times are by the database clock. Every change writes a Revocation in the
	// same transaction.
	SigningKeyModel interface {
		// All returns every key, oldest first.
		All(ctx context.Context) ([]*TimedSigningKey, error)
		// Add adds a key that is active, or standby and due in lead milliseconds. It reports
		// false if its slot is taken.
		Add(ctx context.Context, key *SigningKey, lead int64) (bool, error)
		// Activate makes a standby key active and the keys in before previous. The key must
		// be due unless early is set. Of concurrent callers, exactly one gets true.
		Activate(ctx context.Context, id, slot string, before []string, early bool) (bool, error)
		// Retire makes a standby or active key previous, and reports whether it changed.
		Retire(ctx context.Context, id string) (bool, error)
		// Revoke revokes a key, and reports whether it was not revoked before.
		Revoke(ctx context.Context, id string) (bool, error)
		// Reseal replaces the encrypted private key was, and reports whether it was still stored.
		Reseal(ctx context.Context, id, was, sealed string) (bool, error)
		// Forget deletes keys that have been previous for more than older milliseconds.
		Forget(ctx context.Context, older int64) error
	}

	// TimedSigningKey is a SigningKey with the database time when it was read.
	TimedSigningKey struct {
		SigningKey
		Now int64 `db:"now"`
	}

	customSigningKeyModel struct {
		*defaultSigningKeyModel
		changes Changes
	}
)

// NewSigningKeyModel returns the SigningKeyModel of conn.
func NewSigningKeyModel(conn sqlx.SqlConn, changes Changes) SigningKeyModel {
	return &customSigningKeyModel{defaultSigningKeyModel: newSigningKeyModel(conn), changes: changes}
}

func (m *customSigningKeyModel) All(ctx context.Context) ([]*TimedSigningKey, error) {
	return selectRows[*TimedSigningKey](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s, %s as `now` from %s order by `created`, `id`",
		signingKeyRows, m.changes.Clock(), m.table))
}

func (m *customSigningKeyModel) Add(ctx context.Context, key *SigningKey, lead int64) (bool, error) {
	clock := m.changes.Clock()
	activated := "0"
	if key.State == ActiveKey {
		activated, lead = clock, 0
	}
	added, err := m.change(ctx, key.Id, KeysChanged, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		return changedOne(tx.ExecCtx(ctx, fmt.Sprintf("insert into %s (%s) values (?, ?, ?, ?, ?, ?, %s, %s + ?, %s, 0)",
			m.table, signingKeyRows, clock, clock, activated),
			key.Id, key.Alg, key.State, key.Slot, key.PublicKey, key.PrivateKey, lead))
	})
	if _, taken := Duplicate(err); taken {
		return false, nil
	}
	return added, err
}

func (m *customSigningKeyModel) Activate(ctx context.Context, id, slot string, before []string, early bool) (bool, error) {
	clock := m.changes.Clock()
	due := " and `due` <= " + clock
	if early {
		due = ""
	}
	activated, err := m.change(ctx, id, KeysChanged, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		// First, as each of them holds a slot. A concurrent activation waits here.
		for _, one := range before {
			if _, err := m.retire(ctx, tx, one, PreviousKey); err != nil {
				return false, err
			}
		}
		activated, err := changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set `state` = ?, `slot` = ?, `activated` = %s where `id` = ? and `state` = ?%s",
			m.table, clock, due), ActiveKey, slot, id, StandbyKey))
		if err == nil && !activated {
			err = errNotDue
		}
		return activated, err
	})
	if _, taken := Duplicate(err); taken || errors.Is(err, errNotDue) {
		return false, nil
	}
	return activated, err
}

func (m *customSigningKeyModel) Retire(ctx context.Context, id string) (bool, error) {
	return m.change(ctx, id, KeysChanged, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		return m.retire(ctx, tx, id, PreviousKey)
	})
}

func (m *customSigningKeyModel) Revoke(ctx context.Context, id string) (bool, error) {
	return m.change(ctx, id, KeyRevoked, func(ctx context.Context, tx sqlx.Session) (bool, error) {
		return m.retire(ctx, tx, id, RevokedKey)
	})
}

// retire stops a key from signing and deletes its private key.
func (m *customSigningKeyModel) retire(ctx context.Context, tx sqlx.Session, id, state string) (bool, error) {
	from, args := "`state` in (?, ?)", []any{state, id, StandbyKey, ActiveKey}
	if state == RevokedKey {
		from, args = "`state` <> ?", []any{state, id, RevokedKey}
	}
	return changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set `state` = ?, `slot` = null, `private_key` = '', `retired` = %s where `id` = ? and %s",
		m.table, m.changes.Clock(), from), args...))
}

func (m *customSigningKeyModel) Reseal(ctx context.Context, id, was, sealed string) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `private_key` = ? where `id` = ? and `private_key` = ?", m.table), sealed, id, was))
}

func (m *customSigningKeyModel) Forget(ctx context.Context, older int64) error {
	_, err := m.conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `state` = ? and `retired` < %s - ?", m.table, m.changes.Clock()), PreviousKey, older)
	return err
}

// change runs do in a transaction and, if do reports a change, writes the Revocation.
func (m *customSigningKeyModel) change(ctx context.Context, id, reason string, do func(context.Context, sqlx.Session) (bool, error)) (done bool, err error) {
	err = transact(ctx, m.conn.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		done, err = do(ctx, tx)
		if err != nil || !done {
			return nil, err
		}
		entry := &Revocation{SessionId: id, Reason: reason}
		return []*Revocation{entry}, m.changes.write(ctx, tx, entry)
	})
	return done && err == nil, err
}
