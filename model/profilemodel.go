package model

import (
	"context"
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/sqlc"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

var (
	_ ProfileModel               = (*customProfileModel)(nil)
	_ encoding.BinaryAppender    = (*Profile)(nil)
	_ encoding.BinaryUnmarshaler = (*Profile)(nil)
)

type (
	// ProfileModel is the table of the metadata that an app stores with its users. A user
	// has a row only if User.Profile is not 0. Rows are up to 16 KiB long and cached
	// separately, so that the user row, which every sign-in reads, stays short.
	// UserModel.UpdateProfile writes them in the transaction that increments User.Profile.
	ProfileModel interface {
		// FindOne reads the row through the cache.
		FindOne(ctx context.Context, userID int64) (*Profile, error)
		// FindCurrent reads the row from the database.
		FindCurrent(ctx context.Context, userID int64) (*Profile, error)
	}

	// ProfileUpdate is a change of a user's profile. Fields that are nil stay unchanged.
	ProfileUpdate struct {
		Username, DisplayName, Language *string
		// Merge changes the documents of the profile, which are empty if there is none yet.
		// It may be called more than once; the last call counts. An error rolls back the
		// whole change.
		Merge func(*Profile) error
		// Merged is the API name of the document that Merge changes.
		Merged string
	}

	customProfileModel struct {
		*defaultProfileModel
	}
)

// NewProfileModel returns the ProfileModel of conn behind the given cache.
func NewProfileModel(conn sqlx.SqlConn, rows cache.Cache) ProfileModel {
	return &customProfileModel{&defaultProfileModel{CachedConn: sqlc.NewConnWithCache(conn, rows), table: "`profile`"}}
}

// AppendBinary encodes a profile for the cache.
func (p *Profile) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendVarint(append(b, userFormat), p.UserId)
	return appendText(appendText(b, p.Metadata), p.AppMetadata), nil
}

// UnmarshalBinary decodes the output of AppendBinary.
func (p *Profile) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != userFormat {
		return errFormat
	}
	r := rowReader{rest: b[1:]}
	p.UserId, p.Metadata, p.AppMetadata = r.number(), r.text(), r.text()
	if r.bad || len(r.rest) > 0 {
		return errFormat
	}
	return nil
}

func (m *customProfileModel) FindCurrent(ctx context.Context, userID int64) (*Profile, error) {
	var p Profile
	if err := m.QueryRowNoCacheCtx(ctx, &p, profileQuery(), userID); err != nil {
		return nil, err
	}
	return &p, nil
}

func (m *customUserModel) UpdateProfile(ctx context.Context, id int64, d ProfileUpdate) error {
	if d.Merge == nil {
		return m.updateProfile(ctx, id, d)
	}
	return m.withProfile(ctx, id, func() error { return m.updateProfile(ctx, id, d) })
}

// withProfile runs a change that also concerns the profile. It drops the cached profile
// before and after, as change does with the user.
func (m *customUserModel) withProfile(ctx context.Context, id int64, change func() error) error {
	key := fmt.Sprintf("%s%v", cacheProfileUserIdPrefix, id)
	_ = m.DelCacheCtx(ctx, key)
	if err := change(); err != nil {
		return err
	}
	return m.DelCacheCtx(ctx, key)
}

func (m *customUserModel) updateProfile(ctx context.Context, id int64, d ProfileUpdate) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		set, args := d.columns()
		// This always updates the user row and so locks it: concurrent merges run one
		// after the other.
		if err := m.setAndEnqueue(ctx, tx, id, updatedEvent(id, d.names()...), set, args...); err != nil {
			return nil, err
		}
		if d.Username != nil {
			if err := m.upgrade(ctx, tx, id, hasWay); err != nil {
				return nil, err
			}
		}
		if d.Merge == nil {
			return nil, nil
		}
		return nil, mergeProfile(ctx, tx, id, d.Merge)
	})
}

// columns returns the assignments for the user row.
func (d ProfileUpdate) columns() (set string, args []any) {
	var columns []string
	for _, c := range []struct {
		name  string
		value *string
	}{{string(UserUsername), d.Username}, {"display_name", d.DisplayName}, {"language", d.Language}} {
		if c.value != nil {
			columns, args = append(columns, "`"+c.name+"` = ?"), append(args, *c.value)
		}
	}
	if d.Merge != nil {
		columns = append(columns, "`profile` = `profile` + 1")
	}
	return strings.Join(columns, ", "), args
}

// mergeProfile changes the profile of a user whose row the transaction has locked.
func mergeProfile(ctx context.Context, tx sqlx.Session, id int64, merge func(*Profile) error) error {
	p := Profile{UserId: id}
	err := tx.QueryRowCtx(ctx, &p, profileQuery(), id)
	isNew := errors.Is(err, ErrNotFound)
	if err != nil && !isNew {
		return err
	}
	if err := merge(&p); err != nil {
		return err
	}
	query := "update `profile` set `metadata` = ?, `app_metadata` = ? where `user_id` = ?"
	if isNew {
		query = "insert into `profile` (`metadata`, `app_metadata`, `user_id`) values (?, ?, ?)"
	}
	_, err = tx.ExecCtx(ctx, query, p.Metadata, p.AppMetadata, id)
	return err
}

func profileQuery() string {
	return fmt.Sprintf("select %s from `profile` where `user_id` = ? limit 1", profileRows)
}

// names returns the API names of the changed fields.
func (d ProfileUpdate) names() []string {
	var names []string
	for _, c := range []struct {
		name  string
		given bool
	}{{"username", d.Username != nil}, {"displayName", d.DisplayName != nil}, {"locale", d.Language != nil}, {d.Merged, d.Merge != nil}} {
		if c.given {
			names = append(names, c.name)
		}
	}
	return names
}
