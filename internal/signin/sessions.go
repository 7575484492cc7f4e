package signin

import (
	"context"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/token"
	"user-api/model"
)

// SignOut ends the sessions of an access token and of a refresh token, either of which may be "".
// Both may have ended already, and the refresh token may have expired or been used. An invalid
// token does no harm next to a valid one: a client's access token has often expired by then. It
// fails with apperr.Unauthorized or RefreshInvalid if neither is valid, and with Unavailable if the
// access token cannot be checked.
func (s *Service) SignOut(ctx context.Context, accessToken, refreshToken string) error {
	users := map[string]int64{} // by session; usually both tokens have the same
	refusal := apperr.New(apperr.Unauthorized)
	if claims, err := s.Codec.ParseAccess(accessToken); err == nil {
		users[claims.SessionID] = claims.UserID
	} else if errors.Is(err, token.ErrInvalid) {
		refusal = refusal.Wrap(err)
	} else {
		refusal = apperr.From(err)
	}
	if refreshToken != "" {
		if claims, err := s.Codec.ParseRefresh(refreshToken); err == nil {
			users[claims.SessionID] = claims.UserID
		} else {
			refusal = apperr.New(apperr.RefreshInvalid).Wrap(err)
		}
	}
	if len(users) == 0 {
		return refusal
	}
	var failed []error
	for session, user := range users {
		lived, err := s.Sessions.End(ctx, session, model.EndedBySignOut)
		if lived {
			s.Events.Keep(ctx, event.Event{Kind: event.SignOut, UserID: user, SessionID: session})
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

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
