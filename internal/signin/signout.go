package signin

import (
	"context"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/token"
	"user-api/model"
)

// SignOut ends the session of an access token and that of a refresh token, either
// of which may be "". Both may have ended before, and the refresh token may have
// expired or been used. A token that proves nothing does no harm beside one that
// does: a client's access token has often expired by then. Fails with
// apperr.Unauthorized or RefreshInvalid where neither proves anything, and with
// Unavailable where that cannot be told of the access token.
func (s *Service) SignOut(ctx context.Context, accessToken, refreshToken string) error {
	users := map[string]int64{} // by session: as a rule both tokens are of one
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
