package account

import (
	"context"
	"errors"
	"fmt"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/model"
)

// ExternalIdentity is an identity at a social provider.
type ExternalIdentity struct {
	// Provider and Subject identify it.
	Provider, Subject string
	// Claimed is the address reported by the provider without proof.
	Claimed address.Address
	// Phone and Email are verified, and zero if they are not.
	Phone, Email address.Address
	DisplayName  string
}

// ByLink reads the user of an identity from the database, and the link. Both are nil if there is
// none.
func (a *Accounts) ByLink(ctx context.Context, provider, subject string) (*model.User, *model.Link, error) {
	link, err := a.Links.FindOneByProviderSubject(ctx, provider, subject)
	if errors.Is(err, model.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, apperr.Down(err)
	}
	user, err := a.Current(ctx, link.UserId)
	if apperr.Is(err, apperr.SessionEnded) { // erased concurrently, like the link
		return nil, nil, nil
	}
	return user, link, err
}

// FindOrLink returns the user of an identity, and whether this call created it, consuming one of
// the invites if any are given. Of concurrent calls, one creates the user and the others find it.
// It never uses an existing account that has the address: then it fails with apperr.EmailTaken or
// PhoneTaken. It also fails with model.ErrNoInvite.
func (a *Accounts) FindOrLink(ctx context.Context, who ExternalIdentity, invites ...string) (*model.User, bool, error) {
	// Each round finds the user, creates it, or loses to a concurrent call.
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
			// A concurrent call for the same identity may have taken it.
			found, _, failed := a.ByLink(ctx, who.Provider, who.Subject)
			switch {
			case found != nil || failed != nil:
				return found, false, failed
			case duplicate:
				err = apperr.New(taken[column]).WithField(column)
			}
			return nil, false, err
		case !duplicate:
			if typed, ok := errors.AsType[*apperr.Error](err); ok {
				return nil, false, typed
			}
			return nil, false, apperr.Down(err)
		}
	}
	return nil, false, fmt.Errorf("account: neither found nor created")
}

// insertLinked creates a user with a link. It returns database errors unchanged.
func (a *Accounts) insertLinked(ctx context.Context, who ExternalIdentity, invites []string) (*model.User, error) {
	if len(who.Phone.Spellings()) > 1 { // see Add
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
	link, err := a.newLink(user.Id, who)
	if err != nil {
		return nil, err
	}
	return user, a.Users.InsertLinked(ctx, user, link, user.Created, invites...)
}

// newLink returns the row of a new link.
func (a *Accounts) newLink(userID int64, who ExternalIdentity) (*model.Link, error) {
	id, err := base64url.Random(a.Rand, 16)
	if err != nil {
		return nil, fmt.Errorf("account: new link: %w", err)
	}
	now := a.Now().UnixMilli()
	return &model.Link{
		Id: id, Provider: who.Provider, Subject: who.Subject, UserId: userID,
		Email: who.Claimed.Canonical(), Created: now, LastUsed: now,
	}, nil
}

// LinkUsed records a sign-in by a link.
func (a *Accounts) LinkUsed(ctx context.Context, link *model.Link, who ExternalIdentity) error {
	return apperr.DownIf(a.Links.Used(ctx, link.Id, a.Now().UnixMilli(), who.Claimed.Canonical()))
}

// ListLinks returns the links of a user.
func (a *Accounts) ListLinks(ctx context.Context, userID int64) ([]*model.Link, error) {
	return apperr.ResultOrDown(a.Links.OfUser(ctx, userID))
}
