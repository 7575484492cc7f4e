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
	// StatusAnonymous is of UserFilter alone.
	StatusAnonymous = "anonymous"
	RoleUser        = "user"
	RoleAdmin       = "admin"
)

// Columns of the user table that change on their own.
const (
	UserUsername UserColumn = "username"
	UserPhone    UserColumn = "phone"
	UserEmail    UserColumn = "email"
	UserRole     UserColumn = "role"
)

// ErrLastAdmin is returned where a change would leave no active administrator.
var ErrLastAdmin = errors.New("model: the last active administrator")

var _ UserModel = (*customUserModel)(nil)

type (
	// UserColumn names a column for Set.
	UserColumn string

	// UserModel is the user table; FindOne answers from the cache.
	UserModel interface {
		userModel
		UserFactors
		// Ban keeps a user out until a time, 0 being for good, and ends proofs and
		// sessions.
		Ban(ctx context.Context, id int64, reason string, until int64, e Ending) error
		// Bind makes value the user's address in a column and ends proofs, and sessions
		// unless e is nil. Another user's value is an error that Duplicate knows.
		Bind(ctx context.Context, id int64, column UserColumn, value string, e *Ending) error
		// FindByPhones reads from the database who has any of the numbers: more than one
		// user, where a number was spelled in more ways than one.
		FindByPhones(ctx context.Context, phones ...string) ([]*User, error)
		// FindCurrent reads the row from the database, for decisions that must not
		// rest on what the cache remembers.
		FindCurrent(ctx context.Context, id int64) (*User, error)
		// Import adds users who come from elsewhere.
		Import(ctx context.Context, i Import) error
		// Named returns which of the values of a column are users'.
		Named(ctx context.Context, column UserColumn, values ...string) ([]string, error)
		// InsertWith adds a user together with a credential, both or neither.
		InsertWith(ctx context.Context, u *User, c *Credential) error
		// InsertInvited adds a user, with a credential unless that is nil, and uses up one
		// of some invites: all or nothing. Fails with ErrNoInvite.
		InsertInvited(ctx context.Context, u *User, c *Credential, now int64, invites ...string) error
		// InsertLinked adds a user together with a link, by using up one of the invites if
		// any are given: all or nothing. Another user's link is an error that Duplicate knows
		// by "subject". Fails with ErrNoInvite.
		InsertLinked(ctx context.Context, u *User, l *Link, now int64, invites ...string) error
		// List pages through users by id.
		List(ctx context.Context, f UserFilter) ([]*User, error)
		// Search pages through users by a column, in its order.
		Search(ctx context.Context, f UserSearch) ([]*User, error)
		// AddLink links the user to an account at a provider and ends proofs; sessions go
		// on. An account there that is somebody's, or another one of the user there, is an
		// error that Duplicate knows; of nobody it is one that Orphan knows.
		AddLink(ctx context.Context, l *Link) error
		// EndByProvider ends proofs and sessions of the user of a link, because of something
		// that its provider has told, and reports whether that was to be done: it is not where
		// something as new was told before, or the link was made after e.Before.
		EndByProvider(ctx context.Context, l *Link, told int64, e Ending) (bool, error)
		// RemoveWay takes a way in from the user and reports whether there was one. It ends
		// proofs, and sessions unless e is nil. Fails with ErrLastWay where no other way in
		// would be left by the rules; of any number of removals at once, one way stays.
		RemoveWay(ctx context.Context, id int64, way Way, rules Ways, e *Ending) (bool, error)
		// EndProofs makes the user's open codes void, by the next epoch, and ends
		// sessions.
		EndProofs(ctx context.Context, id int64, e Ending) error
		// EndProofsAfter is EndProofs for the users with the next ids after one, at most
		// limit of them. Where there is none, the zero Swept is returned.
		EndProofsAfter(ctx context.Context, after int64, limit int, e Ending) (Swept, error)
		// Erase deletes a user with credentials and sessions, which end.
		Erase(ctx context.Context, id int64, now int64) error
		// Expired lists anonymous users who were made more than so many milliseconds ago,
		// by the clock of the database: oldest first, at most limit of them.
		Expired(ctx context.Context, life int64, limit int) ([]int64, error)
		// EraseAnonymous is Erase for a user whom Expired would list at this moment, and
		// reports whether the user was one.
		EraseAnonymous(ctx context.Context, id, life, now int64) (erased bool, err error)
		// Phones pages through numbers in their own order, those after one, and of those
		// that begin with a prefix.
		Phones(ctx context.Context, prefix, after string, limit int) ([]*UserNumber, error)
		// Renumber puts a number in the place of another, unless the user no longer has
		// that, and reports whether it did; nothing ends. Another user's number is an
		// error that Duplicate knows.
		Renumber(ctx context.Context, id int64, from, to string) (bool, error)
		// Saw notes when the user signed in, and in which language.
		Saw(ctx context.Context, id, at int64, locale string) error
		// PutCredential makes a credential the user's, drops a reset that is still to
		// take effect, and ends proofs and sessions: all or nothing.
		PutCredential(ctx context.Context, c *Credential, e Ending) error
		// Keep runs change in a transaction that keeps an administrator: it fails with
		// ErrLastAdmin where no other one is active, and two that run at the same time
		// wait for each other. Its statements go through the session.
		Keep(ctx context.Context, id, now int64, change func(UserModel) error) error
		// Describe changes what describes the user, all or nothing. Another user's
		// username is an error that Duplicate knows; of nobody it is one that Orphan
		// knows, or none.
		Describe(ctx context.Context, id int64, d Description) error
		// PutAvatar makes a picture that was inserted the user's, and the one before due.
		// It fails with ErrNotFound where the picture is due already.
		PutAvatar(ctx context.Context, id int64, picture *Avatar, now int64) error
		// ClearAvatar takes the picture from the user and makes it due; it reports whether
		// there was one.
		ClearAvatar(ctx context.Context, id, now int64) (bool, error)
		// AddPasskey makes a passkey the user's, in the epoch in which that was begun, unless
		// the user has most of them, and ends proofs. Fails with ErrOtherEpoch or ErrTooMany;
		// a credential that is registered already is an error that Duplicate knows.
		AddPasskey(ctx context.Context, p *Passkey, epoch int64, most int) error
		// SetRole changes the role.
		SetRole(ctx context.Context, id int64, role string) error
		// Unban lets a user in again, and ends proofs.
		Unban(ctx context.Context, id int64) error
	}

	// Swept is what EndProofsAfter has done: up to which id, to how many users, and how
	// many sessions have ended by it.
	Swept struct {
		Last            int64
		Users, Sessions int
	}

	customUserModel struct {
		*defaultUserModel
		changes  Changes
		tx       sqlx.Session // of Keep, nil outside
		together userGroups   // not of Keep
	}

	// seen is that a user has signed in.
	seen struct {
		id, at int64
		locale string
	}
)

