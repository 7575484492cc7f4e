package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var _ OriginModel = (*customOriginModel)(nil)

type (
	// OriginModel is the table of the origins of imported users. A row outlives its user,
	// anonymized, so that an erased user is not imported again.
	OriginModel interface {
		originModel
		// Existing returns the ids that are in the table.
		Existing(ctx context.Context, ids ...string) ([]string, error)
		// OfUser lists the origins of a user.
		OfUser(ctx context.Context, userID int64) ([]*Origin, error)
		// Efforts lists the distinct cost parameters of the remaining imported hashes.
		Efforts(ctx context.Context) ([]string, error)
	}

	customOriginModel struct {
		*defaultOriginModel
	}
)

// NewOriginModel returns the OriginModel of conn.
func NewOriginModel(conn sqlx.SqlConn) OriginModel {
	return &customOriginModel{defaultOriginModel: newOriginModel(conn)}
}

// OriginID returns the id of the origin of a user with externalID in source.
func OriginID(source, externalID string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + externalID))
	return hex.EncodeToString(sum[:])
}

func (m *customOriginModel) Existing(ctx context.Context, ids ...string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return selectRows[string](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select `id` from %s where `id` in (%s)", m.table, placeholders(len(ids))), anys(ids)...)
}

func (m *customOriginModel) OfUser(ctx context.Context, userID int64) ([]*Origin, error) {
	return selectRows[*Origin](ctx, m.conn.QueryRowsCtx, fmt.Sprintf("select %s from %s where `user_id` = ? order by `id`", originRows, m.table), userID)
}

// Efforts steps from one distinct value to the next in the index: there are few, and most
// rows have none.
func (m *customOriginModel) Efforts(ctx context.Context) ([]string, error) {
	var efforts []string
	for last := ""; ; {
		var next []string
		err := m.conn.QueryRowsCtx(ctx, &next, fmt.Sprintf("select `hash` from %s where `hash` > ? order by `hash` limit 1", m.table), last)
		if err != nil || len(next) == 0 {
			return efforts, err
		}
		last = next[0]
		efforts = append(efforts, last)
	}
}

// clearImportedHash records that a user has no imported hash any more.
func clearImportedHash(ctx context.Context, tx sqlx.Session, userID int64) error {
	_, err := tx.ExecCtx(ctx, "update `origin` set `hash` = '' where `user_id` = ?", userID)
	return err
}

// anonymizeOrigin removes the user and the external id from a user's origins.
func anonymizeOrigin(ctx context.Context, tx sqlx.Session, userID int64) error {
	_, err := tx.ExecCtx(ctx, "update `origin` set `external_id` = '', `user_id` = 0, `hash` = '' where `user_id` = ?", userID)
	return err
}
