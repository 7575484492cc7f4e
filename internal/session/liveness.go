package session

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/token"
)

const (
	// lookedFor is for how long at least, and twice that at most, the result of a
	// lookup is remembered. It is short because a node of the first release records
	// the end of a session in the table of sessions alone.
	lookedFor  = 2 * time.Second
	maxLooked  = 10_000
	purgeBatch = 500
)

var (
	errForeign = errors.New("session: the session of the token is not its user's")
	errOld     = errors.New("session: this node does not know which sessions have ended")
)

// Check judges the session of an access token and returns the role in force, which
// may have changed since. It asks no store but for the id of a session that no secret
// here has made. Fails with apperr.Unauthorized for a session that is not the
// user's, with SessionEnded, and with Unavailable when nothing can tell.
func (s *Sessions) Check(ctx context.Context, access token.Access) (role string, err error) {
	owns, known := s.ids.owns(access.SessionID, access.UserID)
	if known && !owns {
		return "", apperr.New(apperr.Unauthorized).Wrap(errForeign)
	}
	ended, role, current := s.Ends.Ended(access.SessionID, access.UserID)
	switch {
	case ended:
		return "", apperr.New(apperr.SessionEnded)
	case !current:
		return "", apperr.Down(errOld)
	case !known:
		if err := s.lookUp(ctx, access); err != nil {
			return "", err
		}
	}
	if role == "" {
		role = access.Role
	}
	return role, nil
}

// lookUp asks the table whether a session lives and is the user's.
func (s *Sessions) lookUp(ctx context.Context, access token.Access) error {
	user, found := s.looked.get(access.SessionID)
	if !found {
		row, err := s.find(ctx, access.SessionID)
		if err != nil {
			return err
		}
		user = row.UserId
		s.looked.put(access.SessionID, user)
	}
	if user != access.UserID {
		return apperr.New(apperr.Unauthorized).Wrap(errForeign)
	}
	return nil
}

// Purge deletes rows long over.
func (s *Sessions) Purge(ctx context.Context) error {
	if _, err := s.Tokens.Purge(ctx, s.Now().Add(-stillGood).UnixMilli(), purgeBatch); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// Revoke ends a session, everywhere within 5 s. Ending it twice is no error.
func (s *Sessions) Revoke(ctx context.Context, id, reason string) error {
	_, err := s.End(ctx, id, reason)
	return err
}

// End is Revoke, and reports whether the session lived until now. The reasons are
// those of model.Revocation.
func (s *Sessions) End(ctx context.Context, id, reason string) (bool, error) {
	lived, err := s.Tokens.Revoke(ctx, id, reason, s.Now().UnixMilli())
	if err != nil {
		return false, apperr.Down(err)
	}
	return lived, nil
}
