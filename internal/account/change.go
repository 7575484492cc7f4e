package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// ResetWait is how long a delayed password waits.
const ResetWait = 24 * time.Hour

// maxLocale is the width of the column.
const maxLocale = 35

// seenEvery is how exactly it is known when a user last signed in.
const seenEvery = 24 * time.Hour

// taken is what a client is told of a value another user has.
var taken = map[string]apperr.Code{
	"username": apperr.UsernameTaken,
	"phone":    apperr.PhoneTaken,
	"email":    apperr.EmailTaken,
}

// Ban keeps a user out until a time, or for good where it is zero; sessions end and
// open codes become void.
func (a *Accounts) Ban(ctx context.Context, id int64, reason string, until time.Time) error {
	var end int64
	if !until.IsZero() {
		end = until.UnixMilli()
	}
	if err := a.Users.Ban(ctx, id, reason, end, a.ending(model.EndedByBan, "")); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// KeepAdmin makes a change to an administrator through the Accounts that change is
// given; it may be run more than once, and the last run counts. Fails with
// apperr.Forbidden if nobody else would be an active administrator afterwards.
func (a *Accounts) KeepAdmin(ctx context.Context, id int64, change func(*Accounts) error) error {
	erase := false
	err := a.Users.Keep(ctx, id, a.Now().UnixMilli(), func(users model.UserModel) error {
		erase = false // the transaction may be run again
		inside := a.Options
		inside.Users, inside.Erase = users, func(context.Context) { erase = true }
		return change(New(inside))
	})
	if err == nil && erase {
		a.Erase(ctx) // what a transaction has deleted leaves the disk after it
	}
	var own *apperr.Error
	switch {
	case errors.Is(err, model.ErrLastAdmin):
		return apperr.New(apperr.Forbidden).WithDetail("The last administrator stays one.").Wrap(err)
	case err == nil || errors.As(err, &own):
		return err
	}
	return apperr.Down(err)
}

// Banned reports whether the user is kept out now.
func (a *Accounts) Banned(user *model.User) bool { return user.Banned(a.Now().UnixMilli()) }

// Bind makes a proven address the user's and returns the user with it. Fails with
// apperr.PhoneTaken or EmailTaken where it is another user's.
func (a *Accounts) Bind(ctx context.Context, id int64, address address.Address) (*model.User, error) {
	return a.bind(ctx, id, address, nil)
}

// Replace is Bind for a user who has another address of that kind: it also ends every
// session of the user but the one excepted.
func (a *Accounts) Replace(ctx context.Context, id int64, address address.Address, except string) (*model.User, error) {
	ending := a.ending(model.EndedByAddress, except)
	return a.bind(ctx, id, address, &ending)
}

func (a *Accounts) bind(ctx context.Context, id int64, addr address.Address, e *model.Ending) (*model.User, error) {
	column := model.UserPhone
	if addr.Kind() == address.KindEmail {
		column = model.UserEmail
	}
	// The unique key sees one spelling. Rows of another one are from before, and no new
	// ones are written, so that nobody takes the number between this look and the write.
	if len(addr.Spellings()) > 1 {
		holder, err := a.ByAddress(ctx, addr)
		if err != nil {
			return nil, err
		}
		if holder != nil && holder.Id != id {
			return nil, apperr.New(taken[string(column)]).WithField(string(column))
		}
	}
	return a.changed(ctx, id, a.Users.Bind(ctx, id, column, addr.Canonical(), e))
}

// ByUsername finds a user by username, or nil where there is none.
func (a *Accounts) ByUsername(ctx context.Context, username string) (*model.User, error) {
	user, err := a.Users.FindOneByUsername(ctx, sql.NullString{String: username, Valid: true})
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, apperr.Down(err)
	}
	return user, nil
}

// DelayPassword keeps hash as the password that is to be the user's after ResetWait.
// It takes the place of one that was kept before; SetPassword drops it.
func (a *Accounts) DelayPassword(ctx context.Context, id int64, hash string) error {
	c := a.password(id, hash)
	c.Kind = model.KindReset
	if err := a.Credentials.Put(ctx, c); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Delayed is the hash that DelayPassword kept, once its wait is over; else "".
func (a *Accounts) Delayed(ctx context.Context, id int64) (string, error) {
	c, err := a.Credentials.FindOneByUserIdKind(ctx, id, model.KindReset)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return "", nil
	case err != nil:
		return "", apperr.Down(err)
	case a.Now().Sub(time.UnixMilli(c.Changed)) < ResetWait:
		return "", nil
	}
	return c.Secret, nil
}

// Delete erases the user with credentials and sessions, which end.
func (a *Accounts) Delete(ctx context.Context, id int64) error {
	if err := a.Users.Erase(ctx, id, a.Now().UnixMilli()); err != nil {
		return apperr.Down(err)
	}
	a.Erase(ctx)
	return nil
}

// HeldCredentials are the credentials of a user.
func (a *Accounts) HeldCredentials(ctx context.Context, id int64) ([]*model.Credential, error) {
	rows, err := a.Credentials.OfUser(ctx, id)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return rows, nil
}

