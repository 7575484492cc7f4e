package account

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	if err := a.checkSpellings(ctx, 0, who.Phone); err != nil {
		return nil, err
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

// eventLeeway allows for clocks that differ: sessions opened this long after a provider's event end
// too.
const eventLeeway = 30 * time.Second

// AddLink links an identity to the user and reports whether the link is new. It fails with
// apperr.LinkTaken if the identity is linked to another user or the user to another identity of the
// provider, and with apperr.SessionEnded if the user does not exist.
func (a *Accounts) AddLink(ctx context.Context, userID int64, who ExternalIdentity) (added bool, err error) {
	link, err := a.newLink(userID, who)
	if err != nil {
		return false, err
	}
	err = a.Users.AddLink(ctx, link)
	if err == nil {
		return true, nil
	}
	if model.Orphan(err) {
		return false, apperr.New(apperr.SessionEnded).Wrap(err)
	}
	if _, taken := model.Duplicate(err); !taken {
		return false, apperr.Down(err)
	}
	existing, failed := a.Links.FindOneByProviderSubject(ctx, who.Provider, who.Subject)
	switch {
	case failed != nil && !errors.Is(failed, model.ErrNotFound):
		return false, apperr.Down(failed)
	case failed == nil && existing.UserId == userID:
		return false, nil
	}
	return false, apperr.New(apperr.LinkTaken).Wrap(err)
}

// LinkTo returns the user's link to a provider. It fails with apperr.NotFound if there is none.
func (a *Accounts) LinkTo(ctx context.Context, userID int64, provider string) (*model.Link, error) {
	link, err := a.Links.FindOneByUserIdProvider(ctx, userID, provider)
	if errors.Is(err, model.ErrNotFound) {
		return nil, apperr.New(apperr.NotFound)
	}
	if err != nil {
		return nil, apperr.Down(err)
	}
	return link, nil
}

// EndByProvider ends the sessions of a link's user that were opened before an event of the
// provider, and invalidates open codes. It reports whether there was something to do.
func (a *Accounts) EndByProvider(ctx context.Context, link *model.Link, at time.Time) (bool, error) {
	return apperr.ResultOrDown(a.Users.EndByProvider(ctx, link, at.UnixMilli(), a.providerEnding(at)))
}

// RemoveDeleted removes the link of an identity that its provider has deleted, and ends sessions
// like EndByProvider. It reports whether there was something to do. It fails with apperr.LastSignIn
// if rules leave no other sign-in method.
func (a *Accounts) RemoveDeleted(ctx context.Context, link *model.Link, at time.Time, rules model.Ways) (bool, error) {
	ending := a.providerEnding(at)
	if link.Created > ending.Before {
		return false, nil // the identity exists again
	}
	return a.removeWay(ctx, link.UserId, model.Way{Kind: model.WayLink, ID: link.Id}, rules, &ending)
}

// providerEnding returns the Ending of what was opened before an event of a provider.
func (a *Accounts) providerEnding(at time.Time) model.Ending {
	e := a.ending(model.EndedByProvider, "")
	e.Before = at.Add(eventLeeway).UnixMilli()
	return e
}
