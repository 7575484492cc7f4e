package model

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/sqlc"
	"github.com/zeromicro/go-zero/core/stores/sqlx"
)

// Values of User.Status and User.Role.
const (
	StatusActive = "active"
	StatusBanned = "banned"
	// StatusAnonymous is a status of UserFilter only.
	StatusAnonymous = "anonymous"
	RoleUser        = "user"
	RoleAdmin       = "admin"
)

// Columns of the user table that change individually.
const (
	UserUsername UserColumn = "username"
	UserPhone    UserColumn = "phone"
	UserEmail    UserColumn = "email"
	UserRole     UserColumn = "role"
)

// ErrLastAdmin is returned if a change would leave no active administrator.
var ErrLastAdmin = errors.New("model: the last active administrator")

var _ UserModel = (*customUserModel)(nil)

type (
	// UserColumn is the name of a column.
	UserColumn string

	// UserModel is the user table. FindOne reads through the cache. Methods that set a value
	// taken by another user fail with an error for which Duplicate reports true.
	UserModel interface {
		userModel
		UserFactors
		// Ban bans a user until a time, or indefinitely if that is 0, and ends proofs and
		// sessions.
		Ban(ctx context.Context, id int64, reason string, until int64, e Ending) error
		// Bind sets the user's address in a column and ends proofs, and sessions unless e is
		// nil.
		Bind(ctx context.Context, id int64, column UserColumn, value string, e *Ending) error
		// FindByPhones reads the users with any of the numbers from the database: several
		// users, if a number is stored in several spellings.
		FindByPhones(ctx context.Context, phones ...string) ([]*User, error)
		// FindCurrent reads the row from the database, for decisions that must not use the
		// cache.
		FindCurrent(ctx context.Context, id int64) (*User, error)
		// Import adds imported users.
		Import(ctx context.Context, i Import) error
		// Taken returns the values of a column that are taken.
		Taken(ctx context.Context, column UserColumn, values ...string) ([]string, error)
		// InsertWith adds a user and a credential in one transaction.
		InsertWith(ctx context.Context, u *User, c *Credential) error
		// InsertInvited adds a user, with a credential unless that is nil, and consumes one
		// of the invites in the same transaction. It returns ErrNoInvite if none is valid.
		InsertInvited(ctx context.Context, u *User, c *Credential, now int64, invites ...string) error
		// InsertLinked adds a user with a link and, if invites are given, consumes one of
		// them in the same transaction. It returns ErrNoInvite if none is valid. For another
		// user's link, Duplicate returns "subject".
		InsertLinked(ctx context.Context, u *User, l *Link, now int64, invites ...string) error
		// List pages through users, ordered by id.
		List(ctx context.Context, f UserFilter) ([]*User, error)
		// Search pages through users, ordered by a column.
		Search(ctx context.Context, f UserSearch) ([]*User, error)
		// AddLink links the user to an account at a provider and ends proofs; sessions
		// continue. Duplicate reports true for the error if the account is linked to a user
		// or the user has a link at that provider; Orphan does if the user does not exist.
		AddLink(ctx context.Context, l *Link) error
		// EndByProvider ends proofs and sessions of the user of a link after a notice from
		// the provider of the time told. It does nothing and returns false if a notice as new
		// was handled before, or if the link was created after e.Before.
		EndByProvider(ctx context.Context, l *Link, told int64, e Ending) (bool, error)
		// RemoveWay removes a way to sign in and reports whether the user had it. It ends
		// proofs, and sessions unless e is nil. It returns ErrLastWay if no other way would be
		// left by the rules. Even concurrent removals leave one way.
		RemoveWay(ctx context.Context, id int64, way Way, rules Ways, e *Ending) (bool, error)
		// EndProofs invalidates the user's open codes, by incrementing the epoch, and ends
		// sessions.
		EndProofs(ctx context.Context, id int64, e Ending) error
		// EndProofsAfter is EndProofs for up to limit users with ids greater than after. It
		// returns the zero SweepResult if there are none.
		EndProofsAfter(ctx context.Context, after int64, limit int, e Ending) (SweepResult, error)
		// Erase ends the sessions of a user and deletes the user with all rows.
		Erase(ctx context.Context, id int64, now int64) error
		// Expired lists up to limit anonymous users that are older than life milliseconds by
		// the database clock, oldest first.
		Expired(ctx context.Context, life int64, limit int) ([]int64, error)
		// EraseAnonymous erases a user if Expired would list it now, and reports whether it
		// did.
		EraseAnonymous(ctx context.Context, id, life, now int64) (erased bool, err error)
		// Phones pages through the numbers that begin with prefix and sort after after, in
		// order.
		Phones(ctx context.Context, prefix, after string, limit int) ([]*UserNumber, error)
		// Renumber replaces the number from with to if the user still has from, and reports
		// whether it did. Proofs and sessions continue.
		Renumber(ctx context.Context, id int64, from, to string) (bool, error)
		// RecordSignIn stores the time and language of a sign-in.
		RecordSignIn(ctx context.Context, id, at int64, locale string) error
		// PutCredential stores a credential, deletes a pending reset, and ends proofs and
		// sessions, in one transaction.
		PutCredential(ctx context.Context, c *Credential, e Ending) error
		// KeepAdmin runs change in a transaction, on a model that uses it. It returns
		// ErrLastAdmin if no other administrator is active. Concurrent calls run one after
		// the other.
		KeepAdmin(ctx context.Context, id, now int64, change func(UserModel) error) error
		// UpdateProfile changes the profile of a user in one transaction. If the user does
		// not exist, the error is nil or one for which Orphan reports true.
		UpdateProfile(ctx context.Context, id int64, d ProfileUpdate) error
		// PutAvatar assigns an inserted picture to the user and makes the previous one due.
		// It returns ErrNotFound if the picture is already due.
		PutAvatar(ctx context.Context, id int64, picture *Avatar, now int64) error
		// ClearAvatar detaches the user's picture and makes it due. It reports whether there
		// was one.
		ClearAvatar(ctx context.Context, id, now int64) (bool, error)
		// AddPasskey adds a passkey and ends proofs. It returns ErrEpochChanged if the user
		// is no longer in the given epoch, and ErrTooMany if the user has most passkeys.
		AddPasskey(ctx context.Context, p *Passkey, epoch int64, most int) error
		// SetRole changes the role.
		SetRole(ctx context.Context, id int64, role string) error
		// Unban lifts a ban and ends proofs.
		Unban(ctx context.Context, id int64) error
	}

	// SweepResult is the result of EndProofsAfter: the last id, the number of users and the
	// number of sessions that ended.
	SweepResult struct {
		Last            int64
		Users, Sessions int
	}

	customUserModel struct {
		*defaultUserModel
		changes Changes
		tx      sqlx.Session // of KeepAdmin, nil otherwise
		groups  userGroups   // not set in KeepAdmin
	}

	// signIn is a call of RecordSignIn.
	signIn struct {
		id, at int64
		locale string
	}
)

