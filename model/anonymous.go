package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// hasWay is true of a user who has any way in, whether it is offered or not.
var hasWay = func() string {
	all := []string{"`phone` is not null", "`email` is not null", "`username` is not null and " +
		"exists (select 1 from `credential` where `credential`.`user_id` = `user`.`id` and `kind` = '" + KindPassword + "')"}
	for _, kind := range slices.Sorted(maps.Keys(wayTables)) {
		all = append(all, fmt.Sprintf("exists (select 1 from %s where %[1]s.`user_id` = `user`.`id`)", wayTables[kind].name))
	}
	return "(" + strings.Join(all, " or ") + ")"
}()

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

// named is upgrade for a user who has a way in by now, as a name and a password are.
func (m *customUserModel) named(ctx context.Context, tx sqlx.Session, userID int64) error {
	was, err := changedOne(tx.ExecCtx(ctx, "update `user` set `anonymous` = 0 where `id` = ? and `anonymous` <> 0 and "+hasWay, userID))
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