// Password is the user's password hash, or "" without one.
func (a *Accounts) Password(ctx context.Context, id int64) (string, error) {
	hash, err := a.Credentials.Secret(ctx, id, model.KindPassword)
	if err != nil {
		return "", apperr.Down(err)
	}
	return hash, nil
}

// RemoveWay takes a way in from the user and reports whether there was one. Of an address
// it ends every session but the one excepted. Fails with apperr.LastSignIn where no other
// way in would be left by the rules.
func (a *Accounts) RemoveWay(ctx context.Context, id int64, way model.Way, rules model.Ways, except string) (bool, error) {
	if way.Kind == model.WayPhone || way.Kind == model.WayEmail {
		e := a.ending(model.EndedByAddress, except)
		return a.removeWay(ctx, id, way, rules, &e)
	}
	return a.removeWay(ctx, id, way, rules, nil)
}

func (a *Accounts) removeWay(ctx context.Context, id int64, way model.Way, rules model.Ways, e *model.Ending) (bool, error) {
	removed, err := a.Users.RemoveWay(ctx, id, way, rules, e)
	switch {
	case errors.Is(err, model.ErrLastWay):
		return false, apperr.New(apperr.LastSignIn).Wrap(err)
	case err != nil:
		return false, apperr.Down(err)
	}
	return removed, nil
}

// EndSessions ends every session of a user but the one excepted, "" excepting none,
// and makes open codes void.
func (a *Accounts) EndSessions(ctx context.Context, id int64, except string) error {
	if err := a.Users.EndProofs(ctx, id, a.ending(model.EndedByUser, except)); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// EndEveryone ends every session of the users with the next ids after one, at most
// limit of them, and makes their open codes void. Where no user is left, the zero Swept
// is returned.
func (a *Accounts) EndEveryone(ctx context.Context, after int64, limit int) (model.Swept, error) {
	swept, err := a.Users.EndProofsAfter(ctx, after, limit, a.ending(model.EndedByOperator, ""))
	if err != nil {
		return model.Swept{}, apperr.Down(err)
	}
	return swept, nil
}

// IsAdmin reports whether a user is an administrator now, whatever a token says.
func (a *Accounts) IsAdmin(ctx context.Context, id int64) (bool, error) {
	user, err := a.Current(ctx, id)
	if err != nil {
		return false, err
	}
	return user.Role == model.RoleAdmin, nil
}

// Filter says which users List returns.
type Filter = model.UserFilter

// List pages through users; the next page is after the last id.
func (a *Accounts) List(ctx context.Context, f Filter) ([]*model.User, error) {
	f.Now = a.Now().UnixMilli()
	users, err := a.Users.List(ctx, f)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return users, nil
}

// SetPassword makes hash the user's password; every session ends but the one
// excepted, and open codes become void.
func (a *Accounts) SetPassword(ctx context.Context, id int64, hash, except string) error {
	if err := a.Users.PutCredential(ctx, a.password(id, hash), a.ending(model.EndedByPassword, except)); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// RenewPassword puts a better hash of the same password in the place of old. A
// password that was changed meanwhile stays as it is.
func (a *Accounts) RenewPassword(ctx context.Context, id int64, old, hash string) error {
	_, err := a.Credentials.Replace(ctx, a.password(id, hash), old)
	if err != nil {
		return apperr.Down(err)
	}
	return nil
}

// SetRole changes the role: in force at once where a role is demanded, within
// seconds on every node, and in tokens from the next refresh on.
func (a *Accounts) SetRole(ctx context.Context, id int64, role string) error {
	if err := a.Users.SetRole(ctx, id, role); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Saw notes that a user has signed in, and in which language unless locale is "":
// at most once a day while the language stays the same.
func (a *Accounts) Saw(ctx context.Context, user *model.User, locale string) error {
	now := a.Now().UnixMilli()
	if locale == "" || len(locale) > maxLocale {
		locale = user.Locale
	}
	if now-user.Seen < seenEvery.Milliseconds() && locale == user.Locale {
		return nil
	}
	if err := a.Users.Saw(ctx, user.Id, now, locale); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Unban lets a user in again.
func (a *Accounts) Unban(ctx context.Context, id int64) error {
	if err := a.Users.Unban(ctx, id); err != nil {
		return apperr.Down(err)
	}
	return nil
}

func (a *Accounts) password(id int64, hash string) *model.Credential {
	return &model.Credential{UserId: id, Kind: model.KindPassword, Secret: hash, Changed: a.Now().UnixMilli()}
}

// ending ends all sessions but one, from now on.
func (a *Accounts) ending(reason, except string) model.Ending {
	return model.Ending{Reason: reason, Except: except, Now: a.Now().UnixMilli()}
}

// changed is the user after a change that ended with err.
func (a *Accounts) changed(ctx context.Context, id int64, err error) (*model.User, error) {
	if name, duplicate := model.Duplicate(err); duplicate {
		return nil, apperr.New(taken[name]).WithField(name)
	}
	if err != nil {
		return nil, apperr.Down(err)
	}
	return a.Current(ctx, id)
}