// NewUserModel returns the UserModel of conn behind the given cache.
func NewUserModel(conn sqlx.SqlConn, rows cache.Cache, changes Changes) UserModel {
	m := &customUserModel{
		defaultUserModel: &defaultUserModel{CachedConn: sqlc.NewConnWithCache(conn, rows), table: "`user`"},
		changes:          changes,
	}
	m.share()
	return m
}

func (m *customUserModel) FindCurrent(ctx context.Context, id int64) (*User, error) {
	return m.findBy(ctx, "id", id)
}

// FindOneByEmail reads the database: a sign-in must not see a stale row, or miss a new one.
func (m *customUserModel) FindOneByEmail(ctx context.Context, email sql.NullString) (*User, error) {
	return m.findBy(ctx, "email", email)
}

// FindOneByPhone reads the database, as FindOneByEmail does.
func (m *customUserModel) FindOneByPhone(ctx context.Context, phone sql.NullString) (*User, error) {
	return m.findBy(ctx, "phone", phone)
}

// FindOneByUsername reads the database, as FindOneByEmail does.
func (m *customUserModel) FindOneByUsername(ctx context.Context, username sql.NullString) (*User, error) {
	return m.findBy(ctx, "username", username)
}

// Insert adds a user. "Not found" is never cached, so there is nothing to drop.
func (m *customUserModel) Insert(ctx context.Context, u *User) (sql.Result, error) {
	if !m.changes.wants(UserCreated) {
		return m.ExecNoCacheCtx(ctx, m.insertQuery(), u.row()...)
	}
	return oneRow, m.insertInTx(ctx, u, nil)
}