// NewUserModel returns the user table behind the given cache.
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
	if !m.changes.wants(UserCreated) {
		return m.ExecNoCacheCtx(ctx, m.insertQuery(), u.row()...)
	}
	return oneRow, m.insertTold(ctx, u, nil)
}

func (m *customUserModel) InsertWith(ctx context.Context, u *User, c *Credential) error {
	return m.insertTold(ctx, u, c)
}

func (m *customUserModel) insertTold(ctx context.Context, u *User, c *Credential) error {
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
	return m.changes.tell(ctx, tx, created("", u)...)
}

func (m *customUserModel) insertQuery() string {
	return fmt.Sprintf("insert into %s (%s) values (%s)", m.table, userRowsExpectAutoSet, marks(len((&User{}).row())))
}

// row is what insertQuery inserts.
func (u *User) row() []any {
	return []any{
		u.Id, u.Username, u.Phone, u.Email, u.Role, u.Status, u.BanReason, u.BanUntil, u.Created, u.Epoch, u.Locale, u.Seen,
		u.DisplayName, u.Language, u.Profile, u.Avatar, u.Anonymous,
	}
}

// AvatarPath is where the picture of the user is, below the address of the service, or ""
// without one: it changes with the picture, so what it leads to may be kept for ever.
func (u *User) AvatarPath() string {
	if u.Avatar == "" {
		return ""
	}
	return fmt.Sprintf("/user/avatar/%d?v=%s", u.Id, u.Avatar)
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

// Update is not offered: it writes back columns that another request may have
// changed meanwhile. Set writes one.
func (m *customUserModel) Update(context.Context, *User) error {
	return errors.ErrUnsupported
}

// Delete is not offered: Erase tells the other nodes.
func (m *customUserModel) Delete(context.Context, int64) error {
	return errors.ErrUnsupported
}

func (m *customUserModel) findBy(ctx context.Context, column string, value any) (*User, error) {
	if group := m.together.by[column]; group != nil {
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
