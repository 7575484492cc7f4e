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

// seenInterval is the precision with which the last sign-in is stored.
const seenInterval = 24 * time.Hour

// taken maps columns to the error for a value that another user has.
var taken = map[string]apperr.Code{
	"username": apperr.UsernameTaken,
	"phone":    apperr.PhoneTaken,
	"email":    apperr.EmailTaken,
}

// Ban bans a user until a time, or permanently if it is zero. It ends the sessions and invalidates
// open codes.
func (a *Accounts) Ban(ctx context.Context, id int64, reason string, until time.Time) error {
	var end int64
	if !until.IsZero() {
		end = until.UnixMilli()
	}
	return apperr.DownIf(a.Users.Ban(ctx, id, reason, end, a.ending(model.EndedByBan, "")))
}

// KeepAdmin runs a change to an administrator with the Accounts passed to it. The change may run
// more than once; the last run counts. It fails with apperr.Forbidden if no other active
// administrator would remain.
func (a *Accounts) KeepAdmin(ctx context.Context, id int64, change func(*Accounts) error) error {
	erase := false
	err := a.Users.KeepAdmin(ctx, id, a.Now().UnixMilli(), func(users model.UserModel) error {
		erase = false // the transaction may be retried
		inside := a.Options
		inside.Users, inside.Erase = users, func(context.Context) { erase = true }
		return change(New(inside))
	})
	if err == nil && erase {
		a.Erase(ctx) // deleted rows can be erased only after the transaction
	}
	_, typed := errors.AsType[*apperr.Error](err)
	switch {
	case errors.Is(err, model.ErrLastAdmin):
		return apperr.New(apperr.Forbidden).WithDetail("The last administrator cannot be removed.").Wrap(err)
	case err == nil || typed:
		return err
	}
	return apperr.Down(err)
}

// Banned reports whether the user is banned now.
func (a *Accounts) Banned(user *model.User) bool { return user.Banned(a.Now().UnixMilli()) }

// Bind adds a proven address to the user and returns the user. It fails with apperr.PhoneTaken or
// EmailTaken if another user has it.
func (a *Accounts) Bind(ctx context.Context, id int64, address address.Address) (*model.User, error) {
	return a.bind(ctx, id, address, nil)
}

// Replace is Bind for a user who has another address of that kind. It also ends every session other
// than except.
func (a *Accounts) Replace(ctx context.Context, id int64, address address.Address, except string) (*model.User, error) {
	ending := a.ending(model.EndedByAddress, except)
	return a.bind(ctx, id, address, &ending)
}

func (a *Accounts) bind(ctx context.Context, id int64, addr address.Address, e *model.Ending) (*model.User, error) {
	column := model.UserPhone
	if addr.Kind() == address.KindEmail {
		column = model.UserEmail
	}
	if err := a.checkSpellings(ctx, id, addr); err != nil {
		return nil, err
	}
	return a.changed(ctx, id, a.Users.Bind(ctx, id, column, addr.Canonical(), e))
}

// checkSpellings fails with apperr.PhoneTaken if a user other than id has the number in another
// spelling, which the unique key does not see. Such rows are old and no new ones are written, so
// nobody takes the number between this check and the write.
func (a *Accounts) checkSpellings(ctx context.Context, id int64, addr address.Address) error {
	if len(addr.Spellings()) < 2 {
		return nil
	}
	holder, err := a.ByAddress(ctx, addr)
	if err == nil && holder != nil && holder.Id != id {
		err = apperr.New(apperr.PhoneTaken).WithField("phone")
	}
	return err
}

// ByUsername returns the user with a username, or nil if there is none.
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

// DelayPassword stores hash as the user's password from ResetWait on. It replaces an earlier
// delayed password; SetPassword drops it.
func (a *Accounts) DelayPassword(ctx context.Context, id int64, hash string) error {
	c := a.password(id, hash)
	c.Kind = model.KindReset
	return apperr.DownIf(a.Credentials.Put(ctx, c))
}

// Delayed returns the hash stored by DelayPassword once its wait is over, or "".
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

// Delete erases the user with credentials and sessions.
func (a *Accounts) Delete(ctx context.Context, id int64) error {
	if err := a.Users.Erase(ctx, id, a.Now().UnixMilli()); err != nil {
		return apperr.Down(err)
	}
	a.Erase(ctx)
	return nil
}