func (m *customUserModel) InsertWith(ctx context.Context, u *User, c *Credential) error {
	return m.insertInTx(ctx, u, c)
}

func (m *customUserModel) insertInTx(ctx context.Context, u *User, c *Credential) error {
	return transact(ctx, m.TransactCtx, m.changes, func(ctx context.Context, tx sqlx.Session) ([]*Revocation, error) {
		return nil, m.insertIn(ctx, tx, u, c)
	})
}

// insertIn adds a user in a transaction, with a credential unless that is nil.
func (m *customUserModel) insertIn(ctx context.Context, tx sqlx.Session, u *User, c *Credential) error {
	if _, err := tx.ExecCtx(ctx, m.insertQuery(), u.row()...); err != nil {
		return err
	}
	if c != nil {
		if _, err := NewCredentialModel(sqlx.NewSqlConnFromSession(tx)).Insert(ctx, c); err != nil {
			return err
		}
	}
	return m.changes.enqueue(ctx, tx, createdEvents("", u)...)
}

func (m *customUserModel) insertQuery() string {
	return fmt.Sprintf("insert into %s (%s) values (%s)", m.table, userRowsExpectAutoSet, placeholders(len((&User{}).row())))
}

// row returns the arguments of insertQuery.
func (u *User) row() []any {
	return []any{
		u.Id, u.Username, u.Phone, u.Email, u.Role, u.Status, u.BanReason, u.BanUntil, u.Created, u.Epoch, u.Locale, u.Seen,
		u.DisplayName, u.Language, u.Profile, u.Avatar, u.Anonymous,
	}
}

// AvatarPath returns the URL path of the user's picture, or "" if there is none. It changes
// with the picture, so clients may cache the picture forever.
func (u *User) AvatarPath() string {
	if u.Avatar == "" {
		return ""
	}
	return fmt.Sprintf("/user/avatar/%d?v=%s", u.Id, u.Avatar)
}

// StatusAt returns the user's status at a time in Unix milliseconds, without an expired ban.
func (u *User) StatusAt(now int64) string {
	if u.Banned(now) {
		return StatusBanned
	}
	return StatusActive
}

// Banned reports whether the user is banned at a time in Unix milliseconds.
func (u *User) Banned(now int64) bool {
	return u.Status == StatusBanned && (u.BanUntil == 0 || now < u.BanUntil)
}

// Update is not supported: it would overwrite columns that another request may have changed
// in the meantime.
func (m *customUserModel) Update(context.Context, *User) error {
	return errors.ErrUnsupported
}

// Delete is not supported: use Erase, which informs the other nodes.
func (m *customUserModel) Delete(context.Context, int64) error {
	return errors.ErrUnsupported
}

func (m *customUserModel) findBy(ctx context.Context, column string, value any) (*User, error) {
	if group := m.groups.by[column]; group != nil {
		return group.Do(ctx, value)
	}
	return m.readBy(ctx, column, value)
}

func (m *customUserModel) readBy(ctx context.Context, column string, value any) (*User, error) {
	var user User
	query := fmt.Sprintf("select %s from %s where `%s` = ? limit 1", userRows, m.table, column)
	if err := m.QueryRowNoCacheCtx(ctx, &user, query, value); err != nil {
		return nil, err
	}
	return &user, nil
}
