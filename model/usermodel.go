package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/sqlc"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Values of User.Status and User.Role.
const (
	StatusActive = "active"
	StatusBanned = "banned"
	RoleUser     = "user"
	RoleAdmin    = "admin"
)

// Columns of the user table that change on their own.
const (
	UserUsername UserColumn = "username"
	UserPhone    UserColumn = "phone"
	UserEmail    UserColumn = "email"
	UserRole     UserColumn = "role"
)

// nextEpoch is what makes open codes of a user void.
const nextEpoch = "`epoch` = `epoch` + 1"

// ErrLastAdmin is returned where a change would leave no active administrator.
var ErrLastAdmin = errors.New("model: the last active administrator")

var _ UserModel = (*customUserModel)(nil)

type (
	// UserColumn names a column for Set.
	UserColumn string

	// UserModel is the user table; FindOne answers from the cache.
	UserModel interface {
		userModel
		// Ahead puts on pipe what FindOne reads of Redis, for one round trip with
		// something else. FindOne with the context returned takes it from there.
		Ahead(ctx context.Context, pipe redis.Pipeliner, id int64) context.Context
		// FindCurrent reads the row from the database, for decisions that must not
		// rest on what the cache remembers.
		FindCurrent(ctx context.Context, id int64) (*User, error)
		// InsertWith adds a user together with a credential, both or neither.
		InsertWith(ctx context.Context, u *User, c *Credential) error
		// List pages through users by id.
		List(ctx context.Context, f UserFilter) ([]*User, error)
		// Clear removes an address unless nothing of rest would be left of the user's
		// names, and reports whether it did; it ends proofs.
		Clear(ctx context.Context, id int64, column UserColumn, rest ...UserColumn) (bool, error)
		// EndProofs makes the user's open codes void, by the next epoch.
		EndProofs(ctx context.Context, id int64) error
		// Saw notes when the user signed in, and in which language.
		Saw(ctx context.Context, id, at int64, locale string) error
		// PutCredential makes a credential the user's, drops a reset that is still to
		// take effect, and ends proofs: all or nothing.
		PutCredential(ctx context.Context, c *Credential) error
		// Keep runs change in a transaction that keeps an administrator: it fails with
		// ErrLastAdmin where no other one is active, and two that run at the same time
		// wait for each other. Its statements go through the session.
		Keep(ctx context.Context, id, now int64, change func(UserModel) error) error
		// SetBan changes status, reason and end of a ban together, and ends proofs.
		SetBan(ctx context.Context, id int64, status, reason string, until int64) error
		// Set changes one column of one user; "" clears it. A value another user has
		// in a unique column is an error that Duplicate knows. A changed address ends
		// proofs.
		Set(ctx context.Context, id int64, column UserColumn, value string) error
	}

	// UserFilter says which users List returns: those after an id, at most Limit,
	// with a status at the time Now, in Unix milliseconds, and with a username, phone
	// or e-mail that begins with Prefix. An empty Status or Prefix is any.
	UserFilter struct {
		After          int64
		Limit          int
		Status, Prefix string
		Now            int64
	}

	customUserModel struct {
		*defaultUserModel
		rows cache.Cache
	}
)

// NewUserModel returns the user table behind the given cache.
func NewUserModel(conn sqlx.SqlConn, rows cache.Cache) UserModel {
	return &customUserModel{
		defaultUserModel: &defaultUserModel{CachedConn: sqlc.NewConnWithCache(conn, rows), table: "`user`"},
		rows:             rows,
	}
}

func (m *customUserModel) Ahead(ctx context.Context, pipe redis.Pipeliner, id int64) context.Context {
	if rows, ok := m.rows.(*rowCache); ok {
		return rows.ahead(ctx, pipe, m.formatPrimary(id))
	}
	return ctx
}

func (m *customUserModel) FindCurrent(ctx context.Context, id int64) (*User, error) {
	return m.findBy(ctx, "id", id)
}

// FindOneByEmail reads the database: a sign-in must not meet a row, or the lack
// of one, from before.
func (m *customUserModel) FindOneByEmail(ctx context.Context, email sql.NullString) (*User, error) {
	return m.findBy(ctx, "email", email)
}

