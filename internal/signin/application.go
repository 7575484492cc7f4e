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
	// Application is an OAuth client for which a user signs in.
	Application struct {
		ID, Name string
		// Authenticated means that the client has shown its secret and that its requests are
		// charged to itself: they come from its own network, whoever the user is.
		Authenticated bool
	}

	// Handover is a sign-in on the sign-in page for which an application was given a code.
	Handover struct {
		// Code opens one session.
		Code string
		// SessionID is the session of the page, empty for an invalid code. UserID is its user and
		// Epoch the user's epoch: the code works only in that epoch.
		SessionID     string
		UserID, Epoch int64
	}
)

// errNoHandover is the cause for a code whose page session is missing or another user's.
var errNoHandover = errors.New("signin: the session of the code is gone")

// ByHandover opens a session of an application that shows the code of a handover. A second use of
// the code ends the session that the first one opened, unless the first answer was lost. It fails
// with apperr.OtpInvalid for a code that is used or void, with RateLimited or Unavailable.
func (s *Service) ByHandover(ctx context.Context, h Handover, by Application) (Pair, error) {
	plan := s.tokenPlan(ctx, by)
	if err := s.Guard.Recall(plan); err != nil {
		return Pair{}, err
	}
	if err := onlyRateLimited(s.spendAsync(ctx, plan)()); err != nil {
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
	case serverFault(err):
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
	// The user is where the page was; a server-side application sends this request from elsewhere.
	client := reqctx.ClientFrom(ctx)
	client.IP, _ = netip.ParseAddr(page.Device.IP)
	client.UserAgent = page.Device.UserAgent
	ctx = reqctx.WithActor(reqctx.WithClient(ctx, client), reqctx.Machine{Name: by.Name}.Actor())
	pair, err := s.Admit(ctx, Proof{
		By: event.ByApplication, UserID: h.UserID, RefusalCode: apperr.OtpInvalid, Sufficient: true, // the page has required it
		Opener: session.Opener{Digest: token.Digest(h.Code), Methods: page.Methods, AuthTime: page.AuthTime, ClientID: by.ID},
		Recheck: func(_ context.Context, user *model.User) error {
			if user.Epoch != h.Epoch {
				return apperr.New(apperr.OtpInvalid).Wrap(errInvalidated)
			}
			return nil
		},
	}, page.Device)
	if serverFault(err) {
		s.Sessions.Undelivered(ctx, h.Code) // the session may exist
	}
	return pair, err
}

// pageOf returns the sign-in on the page for which a code was made.
func (s *Service) pageOf(ctx context.Context, h Handover) (page session.Proof, err error) {
	if h.SessionID != "" {
		page, err = s.Sessions.Proof(ctx, h.SessionID)
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

// tokenPlan returns the rate limit of a request for a user's tokens.
func (s *Service) tokenPlan(ctx context.Context, by Application) guard.Plan {
	if by.Authenticated {
		return guard.Plan{}
	}
	return s.Guard.ForRefresh(client(ctx))
}
