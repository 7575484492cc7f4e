package signin

import (
	"context"
	"errors"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/social"
	"user-api/model"
)

// Telling lists the providers that are listened to.
func (s *Service) Telling() []string { return s.Social.Providers.AllTelling() }

// Listens fails with apperr.NotFound for a provider that is not listened to.
func (s *Service) Listens(provider string) error {
	if _, ok := s.Social.Providers.Telling(provider); !ok {
		return apperr.New(apperr.NotFound)
	}
	return nil
}

// ProviderTells takes a token of events of a provider. What it ends is older than the
// event, and each event ends it once, so that a token that is sent again does nothing.
// Whether anybody here has the account there, the answer does not tell. Fails with
// apperr.NotFound for a provider that is not listened to, with apperr.InvalidRequest and
// the name that RFC 8935 has for a token that does not hold, with apperr.RateLimited for
// a client that has sent too many of these, and with apperr.Unavailable.
func (s *Service) ProviderTells(ctx context.Context, provider, token string) error {
	tells, ok := s.Social.Providers.Telling(provider)
	if !ok {
		return apperr.New(apperr.NotFound)
	}
	plan := s.Guard.ForLookup(client(ctx))
	if err := s.Guard.Recall(plan); err != nil {
		return err
	}
	events, err := tells.Read(ctx, token)
	var refused *social.EventError
	switch {
	case errors.As(err, &refused):
		logx.WithContext(ctx).Infow("signin: an event of a provider is refused", logx.Field("provider", provider), logx.Field("reason", err.Error()))
		if limited := s.Guard.Spend(ctx, plan); apperr.Is(limited, apperr.RateLimited) {
			return limited
		}
		return apperr.New(apperr.InvalidRequest).WithEvent(refused.Name).WithDetail("The token does not hold.").Wrap(err)
	case err != nil:
		return fromProvider(err)
	}
	for _, e := range events {
		logx.WithContext(ctx).Infow("signin: a provider tells", logx.Field("provider", provider), logx.Field("event", e.Type))
		if err := s.follow(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// follow does what follows from an event, if the account there is linked to a user.
func (s *Service) follow(ctx context.Context, e social.Event) error {
	if e.Subject == "" || e.Then == social.Nothing {
		return nil
	}
	user, link, err := s.Accounts.ByLink(ctx, e.Provider, e.Subject)
	if err != nil || link == nil {
		return err
	}
	done := false
	if e.Then == social.Deleted {
		done, err = s.unlinkDeleted(ctx, user, link, e)
	}
	// The link that is the last way in stays, and names the account that it was.
	if e.Then == social.SignedOut || apperr.Is(err, apperr.LastSignIn) {
		done, err = s.Accounts.EndByProvider(ctx, link, e.At)
	}
	if err == nil && done {
		s.Events.Keep(ctx, event.Event{Kind: event.ProviderEvent, UserID: user.Id})
	}
	return err
}

// unlinkDeleted removes the link of an account that is there no more, and ends what was
// opened before. Fails with apperr.LastSignIn where nothing else would let the user in.
func (s *Service) unlinkDeleted(ctx context.Context, user *model.User, link *model.Link, e social.Event) (bool, error) {
	removed, err := s.Accounts.RemoveDeleted(ctx, link, e.At, s.ways())
	if removed {
		s.Events.Keep(ctx, event.Event{Kind: event.LinkRemoved, UserID: user.Id, Proven: proven(user)})
	}
	return removed, err
}
