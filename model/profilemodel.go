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
	// ProfileModel is the table of what an app keeps with its users. Most users may have
	// no row: User.Profile tells. The rows are up to 16 KiB long and cached by
	// themselves, so that the row of a user, which every sign-in reads, stays short.
	// They are written by UserModel.Describe, in the transaction that counts the change.
	ProfileModel interface {
		// FindOne answers from the cache.
		FindOne(ctx context.Context, userID int64) (*Profile, error)
		// FindCurrent reads the row from the database.
		FindCurrent(ctx context.Context, userID int64) (*Profile, error)
	}

	// Description is what describes a user. What is nil stays as it is.
	Description struct {
		Username, DisplayName, Language *string
		// Merge changes the documents of the profile, which are empty where there is
		// none yet. It may be called more than once, and the last call counts. Its error
		// undoes the whole change.
		Merge func(*Profile) error
		// Merged is what Merge changes, as clients call it.
		Merged string
	}

	customProfileModel struct {
		*defaultProfileModel
	}
)

// NewProfileModel returns the profile table behind the given cache.
func NewProfileModel(conn sqlx.SqlConn, rows cache.Cache) ProfileModel {
	return &customProfileModel{&defaultProfileModel{CachedConn: sqlc.NewConnWithCache(conn, rows), table: "`profile`"}}
}

// AppendBinary is how the cache keeps a profile.
func (p *Profile) AppendBinary(b []byte) ([]byte, error) {
	b = binary.AppendVarint(append(b, userForm), p.UserId)
	return appendText(appendText(b, p.Metadata), p.AppMetadata), nil
}

// UnmarshalBinary reads what AppendBinary has written.
func (p *Profile) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != userForm {
		return errForm
	}
	r := rowReader{rest: b[1:]}
	p.UserId, p.Metadata, p.AppMetadata = r.number(), r.text(), r.text()
	if r.bad || len(r.rest) > 0 {
		return errForm
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

func (m *customUserModel) Describe(ctx context.Context, id int64, d Description) error {
	if d.Merge == nil {
		return m.describe(ctx, id, d)
	}
	return m.withProfile(ctx, id, func() error { return m.describe(ctx, id, d) })
}

// withProfile makes a change that concerns the profile as well, whose cached row it
// drops before and after, as change does with that of the user.
func (m *customUserModel) withProfile(ctx context.Context, id int64, change func() error) error {
	key := fmt.Sprintf("%s%v", cacheProfileUserIdPrefix, id)
	_ = m.DelCacheCtx(ctx, key)
	if err := change(); err != nil {
		return err
	}
	return m.DelCacheCtx(ctx, key)
}

func (m *customUserModel) describe(ctx context.Context, id int64, d Description) error {
	return m.change(ctx, id, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		set, args := d.columns()
		// It changes the row of the user in any case, and so locks it: of those that
		// merge at the same time each sees what the other has written.
		if err := m.setAndTell(ctx, tx, id, updated(id, d.names()...), set, args...); err != nil {
			return nil, err
		}
		if d.Username != nil {
			if err := m.named(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		if d.Merge == nil {
			return nil, nil
		}
		return nil, mergeProfile(ctx, tx, id, d.Merge)
	})
}

// columns is what is set in the row of the user.
func (d Description) columns() (set string, args []any) {
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

// mergeProfile changes the row of a user that the transaction has locked.
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

// names are what changes, as clients call it.
func (d Description) names() []string {
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
