package model

import (
	"context"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ RecoveryCodeModel = (*customRecoveryCodeModel)(nil)

type (
	// RecoveryCodeModel is the table of recovery codes, used or not. UserModel adds and
	// removes them.
	RecoveryCodeModel interface {
		// OfUser lists the codes of a user.
		OfUser(ctx context.Context, userID int64) ([]*RecoveryCode, error)
		// Left returns the number of unused codes of a user.
		Left(ctx context.Context, userID int64) (int, error)
		// Use marks a code as used. Of concurrent calls for one code, exactly one returns true.
		Use(ctx context.Context, userID int64, id string, now int64) (bool, error)
	}

	customRecoveryCodeModel struct {
		*defaultRecoveryCodeModel
	}
)

// NewRecoveryCodeModel returns the RecoveryCodeModel of conn.
func NewRecoveryCodeModel(conn sqlx.SqlConn) RecoveryCodeModel {
	return &customRecoveryCodeModel{defaultRecoveryCodeModel: newRecoveryCodeModel(conn)}
}

func (m *customRecoveryCodeModel) OfUser(ctx context.Context, userID int64) ([]*RecoveryCode, error) {
	return selectRows[*RecoveryCode](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? order by `id`", recoveryCodeRows, m.table), userID)
}

func (m *customRecoveryCodeModel) Left(ctx context.Context, userID int64) (n int, err error) {
	err = m.conn.QueryRowCtx(ctx, &n, fmt.Sprintf("select count(*) from %s where `user_id` = ? and `used` = 0", m.table), userID)
	return n, err
}

func (m *customRecoveryCodeModel) Use(ctx context.Context, userID int64, id string, now int64) (bool, error) {
	return changedOne(m.conn.ExecCtx(ctx, fmt.Sprintf("update %s set `used` = ? where `id` = ? and `user_id` = ? and `used` = 0", m.table), now, id, userID))
}
