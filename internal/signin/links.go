package signin

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Links returns the user's links, ordered by provider.
func (s *Service) Links(ctx context.Context, p reqctx.Principal) ([]*model.Link, error) {
	return s.Accounts.ListLinks(ctx, p.UserID)
}

// Link links an identity at a provider to the user, who needs a recent sign-in. Linking twice is
// allowed. Addresses are not compared. It fails with apperr.LinkTaken if the identity is linked to
// another user or the user is linked to another identity there, and otherwise like BySocial.
func (s *Service) Link(ctx context.Context, p reqctx.Principal, proof SocialProof) ([]*model.Link, error) {
	if err := s.requireToAdd(ctx, p); err != nil {
		return nil, err
	}
	failed := event.Event{Kind: event.LinkFailed, UserID: p.UserID, Reason: event.WrongToken}
	who, charge, err := s.verifySocial(ctx, proof)
	if err != nil {
		return nil, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenActing}, err)
	}
	links, err := s.link(ctx, p, who)
	if serverFault(err) {
		charge.Void(ctx)
	}
	return links, err
}

func (s *Service) link(ctx context.Context, p reqctx.Principal, who socialUser) ([]*model.Link, error) {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	added, err := s.Accounts.AddLink(ctx, user.Id, who.account())
	o := outcome{
		refused: event.Event{Kind: event.LinkFailed, UserID: user.Id, Reason: event.LinkedElsewhere},
		by:      []apperr.Code{apperr.LinkTaken},
	}
	if added {
		o.done = event.Event{Kind: event.LinkAdded, UserID: user.Id, Proven: proven(user)}
	}
	if err := s.report(ctx, o, err); err != nil {
		return nil, err
	}
	after, err := s.Accounts.Current(ctx, user.Id)
	if err != nil {
		return nil, err
	}
	s.upgraded(ctx, user, after, event.BySocial)
	return s.Accounts.ListLinks(ctx, user.Id)
}

// Unlink removes the user's link to a provider, which need not be configured any more. It requires
// a recent sign-in. It fails with apperr.NotFound if there is no link, and with apperr.LastSignIn
// if no other sign-in method would remain.
func (s *Service) Unlink(ctx context.Context, p reqctx.Principal, provider string) error {
	if err := s.RequireFresh(ctx, p); err != nil {
		return err
	}
	return s.chargedAct(ctx, p, func() error { return s.unlink(ctx, p, provider) })
}

func (s *Service) unlink(ctx context.Context, p reqctx.Principal, provider string) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	link, err := s.Accounts.LinkTo(ctx, user.Id, provider)
	if err != nil {
		return err
	}
	removed, err := s.removeMethod(ctx, user.Id, model.Way{Kind: model.WayLink, ID: link.Id}, p.SessionID)
	o := outcome{
		refused: event.Event{Kind: event.LinkFailed, UserID: user.Id, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}
	if removed {
		o.done = event.Event{Kind: event.LinkRemoved, UserID: user.Id, Proven: proven(user)}
	}
	return s.report(ctx, o, err)
}
