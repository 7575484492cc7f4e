package session

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/token"
)

const (
	// ownerTTL is how long, and at most twice that, the user of a session id is cached. It is short
	// because a node of the first release records the end of a session only in the table.
	ownerTTL   = 2 * time.Second
	maxOwners  = 10_000
	purgeBatch = 500
)

var (
	errWrongUser = errors.New("session: the session belongs to another user")
	errUnknown   = errors.New("session: the revocation state is unknown")
)

// Check verifies the session of an access token and returns the user's current role. It queries the
// database only for a session id that no current key made. It fails with apperr.Unauthorized if the
// session is not the user's, with SessionEnded, and with Unavailable if the state is unknown.
func (s *Sessions) Check(ctx context.Context, access token.Access) (role string, err error) {
	owns, known := s.ids.owns(access.SessionID, access.UserID)
	if known && !owns {
		return "", apperr.New(apperr.Unauthorized).Wrap(errWrongUser)
	}
	ended, role, current := s.Revocations.Ended(access.SessionID, access.UserID)
	switch {
	case ended:
		return "", apperr.New(apperr.SessionEnded)
	case !current:
		return "", apperr.Down(errUnknown)
	case !known:
		if err := s.checkOwner(ctx, access); err != nil {
			return "", err
		}
	}
	if role == "" {
		role = access.Role
	}
	return role, nil
}

// checkOwner reads from the table whether a session is active and belongs to the user.
func (s *Sessions) checkOwner(ctx context.Context, access token.Access) error {
	user, found := s.owners.get(access.SessionID)
	if !found {
		row, err := s.find(ctx, access.SessionID)
		if err != nil {
			return err
		}
		user = row.UserId
		s.owners.put(access.SessionID, user)
	}
	if user != access.UserID {
		return apperr.New(apperr.Unauthorized).Wrap(errWrongUser)
	}
	return nil
}

// Purge deletes rows of sessions that ended long ago.
func (s *Sessions) Purge(ctx context.Context) error {
	_, err := s.Tokens.Purge(ctx, s.Now().Add(-endedRetention).UnixMilli(), purgeBatch)
	return apperr.DownIf(err)
}

// Revoke ends a session, on every node within 5 s. Ending it again is no error.
func (s *Sessions) Revoke(ctx context.Context, id, reason string) error {
	_, err := s.End(ctx, id, reason)
	return err
}

// End is Revoke and reports whether the session was active. The reasons are those of
// model.Revocation.
func (s *Sessions) End(ctx context.Context, id, reason string) (bool, error) {
	return apperr.ResultOrDown(s.Tokens.Revoke(ctx, id, reason, s.Now().UnixMilli()))
}
