// Package session keeps who is signed in: one row of the token table per
// sign-in, from opening through rotation to its end.
//
// The database is the truth. Beside it, Redis holds one key per session that is
// asked on every request: "1" while it lives, filled on a miss, and on its end
// overwritten by a tombstone that outlives every access token of the session.
// Deleting the key instead would lose a race against a reader who saw the
// session alive a moment before, and revive it. When Redis fails the database
// is asked; when neither answers, the request is refused.
package session

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

const (
	scope = "session"
	// stillGood is how long an ended session's row is kept, so that its last
	// refresh token is answered with session_ended.
	stillGood = 24 * time.Hour
)

// errStale is of a row that is older than a token of it.
var errStale = errors.New("session: the row that was read is older than the token")

type (
	// Options configure Sessions.
	Options struct {
		Tokens model.TokenModel
		Redis  redis.UniversalClient
		Codec  *token.Codec
		Now    func() time.Time
		Rand   io.Reader
		// Ahead puts on a pipe what a request for who one is will read of the user.
		Ahead func(ctx context.Context, pipe redis.Pipeliner, userID int64) context.Context
		// Access is the life of an access token, Idle how long a session lives
		// without a refresh, Absolute how long it can live at all, and Grace how
		// long the last refresh token answers again after a rotation.
		Access, Idle, Absolute, Grace time.Duration
	}

	// Sessions opens, rotates and ends sessions.
	Sessions struct {
		Options
	}

	// Device says where a session was opened, or used last.
	Device struct {
		IP, UserAgent string
	}

	// Grant is a session's current state: what a token pair is made from.
	Grant struct {
		SessionID    string
		UserID       int64
		RefreshToken string
		// RefreshExpires and Ends are the idle and the absolute limit.
		RefreshExpires, Ends time.Time
		// User is whose session it is, as the database had it.
		User *model.User
	}
)

// New returns Sessions.
func New(o Options) *Sessions { return &Sessions{Options: o} }

// Open starts a session for the user, and reads the user after that: whoever
// bans or erases one writes that first and ends the sessions after, so one of the
// two sees the other. may judges that user: its error, with which Open fails, ends
// the session again. Fails with apperr.SessionEnded if the user is gone.
func (s *Sessions) Open(ctx context.Context, userID int64, d Device, may func(*model.User) error) (Grant, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, raw); err != nil {
		return Grant{}, fmt.Errorf("session: new id: %w", err)
	}
	now := s.Now()
	ends := now.Add(s.Absolute)
	row := &model.Token{
		Id: base64.RawURLEncoding.EncodeToString(raw), UserId: userID, Scope: scope,
		UserAgent: d.UserAgent, Ip: d.IP,
		AuthTime: now.UnixMilli(), Created: now.UnixMilli(), Rotated: now.UnixMilli(),
		Expires: earlier(now.Add(s.Idle), ends).UnixMilli(), Ends: ends.UnixMilli(),
	}
	refresh, err := s.Codec.MintRefresh(claims(row))
	if err != nil {
		return Grant{}, err
	}
	row.Hash = token.Digest(refresh)
	if _, err := s.Tokens.Insert(ctx, row); err != nil {
		return Grant{}, gone(err)
	}
	user, living, err := s.Tokens.Opened(ctx, userID, now.UnixMilli())
	if err != nil {
		return Grant{}, gone(err)
	}
	if err := may(user); err != nil {
		return Grant{}, errors.Join(err, s.Revoke(ctx, row.Id))
	}
	if living > MaxPerUser {
		if err := s.limit(ctx, userID); err != nil {
			return Grant{}, err
		}
	}
	g := grant(row, refresh)
	g.User = user
	return g, nil
}

// gone is why a session could not be opened: its user is not there, or the
// database is not.
func gone(err error) error {
	if errors.Is(err, model.ErrNotFound) || model.Orphan(err) {
		return apperr.New(apperr.SessionEnded)
	}
	return apperr.Down(err)
}

// MintAccess signs an access token for a session. It never outlives the session.
func (s *Sessions) MintAccess(g Grant, role string) (string, time.Duration, error) {
	jti := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, jti); err != nil {
		return "", 0, fmt.Errorf("session: token id: %w", err)
	}
	now := s.Now().Truncate(time.Second)
	expires := earlier(now.Add(s.Access), g.Ends)
	access, err := s.Codec.MintAccess(token.Access{
		ID: base64.RawURLEncoding.EncodeToString(jti), SessionID: g.SessionID, UserID: g.UserID,
		Role: role, IssuedAt: now, ExpiresAt: expires,
	})
	return access, expires.Sub(now), err
}

