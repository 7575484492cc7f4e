// Package account keeps the users: found by an address or a name, made at the
// first verified code or by registration, changed, and erased.
package account

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// idBits is the width of a user id: what every JSON reader holds exactly (RFC
// 8259 section 6).
const idBits = 53

type (
	// Options configure Accounts.
	Options struct {
		Users       model.UserModel
		Credentials model.CredentialModel
		// Origins are needed by what is about imported users alone.
		Origins  model.OriginModel
		Links    model.LinkModel
		Profiles model.ProfileModel
		// ClaimKeys are the keys of appMetadata that go into access tokens, by the names
		// of their claims.
		ClaimKeys map[string]string
		// Erase takes deleted rows off the disk.
		Erase func(context.Context)
		Now   func() time.Time
		Rand  io.Reader
	}

	// Accounts finds and makes users.
	Accounts struct {
		Options
	}
)

// New returns Accounts.
func New(o Options) *Accounts { return &Accounts{Options: o} }

// ByAddress finds the user of an address, in whatever spelling it is kept, or nil
// where there is none. Of two users, whom an earlier release took for two people, it is
// the one of the given spelling, and else that of today's.
func (a *Accounts) ByAddress(ctx context.Context, addr address.Address) (*model.User, error) {
	spellings := addr.Spellings()
	if len(spellings) > 1 {
		return a.bySpelling(ctx, spellings)
	}
	value := sql.NullString{String: addr.Canonical(), Valid: true}
	find := a.Users.FindOneByPhone
	if addr.Kind() == address.KindEmail {
		find = a.Users.FindOneByEmail
	}
	user, err := find(ctx, value)
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, apperr.Down(err)
	}
	return user, nil
}

// bySpelling finds the user of a number, by the first spelling that anybody has.
func (a *Accounts) bySpelling(ctx context.Context, spellings []string) (*model.User, error) {
	users, err := a.Users.FindByPhones(ctx, spellings...)
	if err != nil {
		return nil, apperr.Down(err)
	}
	for _, spelling := range spellings {
		for _, user := range users {
			if user.Phone.String == spelling {
				return user, nil
			}
		}
	}
	return nil, nil
}

// FindOrCreate returns the user of a proven address, and whether this call made
// it, by using up one of the invites if any are given. Of any number of racing calls one
// makes it and the others find it. Fails with model.ErrNoInvite.
func (a *Accounts) FindOrCreate(ctx context.Context, address address.Address, invites ...string) (*model.User, bool, error) {
	// Each round either finds the user, makes it, or lost to another call that
	// made it; a random id that is taken costs one more.
	for range 3 {
		user, err := a.ByAddress(ctx, address)
		if user != nil || err != nil {
			return user, false, err
		}
		user, err = a.create(ctx, address, invites)
		if err == nil {
			return user, true, nil
		}
		if errors.Is(err, model.ErrNoInvite) {
			// Another call for this address may have had it.
			if user, found := a.ByAddress(ctx, address); user != nil || found != nil {
				return user, false, found
			}
			return nil, false, err
		}
		if _, taken := model.Duplicate(err); !taken {
			return nil, false, apperr.Down(err)
		}
	}
	return nil, false, fmt.Errorf("account: neither found nor made")
}

// Current reads a user from the database, for decisions. Fails with
// apperr.SessionEnded if the user is gone.
func (a *Accounts) Current(ctx context.Context, id int64) (*model.User, error) {
	return answer(a.Users.FindCurrent(ctx, id))
}

// Get reads a user for display, from the cache where it can. Fails as Current. What ends
// that a user is anonymous may leave the cached row as it was, so one that says so is
// believed only while the database cannot be asked.
func (a *Accounts) Get(ctx context.Context, id int64) (*model.User, error) {
	user, err := a.Users.FindOne(ctx, id)
	if err == nil && user.Anonymous != 0 {
		if current, failed := a.Users.FindCurrent(ctx, id); failed == nil || errors.Is(failed, model.ErrNotFound) {
			return answer(current, failed)
		}
	}
	return answer(user, err)
}

func (a *Accounts) create(ctx context.Context, addr address.Address, invites []string) (*model.User, error) {
	value := sql.NullString{String: addr.Canonical(), Valid: true}
	if addr.Kind() == address.KindEmail {
		return a.insert(ctx, &model.User{Email: value}, invites)
	}
	return a.insert(ctx, &model.User{Phone: value}, invites)
}

// insert completes a new user and stores it; the error is the database's own.
func (a *Accounts) insert(ctx context.Context, user *model.User, invites []string) (*model.User, error) {
	if err := a.complete(user); err != nil {
		return nil, err
	}
	return user, a.put(ctx, user, nil, invites)
}

// complete gives a new user what every one has.
func (a *Accounts) complete(user *model.User) error {
	id, err := a.newID()
	if err != nil {
		return err
	}
	user.Id, user.Role, user.Status, user.Created = id, model.RoleUser, model.StatusActive, a.Now().UnixMilli()
	return nil
}

// newID draws a random id, so that ids tell neither how many users there are
// nor which one comes next.
func (a *Accounts) newID() (int64, error) {
	var raw [8]byte
	for {
		if _, err := io.ReadFull(a.Rand, raw[:]); err != nil {
			return 0, fmt.Errorf("account: new id: %w", err)
		}
		if id := int64(binary.BigEndian.Uint64(raw[:]) >> (64 - idBits)); id > 0 {
			return id, nil
		}
	}
}

func answer(user *model.User, err error) (*model.User, error) {
	switch {
	case errors.Is(err, model.ErrNotFound):
		return nil, apperr.New(apperr.SessionEnded)
	case err != nil:
		return nil, apperr.Down(err)
	}
	return user, nil
}
