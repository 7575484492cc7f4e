package signin

import (
	"context"

	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
)

// EndSession ends one of the user's sessions. Fails with apperr.NotFound for any
// other.
func (s *Service) EndSession(ctx context.Context, p reqctx.Principal, id string) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionEnded, UserID: p.UserID, SessionID: id}}, s.Sessions.EndOne(ctx, p.UserID, id))
}

// EndOwnSessions ends the user's other sessions, or all of them, and voids open
// codes.
func (s *Service) EndOwnSessions(ctx context.Context, p reqctx.Principal, all bool) error {
	except := p.SessionID
	if all {
		except = ""
	}
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, func() error {
		return s.report(ctx, outcome{done: event.Event{Kind: event.SessionsEnded, UserID: p.UserID}}, s.Accounts.EndSessions(ctx, p.UserID, except))
	})
}