// Rotate exchanges a refresh token for its successor. The last used token is
// answered with the very same successor for the grace; after that its use ends
// the session. One that is older ends it too, but not within the grace. d is
// remembered as where the session was used last. admit is asked first, whatever the
// token is, and for its decision, which may be a refusal, before anything is written
// or refused. Fails with that, apperr.RefreshInvalid, SessionEnded, RefreshReused or
// Unavailable.
func (s *Sessions) Rotate(ctx context.Context, raw string, d Device, admit func() (decided func() error)) (Grant, error) {
	decided := admit()
	var row *model.Token
	var user *model.User
	presented, err := s.Codec.ParseRefresh(raw)
	if err != nil {
		err = apperr.New(apperr.RefreshInvalid).Wrap(err)
	} else {
		row, user, err = s.findWithUser(ctx, presented.SessionID)
	}
	if refused := decided(); refused != nil {
		return Grant{}, refused
	}
	if err != nil {
		return Grant{}, err
	}
	g, err := s.exchange(ctx, row, presented, token.Digest(raw), d)
	g.User = user
	return g, err
}

// exchange gives the successor of the token of a digest, as Rotate says.
func (s *Sessions) exchange(ctx context.Context, row *model.Token, presented token.Refresh, digest string, d Device) (Grant, error) {
	if row.Hash != digest {
		return s.repeat(ctx, row, presented, digest)
	}
	next, refresh, err := s.successor(row)
	if err != nil {
		return Grant{}, err
	}
	won, err := s.Tokens.Rotate(ctx, model.Rotation{
		ID: row.Id, Prev: digest, Next: next.Hash, Now: next.Rotated, Expires: next.Expires,
		UserAgent: d.UserAgent, IP: d.IP,
	})
	if err != nil {
		return Grant{}, apperr.Down(err)
	}
	if won {
		return grant(next, refresh), nil
	}
	// Another request rotated, or ended, the session between read and write.
	if row, err = s.find(ctx, row.Id); err != nil {
		return Grant{}, err
	}
	return s.repeat(ctx, row, presented, digest)
}

// find reads a session that still lives.
func (s *Sessions) find(ctx context.Context, id string) (*model.Token, error) {
	row, err := s.Tokens.FindOne(ctx, id)
	return row, s.living(row, err)
}

// findWithUser is find, with the user in the same query.
func (s *Sessions) findWithUser(ctx context.Context, id string) (*model.Token, *model.User, error) {
	row, user, err := s.Tokens.FindWithUser(ctx, id)
	return row, user, s.living(row, err)
}

func (s *Sessions) living(row *model.Token, err error) error {
	switch {
	case errors.Is(err, model.ErrNotFound):
		return apperr.New(apperr.SessionEnded)
	case err != nil:
		return apperr.Down(err)
	case !s.lives(row):
		return apperr.New(apperr.SessionEnded)
	}
	return nil
}

func (s *Sessions) lives(row *model.Token) bool {
	now := s.Now().UnixMilli()
	return row.Revoked == 0 && now < row.Expires && now < row.Ends
}

// repeat answers a token that is not the current one. Inside the grace the last
// one is answered with the current one, and an older one, of a request that was
// overtaken twice, is merely refused. Otherwise the session ends, because two
// parties hold tokens of it and one of them is not its owner.
func (s *Sessions) repeat(ctx context.Context, row *model.Token, presented token.Refresh, digest string) (Grant, error) {
	if presented.Generation > row.Generation {
		// We signed it, so the row that was read is older: it may not end anything.
		return Grant{}, apperr.Down(errStale)
	}
	inGrace := s.Now().UnixMilli()-row.Rotated <= s.Grace.Milliseconds()
	switch {
	case inGrace && row.PrevHash == digest:
		refresh, err := s.Codec.MintRefreshAs(claims(row), row.Hash)
		if err != nil {
			return Grant{}, apperr.New(apperr.RefreshInvalid).Wrap(err)
		}
		return grant(row, refresh), nil
	case inGrace && presented.Generation < row.Generation-1:
		return Grant{}, apperr.New(apperr.RefreshInvalid)
	}
	if err := s.Revoke(ctx, row.Id); err != nil {
		return Grant{}, err
	}
	return Grant{}, apperr.New(apperr.RefreshReused)
}

// successor is the row after one more rotation, and its refresh token.
func (s *Sessions) successor(row *model.Token) (*model.Token, string, error) {
	now := s.Now()
	next := *row
	next.Generation++
	next.Rotated = now.UnixMilli()
	next.Expires = min(now.Add(s.Idle).UnixMilli(), row.Ends)
	refresh, err := s.Codec.MintRefresh(claims(&next))
	next.Hash = token.Digest(refresh)
	return &next, refresh, err
}

func claims(row *model.Token) token.Refresh {
	return token.Refresh{
		SessionID: row.Id, UserID: row.UserId, Generation: row.Generation,
		IssuedAt: time.UnixMilli(row.Rotated), ExpiresAt: time.UnixMilli(row.Expires),
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func grant(row *model.Token, refresh string) Grant {
	return Grant{
		SessionID: row.Id, UserID: row.UserId, RefreshToken: refresh,
		RefreshExpires: time.UnixMilli(row.Expires), Ends: time.UnixMilli(row.Ends),
	}
}
