package account

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

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
