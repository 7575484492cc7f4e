package account

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/model"
)

// toldLeeway is what the clocks of a provider and ours may be apart: what was begun so long
// after an event ends by it as well.
const toldLeeway = 30 * time.Second

// AddLink links somebody at another site to the user, and reports whether that is new.
// Fails with apperr.LinkTaken where it is another user's, and where the user has another
// account there; with apperr.SessionEnded if the user is gone.
func (a *Accounts) AddLink(ctx context.Context, userID int64, who Outsider) (added bool, err error) {
	link, err := a.NewLink(userID, who)
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
	held, found := a.Links.FindOneByProviderSubject(ctx, who.Provider, who.Subject)
	switch {
	case found != nil && !errors.Is(found, model.ErrNotFound):
		return false, apperr.Down(found)
	case found == nil && held.UserId == userID:
		return false, nil
	}
	return false, apperr.New(apperr.LinkTaken).Wrap(err)
}

// LinkTo is the user's link to a provider. Fails with apperr.NotFound without one.
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

// EndByProvider ends the sessions of a link's user that were opened before a provider told
// of something, and open codes, and reports whether that was still to be done.
func (a *Accounts) EndByProvider(ctx context.Context, link *model.Link, told time.Time) (bool, error) {
	done, err := a.Users.EndByProvider(ctx, link, told.UnixMilli(), a.endingTold(told))
	if err != nil {
		return false, apperr.Down(err)
	}
	return done, nil
}

// RemoveDeleted removes the link of an account that its provider has erased, and ends the
// sessions as EndByProvider does. It reports whether there was something to do. Fails with
// apperr.LastSignIn where no other way in would be left by the rules.
func (a *Accounts) RemoveDeleted(ctx context.Context, link *model.Link, told time.Time, rules model.Ways) (bool, error) {
	ending := a.endingTold(told)
	if link.Created > ending.Before {
		return false, nil // the account is there again
	}
	return a.removeWay(ctx, link.UserId, model.Way{Kind: model.WayLink, ID: link.Id}, rules, &ending)
}

// endingTold ends what was opened before a provider told of something.
func (a *Accounts) endingTold(told time.Time) model.Ending {
	e := a.ending(model.EndedByProvider, "")
	e.Before = told.Add(toldLeeway).UnixMilli()
	return e
}
