package account

import (
	"context"
	"errors"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// ErrAlreadyImported is returned by Import if one of the origins has been imported before.
var ErrAlreadyImported = errors.New("account: imported already")

type (
	// ImportedUser is a user of another system.
	ImportedUser struct {
		// Origin identifies the user there.
		Origin Origin
		// Username, Phone and Email are verified; each is optional.
		Username     string
		Phone, Email address.Address
		// Hash is the stored form of the password hash. Effort names its cost, "" for the usual
		// one.
		Hash, Effort string
		Role, Locale string
		Banned       bool
		// BanUntil is when a ban ends; zero means never.
		BanUntil time.Time
		Created  time.Time
	}

	// Origin identifies a user in another system.
	Origin struct{ Source, ID string }

	// NameSet is a set of stored usernames and addresses.
	NameSet map[string]bool
)

// NameOf returns the element of a NameSet for a value of a column.
func NameOf(column model.UserColumn, value string) string { return string(column) + " " + value }

// Imported returns those of the origins that have been imported, including erased users.
func (a *Accounts) Imported(ctx context.Context, origins []Origin) (map[Origin]bool, error) {
	ids, byID := make([]string, len(origins)), map[string]Origin{}
	for i, o := range origins {
		ids[i] = model.OriginID(o.Source, o.ID)
		byID[ids[i]] = o
	}
	found, err := a.Origins.Existing(ctx, ids...)
	if err != nil {
		return nil, apperr.Down(err)
	}
	imported := make(map[Origin]bool, len(found))
	for _, id := range found {
		imported[byID[id]] = true
	}
	return imported, nil
}

// Efforts returns the costs of the imported hashes that are still in use.
func (a *Accounts) Efforts(ctx context.Context) ([]string, error) {
	return apperr.ResultOrDown(a.Origins.Efforts(ctx))
}

// TakenNames returns those of the names that users already have, phone numbers in any spelling.
func (a *Accounts) TakenNames(ctx context.Context, users []ImportedUser) (NameSet, error) {
	names := map[model.UserColumn][]string{}
	for _, who := range users {
		if who.Username != "" {
			names[model.UserUsername] = append(names[model.UserUsername], who.Username)
		}
		names[model.UserPhone] = append(names[model.UserPhone], who.Phone.Spellings()...)
		names[model.UserEmail] = append(names[model.UserEmail], who.Email.Spellings()...)
	}
	taken := NameSet{}
	for column, values := range names {
		found, err := a.Users.Taken(ctx, column, values...)
		if err != nil {
			return nil, apperr.Down(err)
		}
		for _, value := range found {
			taken[NameOf(column, value)] = true
		}
	}
	return taken, nil
}

// Import creates all of the users or none, and records the events that events returns for them. It
// fails with ErrAlreadyImported, and with apperr.UsernameTaken, PhoneTaken or EmailTaken.
func (a *Accounts) Import(ctx context.Context, users []ImportedUser, events func(users []*model.User) []*model.Event) error {
	if len(users) == 0 {
		return nil
	}
	var all model.Import
	for _, who := range users {
		user, err := a.newImported(who)
		if err != nil {
			return err
		}
		all.Users = append(all.Users, user)
		if who.Hash != "" {
			all.Credentials = append(all.Credentials, a.password(user.Id, who.Hash))
		}
		all.Origins = append(all.Origins, &model.Origin{
			Id: model.OriginID(who.Origin.Source, who.Origin.ID), Source: who.Origin.Source, ExternalId: who.Origin.ID,
			UserId: user.Id, Hash: who.Effort,
		})
	}
	all.Events = events(all.Users)
	err := a.Users.Import(ctx, all)
	column, duplicate := model.Duplicate(err)
	switch {
	case err == nil:
		return nil
	case duplicate && taken[column] != "":
		return apperr.New(taken[column]).WithField(column)
	case duplicate:
		return ErrAlreadyImported
	}
	return apperr.Down(err)
}

func (a *Accounts) newImported(who ImportedUser) (*model.User, error) {
	user := &model.User{
		Username: model.Text(who.Username), Phone: model.Text(who.Phone.Canonical()), Email: model.Text(who.Email.Canonical()),
		Locale: who.Locale,
	}
	if err := a.complete(user); err != nil {
		return nil, err
	}
	if who.Role != "" {
		user.Role = who.Role
	}
	if !who.Created.IsZero() {
		user.Created = who.Created.UnixMilli()
	}
	if who.Banned {
		user.Status, user.BanReason = model.StatusBanned, "imported"
		if !who.BanUntil.IsZero() {
			user.BanUntil = who.BanUntil.UnixMilli()
		}
	}
	return user, nil
}
