package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// hasName is true of a user who can be found by a name and has a proof for it. Passkeys
// and linked accounts are rows of their own, whose insert calls Upgraded.
const hasName = "(`phone` is not null or `email` is not null or `username` is not null and " +
	"exists (select 1 from `credential` where `credential`.`user_id` = `user`.`id` and `kind` = '" + KindPassword + "'))"

// Upgraded makes an anonymous user one who is not, in the transaction that gives the user
// a way in, and reports whether the user was anonymous. Call it before that way is
// inserted: it locks the row of the user, as EraseAnonymous does, so that of the two one
// waits for the other. Of a user who is gone it is false, and the insert then fails
// with an error that Orphan knows.
func Upgraded(ctx context.Context, tx sqlx.Session, userID int64) (bool, error) {
	return changedOne(tx.ExecCtx(ctx, "update `user` set `anonymous` = 0 where `id` = ? and `anonymous` <> 0", userID))
}

// upgrade is Upgraded, and tells of it.
func (m *customUserModel) upgrade(ctx context.Context, tx sqlx.Session, userID int64) error {
	was, err := Upgraded(ctx, tx, userID)
	if err != nil || !was {
		return err
	}
	return m.changes.tell(ctx, tx, updated(userID, Nameless))
}

// named is upgrade for a user who has a name and a proof for it by now.
func (m *customUserModel) named(ctx context.Context, tx sqlx.Session, userID int64) error {
	was, err := changedOne(tx.ExecCtx(ctx, "update `user` set `anonymous` = 0 where `id` = ? and `anonymous` <> 0 and "+hasName, userID))
	if err != nil || !was {
		return err
	}
	return m.changes.tell(ctx, tx, updated(userID, Nameless))
}

func (m *customUserModel) Expired(ctx context.Context, life int64, limit int) ([]int64, error) {
	var ids []int64
	err := m.QueryRowsNoCacheCtx(ctx, &ids, fmt.Sprintf("select `id` from %s where `anonymous` > 0 and `anonymous` < %s - ? order by `anonymous` limit ?",
		m.table, m.changes.Clock()), life, limit)
	return ids, err
}

// EraseAnonymous decides by the row that it has locked, never by what Expired has read. A
// node of a release before gives names and leaves the user anonymous: that is put right.
func (m *customUserModel) EraseAnonymous(ctx context.Context, id, life, now int64) (erased bool, err error) {
	err = m.withProfile(ctx, id, func() error {
		return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
			if err := m.named(ctx, tx, id); err != nil {
				return nil, err
			}
			erased, err = changedOne(tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ? and `anonymous` > 0 and `anonymous` < %s - ?",
				m.table, nextEpoch, m.changes.Clock()), id, life))
			if err != nil || !erased {
				return nil, err
			}
			return m.eraseIn(ctx, tx, id, now)
		})
	})
	return erased && err == nil, err
}
