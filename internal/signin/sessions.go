package signin

import (
	"context"

	"user-api/internal/event"
	"user-api/internal/reqctx"
)

// EndSession ends one of the user's sessions. It fails with apperr.NotFound for any other.
func (s *Service) EndSession(ctx context.Context, p reqctx.Principal, id string) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionEnded, UserID: p.UserID, SessionID: id}}, s.Sessions.EndOne(ctx, p.UserID, id))
}

// EndOwnSessions ends the user's other sessions, or all of them, and invalidates open codes.
func (s *Service) EndOwnSessions(ctx context.Context, p reqctx.Principal, all bool) error {
	except := p.SessionID
	if all {
		except = ""
	}
	return s.chargedAct(ctx, p, func() error {
		return s.report(ctx, outcome{done: event.Event{Kind: event.SessionsEnded, UserID: p.UserID}}, s.Accounts.EndSessions(ctx, p.UserID, except))
	})
}
