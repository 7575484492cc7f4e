package account

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/model"
)

// Outsider is who somebody is at another site.
type Outsider struct {
	// Provider and Subject are who it is.
	Provider, Subject string
	// Told is the address that the provider told, which proves nothing.
	Told address.Address
	// Phone and Email are proven, and zero where they are not.
	Phone, Email address.Address
	DisplayName  string
}

// ByLink finds the user of somebody at another site, by the database, with the link; both
// are nil where there is none.
func (a *Accounts) ByLink(ctx context.Context, provider, subject string) (*model.User, *model.Link, error) {
	link, err := a.Links.FindOneByProviderSubject(ctx, provider, subject)
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, apperr.Down(err)
	}
	user, err := a.Current(ctx, link.UserId)
	if apperr.Is(err, apperr.SessionEnded) { // erased since, and so is the link
		return nil, nil, nil
	}
	return user, link, err
}

// FindOrLink returns the user of somebody at another site, and whether this call made it,
// by using up one of the invites if any are given. Of any number of racing calls one makes
// it and the others find it. An account that has the address already is never taken for it:
// fails with apperr.EmailTaken or PhoneTaken, and with model.ErrNoInvite.
func (a *Accounts) FindOrLink(ctx context.Context, who Outsider, invites ...string) (*model.User, bool, error) {
	// Each round either finds the user, makes it, or lost to another call.
	for range 3 {
		user, _, err := a.ByLink(ctx, who.Provider, who.Subject)
		if user != nil || err != nil {
			return user, false, err
		}
		user, err = a.insertLinked(ctx, who, invites)
		if err == nil {
			return user, true, nil
		}
		column, duplicate := model.Duplicate(err)
		switch {
		case errors.Is(err, model.ErrNoInvite), duplicate && taken[column] != "":
			// Another call for the same person may have had it.
			found, _, failed := a.ByLink(ctx, who.Provider, who.Subject)
			switch {
			case found != nil || failed != nil:
				return found, false, failed
			case duplicate:
				err = apperr.New(taken[column]).WithField(column)
			}
			return nil, false, err
		case !duplicate:
			if told, ok := errors.AsType[*apperr.Error](err); ok {
				return nil, false, told
			}
			return nil, false, apperr.Down(err)
		}
	}
	return nil, false, fmt.Errorf("account: neither found nor made")
}

// insertLinked makes a user with a link; the error is the database's own.
func (a *Accounts) insertLinked(ctx context.Context, who Outsider, invites []string) (*model.User, error) {
	if len(who.Phone.Spellings()) > 1 { // as in Add
		holder, err := a.ByAddress(ctx, who.Phone)
		if err != nil {
			return nil, err
		}
		if holder != nil {
			return nil, apperr.New(apperr.PhoneTaken).WithField("phone")
		}
	}
	user := &model.User{Phone: model.Text(who.Phone.Canonical()), Email: model.Text(who.Email.Canonical()), DisplayName: who.DisplayName}
	if err := a.complete(user); err != nil {
		return nil, err
	}
	link, err := a.NewLink(user.Id, who)
	if err != nil {
		return nil, err
	}
	return user, a.Users.InsertLinked(ctx, user, link, user.Created, invites...)
}

// NewLink is the row of a user's link, made now.
func (a *Accounts) NewLink(userID int64, who Outsider) (*model.Link, error) {
	var id [16]byte
	if _, err := io.ReadFull(a.Rand, id[:]); err != nil {
		return nil, fmt.Errorf("account: new link: %w", err)
	}
	now := a.Now().UnixMilli()
	return &model.Link{
		Id: base64.RawURLEncoding.EncodeToString(id[:]), Provider: who.Provider, Subject: who.Subject, UserId: userID,
		Email: who.Told.Canonical(), Created: now, LastUsed: now,
	}, nil
}

// LinkUsed notes that a user has signed in by a link.
func (a *Accounts) LinkUsed(ctx context.Context, link *model.Link, who Outsider) error {
	if err := a.Links.Used(ctx, link.Id, a.Now().UnixMilli(), who.Told.Canonical()); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// HeldLinks are the links of a user.
func (a *Accounts) HeldLinks(ctx context.Context, userID int64) ([]*model.Link, error) {
	links, err := a.Links.OfUser(ctx, userID)
	if err != nil {
		return nil, apperr.Down(err)
	}
	return links, nil
}