// ListCredentials returns the credentials of a user.
func (a *Accounts) ListCredentials(ctx context.Context, id int64) ([]*model.Credential, error) {
	return apperr.ResultOrDown(a.Credentials.OfUser(ctx, id))
}

// Password returns the user's password hash, or "" if there is none.
func (a *Accounts) Password(ctx context.Context, id int64) (string, error) {
	return apperr.ResultOrDown(a.Credentials.Secret(ctx, id, model.KindPassword))
}

// RemoveWay removes a sign-in method from the user and reports whether it existed. Removing an
// address ends every session other than except. It fails with apperr.LastSignIn if rules leave no
// other method.
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

// EndSessions ends every session of a user other than except, which may be "", and invalidates open
// codes.
func (a *Accounts) EndSessions(ctx context.Context, id int64, except string) error {
	return apperr.DownIf(a.Users.EndProofs(ctx, id, a.ending(model.EndedByUser, except)))
}

// EndAllSessions ends every session of the next limit users by id after one, and invalidates their
// open codes. If no user is left, it returns the zero Swept.
func (a *Accounts) EndAllSessions(ctx context.Context, after int64, limit int) (model.SweepResult, error) {
	return apperr.ResultOrDown(a.Users.EndProofsAfter(ctx, after, limit, a.ending(model.EndedByOperator, "")))
}

// IsAdmin reports whether a user is an administrator now, whatever the token says.
func (a *Accounts) IsAdmin(ctx context.Context, id int64) (bool, error) {
	user, err := a.Current(ctx, id)
	if err != nil {
		return false, err
	}
	return user.Role == model.RoleAdmin, nil
}

// Filter selects the users that List returns.
type Filter = model.UserFilter

// List returns a page of users; the next page starts after the last id.
func (a *Accounts) List(ctx context.Context, f Filter) ([]*model.User, error) {
	f.Now = a.Now().UnixMilli()
	return apperr.ResultOrDown(a.Users.List(ctx, f))
}

// SetPassword sets the user's password hash. It ends every session other than except and
// invalidates open codes.
func (a *Accounts) SetPassword(ctx context.Context, id int64, hash, except string) error {
	return apperr.DownIf(a.Users.PutCredential(ctx, a.password(id, hash), a.ending(model.EndedByPassword, except)))
}

// RenewPassword replaces old by a better hash of the same password. It does nothing if the password
// has changed meanwhile.
func (a *Accounts) RenewPassword(ctx context.Context, id int64, old, hash string) error {
	_, err := a.Credentials.Replace(ctx, a.password(id, hash), old)
	return apperr.DownIf(err)
}

// SetRole changes the role. It applies immediately where a role is required, within seconds on
// every node, and in tokens from the next refresh on.
func (a *Accounts) SetRole(ctx context.Context, id int64, role string) error {
	return apperr.DownIf(a.Users.SetRole(ctx, id, role))
}

// RecordSignIn records that a user has signed in, and the language unless locale is "". It writes
// at most once a day while the language stays the same.
func (a *Accounts) RecordSignIn(ctx context.Context, user *model.User, locale string) error {
	now := a.Now().UnixMilli()
	if locale == "" || len(locale) > maxLocale {
		locale = user.Locale
	}
	if now-user.Seen < seenInterval.Milliseconds() && locale == user.Locale {
		return nil
	}
	return apperr.DownIf(a.Users.RecordSignIn(ctx, user.Id, now, locale))
}

// Unban unbans a user.
func (a *Accounts) Unban(ctx context.Context, id int64) error {
	return apperr.DownIf(a.Users.Unban(ctx, id))
}

func (a *Accounts) password(id int64, hash string) *model.Credential {
	return &model.Credential{UserId: id, Kind: model.KindPassword, Secret: hash, Changed: a.Now().UnixMilli()}
}

// ending returns the Ending of all sessions other than except, as of now.
func (a *Accounts) ending(reason, except string) model.Ending {
	return model.Ending{Reason: reason, Except: except, Now: a.Now().UnixMilli()}
}

// changed returns the user after a change that returned err.
func (a *Accounts) changed(ctx context.Context, id int64, err error) (*model.User, error) {
	if name, duplicate := model.Duplicate(err); duplicate {
		return nil, apperr.New(taken[name]).WithField(name)
	}
	if err != nil {
		return nil, apperr.Down(err)
	}
	return a.Current(ctx, id)
}
