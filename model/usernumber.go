package model

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// UserNumber is the phone number of a user.
type UserNumber struct {
	Id    int64  `db:"id"`
	Phone string `db:"phone"`
}

func (m *customUserModel) FindByPhones(ctx context.Context, phones ...string) ([]*User, error) {
	if len(phones) == 0 {
		return nil, nil
	}
	query := fmt.Sprintf("select %s from %s where `phone` in (%s)", userRows, m.table, placeholders(len(phones)))
	return selectRows[*User](ctx, m.QueryRowsNoCacheCtx, query, anys(phones)...)
}

func (m *customUserModel) Phones(ctx context.Context, prefix, after string, limit int) ([]*UserNumber, error) {
	// A range scan of the unique key.
	query := fmt.Sprintf("select `id`, `phone` from %s where `phone` > ? and `phone` < ? order by `phone` limit ?", m.table)
	return selectRows[*UserNumber](ctx, m.QueryRowsNoCacheCtx, query, max(prefix, after), prefix+lastRune, limit)
}

func (m *customUserModel) Renumber(ctx context.Context, id int64, from, to string) (bool, error) {
	if m.changes.wants(UserUpdated) {
		return m.renumberInTx(ctx, id, from, to)
	}
	key := m.formatPrimary(id)
	_ = m.DelCacheCtx(ctx, key)
	return changedOne(m.ExecCtx(ctx, func(ctx context.Context, conn sqlx.SqlConn) (sql.Result, error) {
		return conn.ExecCtx(ctx, m.renumberQuery(), to, id, from)
	}, key))
}

func (m *customUserModel) renumberInTx(ctx context.Context, id int64, from, to string) (changed bool, err error) {
	err = m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		changed, err = changedOne(tx.ExecCtx(ctx, m.renumberQuery(), to, id, from))
		if err == nil && changed {
			err = m.changes.enqueue(ctx, tx, updatedEvent(id, "phone"))
		}
		return nil, err
	})
	return changed, err
}

func (m *customUserModel) renumberQuery() string {
	return fmt.Sprintf("update %s set `phone` = ? where `id` = ? and `phone` = ?", m.table)
}
