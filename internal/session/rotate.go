package session

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

// Rotate exchanges a refresh token for its successor. During the grace period, and while its answer
// is known to be lost, the previous token is answered with the same successor. Later its use ends
// the session. A still older token ends the session too, but not during the grace period. d is
// recorded as the device that last used the session. A token of a session of another client fails
// with apperr.RefreshInvalid and ends nothing; client is empty for no OAuth client.
//
// Rotate calls admit first, whatever the token is, and waits for its decision before it writes or
// refuses anything. It fails with that decision, or with apperr.RefreshInvalid, SessionEnded,
// RefreshReused or Unavailable.
func (s *Sessions) Rotate(ctx context.Context, raw, client string, d Device, admit func() (decided func() error)) (Grant, error) {
	decided := admit()
	var h state
	presented, err := s.Codec.ParseRefresh(raw)
	if err != nil {
		err = apperr.New(apperr.RefreshInvalid).Wrap(err)
	} else {
		h, err = s.load(ctx, presented)
	}
	if err == nil && h.row.ClientId != client {
		err = apperr.New(apperr.RefreshInvalid).Wrap(errOtherClient)
	}
	if refused := decided(); refused != nil {
		return Grant{}, refused
	}
	if err != nil {
		return Grant{}, err
	}
	g, err := s.exchange(ctx, h, presented, token.Digest(raw), d)
	g.User = h.user
	return g, err
}

// exchange returns the successor of the token with a digest, see Rotate.
func (s *Sessions) exchange(ctx context.Context, h state, presented token.Refresh, digest string, d Device) (Grant, error) {
	if h.row.Hash != digest {
		return s.repeat(ctx, h, presented, digest)
	}
	next, refresh, err := s.successor(h)
	if err != nil {
		return Grant{}, err
	}
	won, err := s.Tokens.Rotate(ctx, model.Rotation{
		ID: next.Id, Prev: digest, Next: next.Hash, Now: next.Rotated, Expires: next.Expires,
		UserAgent: d.UserAgent, IP: d.IP,
	})
	if err != nil {
		s.undelivered.put(ctx, digest) // the rotation may have been committed
		return Grant{}, apperr.Down(err)
	}
	if won {
		return grant(next, refresh), nil
	}
	// Another request rotated or ended the session after the read.
	if h, err = s.load(ctx, presented); err != nil {
		return Grant{}, err
	}
	return s.repeat(ctx, h, presented, digest)
}

// load reads the active session of a token. A replica may return a row that is older than the
// token; it is read again, and if it is still old it decides nothing.
func (s *Sessions) load(ctx context.Context, presented token.Refresh) (h state, err error) {
	for range 2 {
		var now int64
		h.row, h.user, now, err = s.Tokens.FindWithUser(ctx, presented.SessionID)
		h.now = time.UnixMilli(now)
		if err = checkActive(h.row, h.now, err); err != nil {
			return state{}, err
		}
		if presented.Generation <= h.row.Generation {
			return h, nil
		}
	}
	return state{}, apperr.Down(errStale)
}

// find reads an active session.
func (s *Sessions) find(ctx context.Context, id string) (*model.Token, error) {
	row, err := s.Tokens.FindOne(ctx, id)
	return row, checkActive(row, s.Now(), err)
}

// checkActive fails unless a row was read and its session is active.
func checkActive(row *model.Token, at time.Time, err error) error {
	now := at.UnixMilli()
	switch {
	case errors.Is(err, model.ErrNotFound):
		return apperr.New(apperr.SessionEnded)
	case err != nil:
		return apperr.Down(err)
	case row.Revoked != 0, now >= row.Expires, now >= row.Ends:
		return apperr.New(apperr.SessionEnded)
	}
	return nil
}

// repeat answers a token that is not the current one. During the grace period, or if the answer was
// lost, the previous token gets the current one again, and an older token, whose request was
// overtaken twice, is merely refused. Otherwise the session ends, because two parties hold its
// tokens and one of them is not its owner.
func (s *Sessions) repeat(ctx context.Context, h state, presented token.Refresh, digest string) (Grant, error) {
	row := h.row
	inGrace := h.now.UnixMilli()-row.Rotated <= s.Grace.Milliseconds()
	switch {
	case row.PrevHash == digest && (inGrace || s.undelivered.has(ctx, digest)):
		refresh, err := s.Codec.MintRefreshAs(claims(row), row.Hash)
		if err != nil {
			return Grant{}, apperr.New(apperr.RefreshInvalid).Wrap(err)
		}
		return grant(row, refresh), nil
	case inGrace && presented.Generation < row.Generation-1:
		return Grant{}, apperr.New(apperr.RefreshInvalid)
	}
	if err := s.Revoke(ctx, row.Id, model.EndedByReuse); err != nil {
		return Grant{}, err
	}
	return Grant{}, apperr.New(apperr.RefreshReused)
}

// Undelivered records that the answer to a refresh token did not reach the client, which will
// retry.
func (s *Sessions) Undelivered(ctx context.Context, raw string) {
	s.UndeliveredDigest(ctx, token.Digest(raw))
}

// UndeliveredDigest records that nobody received the tokens of the session opened with a digest. The same
// proof may open that session again.
func (s *Sessions) UndeliveredDigest(ctx context.Context, digest string) {
	s.undelivered.put(ctx, digest)
}

// successor returns the row after one more rotation and its refresh token.
func (s *Sessions) successor(h state) (*model.Token, string, error) {
	next := *h.row
	next.Generation++
	next.Rotated = h.now.UnixMilli()
	next.Expires = min(h.now.Add(s.Idle).UnixMilli(), next.Ends)
	refresh, err := s.Codec.MintRefresh(claims(&next))
	next.Hash = token.Digest(refresh)
	return &next, refresh, err
}
