package signin

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Links lists the user's links, in the order of their providers.
func (s *Service) Links(ctx context.Context, p reqctx.Principal) ([]*model.Link, error) {
	return s.Accounts.HeldLinks(ctx, p.UserID)
}

// Link links somebody at a provider, of whom there is a proof, to the user, whose sign-in
// must be recent. Twice is once. Nothing is linked for an address, whoever has it. Fails
// with apperr.LinkTaken where it is another user's, and where the user has another account
// there; else as BySocial does.
func (s *Service) Link(ctx context.Context, p reqctx.Principal, proof SocialProof) ([]*model.Link, error) {
	if err := s.requireToAdd(ctx, p); err != nil {
		return nil, err
	}
	failed := event.Event{Kind: event.LinkFailed, UserID: p.UserID, Reason: event.WrongToken}
	who, charge, err := s.provenOutside(ctx, proof)
	if err != nil {
		return nil, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenActing}, err)
	}
	links, err := s.link(ctx, p, who)
	if ours(err) {
		charge.Void(ctx)
	}
	return links, err
}

func (s *Service) link(ctx context.Context, p reqctx.Principal, who outsider) ([]*model.Link, error) {
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
	return s.Accounts.HeldLinks(ctx, user.Id)
}

// Unlink removes the user's link to a provider, which need not be configured any more. The
// sign-in must be recent. Fails with apperr.NotFound where there is none, and with
// apperr.LastSignIn where nothing else would let the user in.
func (s *Service) Unlink(ctx context.Context, p reqctx.Principal, provider string) error {
	if err := s.requireFresh(ctx, p); err != nil {
		return err
	}
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, func() error {
		return s.unlink(ctx, p, provider)
	})
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
	removed, err := s.removeWay(ctx, user.Id, model.Way{Kind: model.WayLink, ID: link.Id}, p.SessionID)
	o := outcome{
		refused: event.Event{Kind: event.LinkFailed, UserID: user.Id, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}
	if removed {
		o.done = event.Event{Kind: event.LinkRemoved, UserID: user.Id, Proven: proven(user)}
	}
	return s.report(ctx, o, err)
}
