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
	// OriginModel is the table of where imported users came from. A row outlives its
	// user, without a name, so that who was erased is not imported again.
	OriginModel interface {
		originModel
		// Among returns which of the ids are there.
		Among(ctx context.Context, ids ...string) ([]string, error)
		// OfUser lists where a user came from.
		OfUser(ctx context.Context, userID int64) ([]*Origin, error)
		// Efforts lists the efforts of the imported hashes that are left, each once.
		Efforts(ctx context.Context) ([]string, error)
	}

	customOriginModel struct {
		*defaultOriginModel
	}
)

// NewOriginModel returns the table of origins.
func NewOriginModel(conn sqlx.SqlConn) OriginModel {
	return &customOriginModel{defaultOriginModel: newOriginModel(conn)}
}

// OriginID is the id of the origin of a user who has an id in a source.
func OriginID(source, externalID string) string {
	sum := sha256.Sum256([]byte(source + "\x00" + externalID))
	return hex.EncodeToString(sum[:])
}

func (m *customOriginModel) Among(ctx context.Context, ids ...string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []string
	err := m.conn.QueryRowsCtx(ctx, &found, fmt.Sprintf("select `id` from %s where `id` in (%s)", m.table, marks(len(ids))), texts(ids)...)
	return found, err
}

func (m *customOriginModel) OfUser(ctx context.Context, userID int64) ([]*Origin, error) {
	var rows []*Origin
	err := m.conn.QueryRowsCtx(ctx, &rows, fmt.Sprintf("select %s from %s where `user_id` = ? order by `id`", originRows, m.table), userID)
	return rows, err
}

// Efforts steps from each effort to the next one in the index: there are few, and rows
// without one are most.
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

// hashReplaced notes that a user has no imported hash any more.
func hashReplaced(ctx context.Context, tx sqlx.Session, userID int64) error {
	_, err := tx.ExecCtx(ctx, "update `origin` set `hash` = '' where `user_id` = ?", userID)
	return err
}

// originErased takes out of an origin whose it is.
func originErased(ctx context.Context, tx sqlx.Session, userID int64) error {
	_, err := tx.ExecCtx(ctx, "update `origin` set `external_id` = '', `user_id` = 0, `hash` = '' where `user_id` = ?", userID)
	return err
}
