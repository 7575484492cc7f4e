package signin

import (
	"context"
	"errors"
	"net/netip"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/token"
	"user-api/model"
)

type (
	// Application is a client of OAuth for which a user signs in.
	Application struct {
		ID, Name string
		// Proven says that it has shown its secret, and that its requests were charged to
		// itself: they come from its own network, whoever the user is.
		Proven bool
	}

	// Handover is a sign-in at the page that an application was given a code for.
	Handover struct {
		// Code opens one session.
		Code string
		// SessionID was the session of the page, empty for a code that is none. UserID was
		// its user, and Epoch that of the user: the code works in this epoch only.
		SessionID     string
		UserID, Epoch int64
	}
)

// errNoHandover is of a code whose session at the page is not there, or another user's.
var errNoHandover = errors.New("signin: the code is of no session")

// ByHandover opens the session of an application that shows the code of a handover. A
// second use of the code ends the session that the first one has opened, unless the answer
// to that was lost. Fails with apperr.OtpInvalid for a code that is used or void, with
// RateLimited or Unavailable.
func (s *Service) ByHandover(ctx context.Context, h Handover, by Application) (Pair, error) {
	plan := s.exchanges(ctx, by)
	if err := s.Guard.Recall(plan); err != nil {
		return Pair{}, err
	}
	if err := limitedBy(s.charging(ctx, plan)()); err != nil {
		return Pair{}, s.report(ctx, outcome{limited: event.WhenSigningIn}, err)
	}
	pair, err := s.handOver(ctx, h, by)
	switch {
	case err == nil:
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, h.Code) })
	case errors.Is(err, session.ErrUsed):
		if ended := s.codeReused(ctx, h, by); ended != nil {
			return Pair{}, ended
		}
	case ours(err):
		s.Guard.Void(ctx, plan)
	}
	return pair, err
}

func (s *Service) handOver(ctx context.Context, h Handover, by Application) (Pair, error) {
	page, err := s.pageOf(ctx, h)
	if err != nil {
		return Pair{}, s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, UserID: h.UserID, Reason: event.WrongCode}, by: []apperr.Code{apperr.OtpInvalid},
		}, err)
	}
	// The user is where the page was; an application that has a server asks from there.
	client := reqctx.ClientFrom(ctx)
	client.IP, _ = netip.ParseAddr(page.Device.IP)
	client.UserAgent = page.Device.UserAgent
	ctx = reqctx.WithActor(reqctx.WithClient(ctx, client), reqctx.Machine{Name: by.Name}.Actor())
	pair, err := s.Admit(ctx, Proof{
		By: event.ByApplication, UserID: h.UserID, Refused: apperr.OtpInvalid, Alone: true, // the page has asked for it
		Opener: session.Opener{Digest: token.Digest(h.Code), Methods: page.Methods, AuthTime: page.AuthTime, ClientID: by.ID},
		Still: func(_ context.Context, user *model.User) error {
			if user.Epoch != h.Epoch {
				return apperr.New(apperr.OtpInvalid).Wrap(errVoid)
			}
			return nil
		},
	}, page.Device)
	if ours(err) {
		s.Sessions.Undelivered(ctx, h.Code) // the session may be there
	}
	return pair, err
}

// pageOf is the sign-in at the page that a code was made for.
func (s *Service) pageOf(ctx context.Context, h Handover) (page session.Proof, err error) {
	if h.SessionID != "" {
		page, err = s.Sessions.Proven(ctx, h.SessionID)
	}
	if apperr.Is(err, apperr.SessionEnded) || err == nil && (h.SessionID == "" || page.UserID != h.UserID) {
		err = apperr.New(apperr.OtpInvalid).Wrap(errNoHandover)
	}
	return page, err
}

// codeReused ends the session that a code has opened before (RFC 6749 section 4.1.2).
func (s *Service) codeReused(ctx context.Context, h Handover, by Application) error {
	ended, err := s.Sessions.EndOpenedBy(ctx, token.Digest(h.Code), by.ID, model.EndedByReuse)
	if err == nil && ended != "" {
		s.Events.Keep(ctx, event.Event{Kind: event.RefreshReused, UserID: h.UserID, SessionID: ended, Reason: event.ByApplication})
	}
	return err
}

// exchanges is the plan of a request for tokens of a user.
func (s *Service) exchanges(ctx context.Context, by Application) guard.Plan {
	if by.Proven {
		return guard.Plan{}
	}
	return s.Guard.ForRefresh(client(ctx))
}