// FindOneByPhone reads the database, as FindOneByEmail.
func (m *customUserModel) FindOneByPhone(ctx context.Context, phone sql.NullString) (*User, error) {
	return m.findBy(ctx, "phone", phone)
}

// FindOneByUsername reads the database, as FindOneByEmail.
func (m *customUserModel) FindOneByUsername(ctx context.Context, username sql.NullString) (*User, error) {
	return m.findBy(ctx, "username", username)
}

// Insert adds a user. "Not found" is never cached, so there is nothing to drop.
func (m *customUserModel) Insert(ctx context.Context, u *User) (sql.Result, error) {
	return m.ExecNoCacheCtx(ctx, m.insertQuery(), u.row()...)
}

func (m *customUserModel) InsertWith(ctx context.Context, u *User, c *Credential) error {
	return m.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		if _, err := tx.ExecCtx(ctx, m.insertQuery(), u.row()...); err != nil {
			return err
		}
		_, err := NewCredentialModel(sqlx.NewSqlConnFromSession(tx)).Insert(ctx, c)
		return err
	})
}

func (m *customUserModel) insertQuery() string {
	return fmt.Sprintf("insert into %s (%s) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", m.table, userRowsExpectAutoSet)
}

// row is what insertQuery inserts.
func (u *User) row() []any {
	return []any{u.Id, u.Username, u.Phone, u.Email, u.Role, u.Status, u.BanReason, u.BanUntil, u.Created, u.Epoch, u.Locale, u.Seen}
}

// Standing is the user's status at a time in Unix milliseconds: a ban that is over
// is none.
func (u *User) Standing(now int64) string {
	if u.Banned(now) {
		return StatusBanned
	}
	return StatusActive
}

// Banned reports whether the user is kept out at a time in Unix milliseconds.
func (u *User) Banned(now int64) bool {
	return u.Status == StatusBanned && (u.BanUntil == 0 || now < u.BanUntil)
}

func (m *customUserModel) List(ctx context.Context, f UserFilter) ([]*User, error) {
	where, args := "`id` > ?", []any{f.After}
	const banned = "(`status` = ? and (`ban_until` = 0 or `ban_until` > ?))"
	switch f.Status {
	case StatusBanned:
		where, args = where+" and "+banned, append(args, StatusBanned, f.Now)
	case StatusActive:
		where, args = where+" and not "+banned, append(args, StatusBanned, f.Now)
	}
	if f.Prefix != "" {
		// A range, which every dialect finds in the index; LIKE would need escapes.
		end := f.Prefix + "\U0010FFFF"
		where += " and ((`username` >= ? and `username` < ?) or (`phone` >= ? and `phone` < ?) or (`email` >= ? and `email` < ?))"
		args = append(args, f.Prefix, end, f.Prefix, end, f.Prefix, end)
	}
	var users []*User
	err := m.QueryRowsNoCacheCtx(ctx, &users, fmt.Sprintf("select %s from %s where %s order by `id` limit ?",
		userRows, m.table, where), append(args, f.Limit)...)
	return users, err
}

// SetBan drops the cached row as Set does.
func (m *customUserModel) SetBan(ctx context.Context, id int64, status, reason string, until int64) error {
	return m.change(ctx, id, "`status` = ?, `ban_reason` = ?, `ban_until` = ?, "+nextEpoch, status, reason, until)
}

// Set drops the cached row before as well as after the change: a process killed
// between the two then leaves no old row behind.
func (m *customUserModel) Set(ctx context.Context, id int64, column UserColumn, value string) error {
	set := "`" + string(column) + "` = ?"
	if column == UserPhone || column == UserEmail {
		set += ", " + nextEpoch
	}
	return m.change(ctx, id, set, sql.NullString{String: value, Valid: value != ""})
}

