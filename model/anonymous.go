package model

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// hasWay is the SQL condition that a user has a way to sign in, whether or not the
// configuration offers it.
var hasWay = func() string {
	all := []string{"`phone` is not null", "`email` is not null", "`username` is not null and " +
		"exists (select 1 from `credential` where `credential`.`user_id` = `user`.`id` and `kind` = '" + KindPassword + "')"}
	for _, kind := range slices.Sorted(maps.Keys(wayTables)) {
		all = append(all, fmt.Sprintf("exists (select 1 from %s where %[1]s.`user_id` = `user`.`id`)", wayTables[kind].name))
	}
	return "(" + strings.Join(all, " or ") + ")"
}()

// clearAnonymous marks a user as no longer anonymous if all conditions hold, and reports
// whether it changed the row. It returns false for a user that does not exist.
func clearAnonymous(ctx context.Context, tx sqlx.Session, userID int64, conditions ...string) (bool, error) {
	where := strings.Join(append([]string{"`id` = ? and `anonymous` <> 0"}, conditions...), " and ")
	return changedOne(tx.ExecCtx(ctx, "update `user` set `anonymous` = 0 where "+where, userID))
}

// upgrade turns an anonymous user into a regular one if all conditions hold, and enqueues
// the event. Call it before the way to sign in is inserted: it locks the user's row, as
// EraseAnonymous does, so the two transactions run one after the other. If the user has
// been erased, the insert then fails with an error for which Orphan returns true.
func (m *customUserModel) upgrade(ctx context.Context, tx sqlx.Session, userID int64, conditions ...string) error {
	cleared, err := clearAnonymous(ctx, tx, userID, conditions...)
	if err != nil || !cleared {
		return err
	}
	return m.changes.enqueue(ctx, tx, updatedEvent(userID, Anonymous))
}

func (m *customUserModel) Expired(ctx context.Context, life int64, limit int) ([]int64, error) {
	return selectRows[int64](ctx, m.QueryRowsNoCacheCtx, fmt.Sprintf("select `id` from %s where `anonymous` > 0 and `anonymous` < %s - ? order by `anonymous` limit ?",
		m.table, m.changes.Clock()), life, limit)
}

// EraseAnonymous decides on the row it has locked, never on what Expired has read. An older
// release may have given the user a way to sign in without clearing the anonymous mark;
// upgrade corrects that first.
func (m *customUserModel) EraseAnonymous(ctx context.Context, id, life, now int64) (erased bool, err error) {
	err = m.withProfile(ctx, id, func() error {
		return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
			if err := m.upgrade(ctx, tx, id, hasWay); err != nil {
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
