package session

import (
	"context"
	"errors"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

// Rotate exchanges a refresh token for its successor. The last used token is
// answered with the very same successor for the grace, and as long as it takes where
// that answer was lost; after that its use ends the session. One that is older ends
// it too, but not within the grace. d is remembered as where the session was used
// last. A token of a session that was opened for another client, none being the empty one,
// is apperr.RefreshInvalid and ends nothing. admit is asked first, whatever the token is, and for its decision, which may
// be a refusal, before anything is written or refused. Fails with that,
// apperr.RefreshInvalid, SessionEnded, RefreshReused or Unavailable.
func (s *Sessions) Rotate(ctx context.Context, raw, client string, d Device, admit func() (decided func() error)) (Grant, error) {
	decided := admit()
	var h held
	presented, err := s.Codec.ParseRefresh(raw)
	if err != nil {
		err = apperr.New(apperr.RefreshInvalid).Wrap(err)
	} else {
		h, err = s.hold(ctx, presented)
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

// exchange gives the successor of the token of a digest, as Rotate says.
func (s *Sessions) exchange(ctx context.Context, h held, presented token.Refresh, digest string, d Device) (Grant, error) {
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
		s.lost.remember(ctx, digest) // it may have been done
		return Grant{}, apperr.Down(err)
	}
	if won {
		return grant(next, refresh), nil
	}
	// Another request rotated, or ended, the session between read and write.
	if h, err = s.hold(ctx, presented); err != nil {
		return Grant{}, err
	}
	return s.repeat(ctx, h, presented, digest)
}

// hold reads the session of a token, which must live. A row that is older than the
// token, as a node of a cluster may have it for a moment, is read once more, and
// decides nothing if it still is.
func (s *Sessions) hold(ctx context.Context, presented token.Refresh) (h held, err error) {
	for range 2 {
		var now int64
		h.row, h.user, now, err = s.Tokens.FindWithUser(ctx, presented.SessionID)
		h.now = time.UnixMilli(now)
		if err = living(h.row, h.now, err); err != nil {
			return held{}, err
		}
		if presented.Generation <= h.row.Generation {
			return h, nil
		}
	}
	return held{}, apperr.Down(errStale)
}

// find reads a session that still lives.
func (s *Sessions) find(ctx context.Context, id string) (*model.Token, error) {
	row, err := s.Tokens.FindOne(ctx, id)
	return row, living(row, s.Now(), err)
}

// living fails unless a row was read, and its session lives.
func living(row *model.Token, at time.Time, err error) error {
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

// repeat answers a token that is not the current one. Inside the grace, or where the
// answer was lost, the last one is answered with the current one, and an older one,
// of a request that was overtaken twice, is merely refused. Otherwise the session
// ends, because two parties hold tokens of it and one of them is not its owner.
func (s *Sessions) repeat(ctx context.Context, h held, presented token.Refresh, digest string) (Grant, error) {
	row := h.row
	inGrace := h.now.UnixMilli()-row.Rotated <= s.Grace.Milliseconds()
	switch {
	case row.PrevHash == digest && (inGrace || s.lost.has(ctx, digest)):
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

// Undelivered says that the answer to a refresh token did not reach the client, who
// will ask again.
func (s *Sessions) Undelivered(ctx context.Context, raw string) {
	s.Unopened(ctx, token.Digest(raw))
}

// Unopened says that nobody has the tokens of the session that was opened by what has a
// digest, if one was: it may open that session once more.
func (s *Sessions) Unopened(ctx context.Context, digest string) { s.lost.remember(ctx, digest) }

// successor is the row after one more rotation, and its refresh token.
func (s *Sessions) successor(h held) (*model.Token, string, error) {
	next := *h.row
	next.Generation++
	next.Rotated = h.now.UnixMilli()
	next.Expires = min(h.now.Add(s.Idle).UnixMilli(), next.Ends)
	refresh, err := s.Codec.MintRefresh(claims(&next))
	next.Hash = token.Digest(refresh)
	return &next, refresh, err
}
