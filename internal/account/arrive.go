package account

import (
	"context"
	"errors"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// ErrArrived is returned by Import where a user with one of the origins is there
// already.
var ErrArrived = errors.New("account: imported already")

type (
	// Arrival is a user of another system who becomes one here.
	Arrival struct {
		// Origin is who it was there.
		Origin Origin
		// Username, Phone and Email are proven, and each may be missing.
		Username     string
		Phone, Email address.Address
		// Hash is the stored form of a hash of the password, and Effort the name of the
		// work it takes, "" if that is the usual one.
		Hash, Effort string
		Role, Locale string
		Banned       bool
		// BanUntil is when a ban ends; the zero time is never.
		BanUntil time.Time
		Created  time.Time
	}

	// Origin is who a user was in another system.
	Origin struct{ Source, ID string }

	// NameSet is usernames and addresses, as they are stored.
	NameSet map[string]bool
)

// NameOf is how a NameSet knows a value of a column.
func NameOf(column model.UserColumn, value string) string { return string(column) + " " + value }

// Arrived returns those of the origins that have been imported, erased users among
// them.
func (a *Accounts) Arrived(ctx context.Context, origins []Origin) (map[Origin]bool, error) {
	ids, of := make([]string, len(origins)), map[string]Origin{}
	for i, o := range origins {
		ids[i] = model.OriginID(o.Source, o.ID)
		of[ids[i]] = o
	}
	found, err := a.Origins.Among(ctx, ids...)
	if err != nil {
		return nil, apperr.Down(err)
	}
	arrived := make(map[Origin]bool, len(found))
	for _, id := range found {
		arrived[of[id]] = true
	}
	return arrived, nil
}

// Efforts names the work of the imported hashes that are left.
func (a *Accounts) Efforts(ctx context.Context) ([]string, error) {
	efforts, err := a.Origins.Efforts(ctx)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return efforts, nil
}

// Held returns those of the arrivals' names that users have already, numbers in any of
// their spellings.
func (a *Accounts) Held(ctx context.Context, arrivals []Arrival) (NameSet, error) {
	asked := map[model.UserColumn][]string{}
	for _, who := range arrivals {
		if who.Username != "" {
			asked[model.UserUsername] = append(asked[model.UserUsername], who.Username)
		}
		asked[model.UserPhone] = append(asked[model.UserPhone], who.Phone.Spellings()...)
		asked[model.UserEmail] = append(asked[model.UserEmail], who.Email.Spellings()...)
	}
	held := NameSet{}
	for column, values := range asked {
		found, err := a.Users.Named(ctx, column, values...)
		if err != nil {
			return nil, apperr.Down(err)
		}
		for _, value := range found {
			held[NameOf(column, value)] = true
		}
	}
	return held, nil
}

// Import makes users of the arrivals, with what events says of each in the audit trail:
// all of them or none. It fails with ErrArrived, and with apperr.UsernameTaken,
// PhoneTaken or EmailTaken, where one of them is there already.
func (a *Accounts) Import(ctx context.Context, arrivals []Arrival, events func(users []*model.User) []*model.Event) error {
	if len(arrivals) == 0 {
		return nil
	}
	var all model.Import
	for _, who := range arrivals {
		user, err := a.arrive(who)
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
		return ErrArrived
	}
	return apperr.Down(err)
}

func (a *Accounts) arrive(who Arrival) (*model.User, error) {
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
