// Package account manages users: it finds them by address or name, creates them at the first
// verified code or by registration, changes and erases them.
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

// idBits is the width of a user id, which every JSON parser represents exactly (RFC 8259 section
// 6).
const idBits = 53

type (
	// Options configure Accounts.
	Options struct {
		Users       model.UserModel
		Credentials model.CredentialModel
		// Origins is needed only for imported users.
		Origins  model.OriginModel
		Links    model.LinkModel
		Profiles model.ProfileModel
		// ClaimKeys maps the names of extra claims in access tokens to keys of appMetadata.
		ClaimKeys map[string]string
		// Erase removes deleted rows from the disk.
		Erase func(context.Context)
		Now   func() time.Time
		Rand  io.Reader
	}

	// Accounts finds and changes users.
	Accounts struct {
		Options
	}
)

// New returns Accounts.
func New(o Options) *Accounts { return &Accounts{Options: o} }

// ByAddress returns the user of an address in any stored spelling, or nil if there is none. If an
// earlier release stored two users for two spellings, it prefers the given spelling, then the
// current one.
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

// bySpelling returns the user of the first spelling that exists.
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

// FindOrCreate returns the user of a proven address, and whether this call created it, consuming
// one of the invites if any are given. Of concurrent calls, one creates the user and the others
// find it. It fails with model.ErrNoInvite.
func (a *Accounts) FindOrCreate(ctx context.Context, address address.Address, invites ...string) (*model.User, bool, error) {
	// Each round finds the user, creates it, or loses to a concurrent call. A collision of random
	// ids costs one more.
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
			// A concurrent call for this address may have consumed it.
			if user, found := a.ByAddress(ctx, address); user != nil || found != nil {
				return user, false, found
			}
			return nil, false, err
		}
		if _, taken := model.Duplicate(err); !taken {
			return nil, false, apperr.Down(err)
		}
	}
	return nil, false, fmt.Errorf("account: neither found nor created")
}

// Current reads a user from the database, for decisions. It fails with apperr.SessionEnded if the
// user does not exist.
func (a *Accounts) Current(ctx context.Context, id int64) (*model.User, error) {
	return answer(a.Users.FindCurrent(ctx, id))
}

// Get reads a user for display, from the cache if possible. It fails like Current. A cached row may
// still show a user as anonymous, so such a row is trusted only while the database is unavailable.
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

// insert completes a new user and stores it. It returns database errors unchanged.
func (a *Accounts) insert(ctx context.Context, user *model.User, invites []string) (*model.User, error) {
	if err := a.complete(user); err != nil {
		return nil, err
	}
	return user, a.store(ctx, user, nil, invites)
}

// complete sets the fields common to all new users.
func (a *Accounts) complete(user *model.User) error {
	id, err := a.newID()
	if err != nil {
		return err
	}
	user.Id, user.Role, user.Status, user.Created = id, model.RoleUser, model.StatusActive, a.Now().UnixMilli()
	return nil
}

// newID draws a random id, so that ids reveal neither the number of users nor the next id.
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