func (m *customUserModel) Clear(ctx context.Context, id int64, column UserColumn, rest ...UserColumn) (bool, error) {
	if len(rest) == 0 {
		return false, nil
	}
	var left []string
	for _, other := range rest {
		left = append(left, "`"+string(other)+"` is not null")
	}
	key := m.formatPrimary(id)
	_ = m.DelCacheCtx(ctx, key)
	return changedOne(m.ExecCtx(ctx, func(ctx context.Context, conn sqlx.SqlConn) (sql.Result, error) {
		return conn.ExecCtx(ctx, fmt.Sprintf("update %s set `%s` = null, %s where `id` = ? and (%s)",
			m.table, column, nextEpoch, strings.Join(left, " or ")), id)
	}, key))
}

func (m *customUserModel) EndProofs(ctx context.Context, id int64) error {
	return m.change(ctx, id, nextEpoch)
}

func (m *customUserModel) Keep(ctx context.Context, id, now int64, change func(UserModel) error) error {
	return m.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		// Writing the rows of all administrators locks them, in every dialect.
		lock := fmt.Sprintf("update %s set `role` = ? where `role` = ?", m.table)
		if _, err := tx.ExecCtx(ctx, lock, RoleAdmin, RoleAdmin); err != nil {
			return err
		}
		var others int
		err := tx.QueryRowCtx(ctx, &others, fmt.Sprintf("select count(*) from %s where `role` = ? and `id` <> ? "+
			"and not (`status` = ? and (`ban_until` = 0 or `ban_until` > ?))", m.table), RoleAdmin, id, StatusBanned, now)
		if err != nil {
			return err
		}
		if others == 0 {
			return ErrLastAdmin
		}
		inside := *m.defaultUserModel
		inside.CachedConn = m.CachedConn.WithSession(tx)
		return change(&customUserModel{defaultUserModel: &inside, rows: m.rows})
	})
}

func (m *customUserModel) PutCredential(ctx context.Context, c *Credential) error {
	return m.TransactCtx(ctx, func(ctx context.Context, tx sqlx.Session) error {
		if err := NewCredentialModel(sqlx.NewSqlConnFromSession(tx)).Put(ctx, c); err != nil {
			return err
		}
		if _, err := tx.ExecCtx(ctx, "delete from `credential` where `user_id` = ? and `kind` = ?", c.UserId, KindReset); err != nil {
			return err
		}
		_, err := tx.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ?", m.table, nextEpoch), c.UserId)
		return err
	})
}

// Saw leaves the cached row as it is: nothing is decided by what it changes.
func (m *customUserModel) Saw(ctx context.Context, id, at int64, locale string) error {
	_, err := m.ExecNoCacheCtx(ctx, fmt.Sprintf("update %s set `seen` = ?, `locale` = ? where `id` = ?", m.table), at, locale, id)
	return err
}

func (m *customUserModel) change(ctx context.Context, id int64, set string, args ...any) error {
	key := m.formatPrimary(id)
	_ = m.DelCacheCtx(ctx, key)
	_, err := m.ExecCtx(ctx, func(ctx context.Context, conn sqlx.SqlConn) (sql.Result, error) {
		return conn.ExecCtx(ctx, fmt.Sprintf("update %s set %s where `id` = ?", m.table, set), append(args, id)...)
	}, key)
	return err
}

// Update is not offered: it writes back columns that another request may have
// changed meanwhile. Set writes one.
func (m *customUserModel) Update(context.Context, *User) error {
	return errors.ErrUnsupported
}

// Delete erases a user; credentials and sessions go with the row.
func (m *customUserModel) Delete(ctx context.Context, id int64) error {
	key := m.formatPrimary(id)
	_ = m.DelCacheCtx(ctx, key)
	_, err := m.ExecCtx(ctx, func(ctx context.Context, conn sqlx.SqlConn) (sql.Result, error) {
		return conn.ExecCtx(ctx, fmt.Sprintf("delete from %s where `id` = ?", m.table), id)
	}, key)
	return err
}

func (m *customUserModel) findBy(ctx context.Context, column string, value any) (*User, error) {
	var user User
	query := fmt.Sprintf("select %s from %s where `%s` = ? limit 1", userRows, m.table, column)
	if err := m.QueryRowNoCacheCtx(ctx, &user, query, value); err != nil {
		return nil, err
	}
	return &user, nil
}
