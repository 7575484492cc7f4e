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

// EventProviders returns the names of the providers that send security events.
func (s *Service) EventProviders() []string { return s.Social.Providers.EventSources() }

// CheckEventProvider fails with apperr.NotFound for a provider that sends no security events.
func (s *Service) CheckEventProvider(provider string) error {
	if _, ok := s.Social.Providers.EventSource(provider); !ok {
		return apperr.New(apperr.NotFound)
	}
	return nil
}

// HandleProviderEvents processes a security event token of a provider. It ends only sessions that
// are older than the event, and each event only once, so a replayed token has no effect. The answer
// does not reveal whether the account is linked. It fails with apperr.NotFound for a provider
// without events, with InvalidRequest and the error name of RFC 8935 for an invalid token, with
// RateLimited for a client that has sent too many of those, and with Unavailable.
func (s *Service) HandleProviderEvents(ctx context.Context, provider, token string) error {
	source, ok := s.Social.Providers.EventSource(provider)
	if !ok {
		return apperr.New(apperr.NotFound)
	}
	if err := s.Guard.Recall(s.Guard.ForLookup(client(ctx))); err != nil {
		return err
	}
	events, err := source.Read(ctx, token)
	var refused *social.EventError
	switch {
	case errors.As(err, &refused):
		logx.WithContext(ctx).Infow("signin: provider event refused", logx.Field("provider", provider), logx.Field("reason", err.Error()))
		return s.chargeLookup(ctx, apperr.New(apperr.InvalidRequest).WithEvent(refused.Name).WithDetail("The token is invalid.").Wrap(err))
	case err != nil:
		return fromProvider(err)
	}
	for _, e := range events {
		logx.WithContext(ctx).Infow("signin: provider event received", logx.Field("provider", provider), logx.Field("event", e.Type))
		if err := s.applyProviderEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// applyProviderEvent carries out an event if the identity is linked to a user.
func (s *Service) applyProviderEvent(ctx context.Context, e social.Event) error {
	if e.Subject == "" || e.Action == social.Nothing {
		return nil
	}
	user, link, err := s.Accounts.ByLink(ctx, e.Provider, e.Subject)
	if err != nil || link == nil {
		return err
	}
	done := false
	if e.Action == social.Deleted {
		done, err = s.unlinkDeleted(ctx, user, link, e)
	}
	// A link that is the last sign-in method stays, because it identifies the account.
	if e.Action == social.SignedOut || apperr.Is(err, apperr.LastSignIn) {
		done, err = s.Accounts.EndByProvider(ctx, link, e.At)
	}
	if err == nil && done {
		s.Events.Keep(ctx, event.Event{Kind: event.ProviderEvent, UserID: user.Id})
	}
	return err
}

// unlinkDeleted removes the link of a deleted identity and ends the sessions opened before. It
// fails with apperr.LastSignIn if no other sign-in method would remain.
func (s *Service) unlinkDeleted(ctx context.Context, user *model.User, link *model.Link, e social.Event) (bool, error) {
	removed, err := s.Accounts.RemoveDeleted(ctx, link, e.At, s.methodsEnabled())
	if removed {
		s.Events.Keep(ctx, event.Event{Kind: event.LinkRemoved, UserID: user.Id, Proven: proven(user)})
	}
	return removed, err
}
