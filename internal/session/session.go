// Package session keeps who is signed in: one row of the token table per
// sign-in, from opening through rotation to its end.
//
// The database is the truth. What has ended lately, every node also has in memory,
// see package revocation: a check of an access token verifies that the session is
// the user's, which its id proves, looks there and asks no store.
package session

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/token"
	"user-api/model"
)

const (
	scope = "session"
	// OwnClient is the client_id in the tokens of a session that no OAuth client opened.
	OwnClient = "user-api"
	// stillGood is how long an ended session's row is kept, so that its last
	// refresh token is answered with session_ended.
	stillGood = 24 * time.Hour
)

// ErrUsed is returned for a challenge that has opened a session before.
var ErrUsed = errors.New("session: the challenge has opened a session before")

var (
	// errStale is of a row that is older than a token of it.
	errStale = errors.New("session: the row that was read is older than the token")
	// errOtherClient is of a refresh token that another client shows.
	errOtherClient = errors.New("session: it was opened for another client")
)

type (
	// Options configure Sessions.
	Options struct {
		Tokens model.TokenModel
		Ends   Ends
		Redis  redis.UniversalClient
		Ring   *keyring.Ring
		Codec  *token.Codec
		Now    func() time.Time
		Rand   io.Reader
		// Access is the life of an access token, Idle how long a session lives
		// without a refresh, Absolute how long it can live at all, and Grace how
		// long the last refresh token answers again after a rotation.
		Access, Idle, Absolute, Grace time.Duration
	}

	// Sessions opens, rotates and ends sessions.
	Sessions struct {
		Options

		ids IDs
		// looked holds the users of ids that only the table can tell the user of.
		looked *recent[int64]
		lost   *lost
	}

	// Opener is what a session is opened by.
	Opener struct {
		// Digest is unique to what must not be used twice; empty where nothing must not.
		Digest string
		// Returned says that its use has failed before, through no fault of it, so
		// that it may have opened a session of which nobody learned.
		Returned bool
		// Methods are how the user was proven, by RFC 8176, and AuthTime is when; the zero
		// time is now.
		Methods  []string
		AuthTime time.Time
		// ClientID is the OAuth client that the session is for, empty for none.
		ClientID string
	}

	// Ends is what this node knows of ends and changes.
	Ends interface {
		// Ended reports whether a session of a user has ended, and the user's role if
		// it has changed. Where current is false nothing is known.
		Ended(sessionID string, userID int64) (ended bool, role string, current bool)
	}

	// Device says where a session was opened, or used last.
	Device struct {
		IP, UserAgent string
	}

	// held is a session and its user as the database has them, and the time by its
	// clock: nodes whose clocks differ must agree on what the grace is.
	held struct {
		row  *model.Token
		user *model.User
		now  time.Time
	}

	// Grant is a session's current state: what a token pair is made from.
	Grant struct {
		SessionID    string
		UserID       int64
		RefreshToken string
		// RefreshExpires and Ends are the idle and the absolute limit.
		RefreshExpires, Ends time.Time
		// ClientID, Methods and AuthTime are those of the Opener.
		ClientID string
		Methods  []string
		AuthTime time.Time
		// User is whose session it is, as the database had it.
		User *model.User
	}
)

// New returns Sessions with keys derived from the ring.
func New(o Options) (*Sessions, error) {
	ids, err := NewIDs(o.Ring)
	if err != nil {
		return nil, err
	}
	return &Sessions{
		Options: o, ids: ids, looked: newRecent[int64](lookedFor, maxLooked, o.Now), lost: newLost(o.Redis, o.Now),
	}, nil
}

// Open starts a session for the user, and reads the user after that: whoever bans or
// erases one has written the user's row before ending the sessions, so one of the two
// sees the other. may judges that user and the session: its error, with which Open fails,
// undoes the session. Fails with apperr.SessionEnded if the user is gone, and with ErrUsed
// if the challenge has opened a session before.
func (s *Sessions) Open(ctx context.Context, userID int64, by Opener, d Device, may func(Grant) error) (Grant, error) {
	id, err := s.ids.Next(userID, s.Rand)
	if err != nil {
		return Grant{}, err
	}
	now := s.Now()
	ends := now.Add(s.Absolute)
	row := &model.Token{
		Id: id, UserId: userID, Scope: scope, Challenge: model.Text(by.Digest),
		UserAgent: d.UserAgent, Ip: d.IP, ClientId: by.ClientID, Amr: strings.Join(by.Methods, " "),
		AuthTime: now.UnixMilli(), Created: now.UnixMilli(), Rotated: now.UnixMilli(),
		Expires: earlier(now.Add(s.Idle), ends).UnixMilli(), Ends: ends.UnixMilli(),
	}
	if !by.AuthTime.IsZero() {
		row.AuthTime = by.AuthTime.UnixMilli()
	}
	refresh, err := s.Codec.MintRefresh(claims(row))
	if err != nil {
		return Grant{}, err
	}
	row.Hash = token.Digest(refresh)
	if _, err := s.Tokens.Insert(ctx, row); err != nil {
		if column, taken := model.Duplicate(err); taken && column == "challenge" {
			return s.adopt(ctx, userID, by, may)
		}
		return Grant{}, gone(err)
	}
	return s.opened(ctx, row, refresh, may)
}

// adopt takes over the session that a challenge has opened before, if its answer was
// lost: nobody has its tokens, so this opens no second one.
func (s *Sessions) adopt(ctx context.Context, userID int64, by Opener, may func(Grant) error) (Grant, error) {
	if !by.Returned && !s.lost.has(ctx, by.Digest) {
		return Grant{}, ErrUsed
	}
	row, err := s.Tokens.FindOneByChallenge(ctx, model.Text(by.Digest))
	if err != nil {
		return Grant{}, apperr.Down(err)
	}
	if row.UserId != userID || row.Generation != 0 || living(row, s.Now(), nil) != nil {
		return Grant{}, ErrUsed
	}
	refresh, err := s.Codec.MintRefreshAs(claims(row), row.Hash)
	if err != nil {
		return Grant{}, ErrUsed
	}
	return s.opened(ctx, row, refresh, may)
}

// opened is what is left to do for a session that has its row.
func (s *Sessions) opened(ctx context.Context, row *model.Token, refresh string, may func(Grant) error) (Grant, error) {
	userID, now := row.UserId, s.Now()
	user, living, err := s.Tokens.Opened(ctx, userID, now.UnixMilli())
	if err != nil {
		return Grant{}, gone(err)
	}
	g := grant(row, refresh)
	g.User = user
	if err := may(g); err != nil {
		// Nobody has a token of it, and the code that opened it may be used again.
		if failed := s.Tokens.TakeBack(ctx, row); failed != nil {
			return Grant{}, apperr.Down(failed)
		}
		return Grant{}, err
	}
	if living > MaxPerUser {
		if err := s.limit(ctx, userID); err != nil {
			return Grant{}, err
		}
	}
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

// MintAccess signs an access token for a session, which it never outlives. It has the
// further claims beside those of every one.
func (s *Sessions) MintAccess(g Grant, role string, claims map[string]json.RawMessage) (string, time.Duration, error) {
	jti := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, jti); err != nil {
		return "", 0, fmt.Errorf("session: token id: %w", err)
	}
	now := s.Now().Truncate(time.Second)
	expires := earlier(now.Add(s.Access), g.RefreshExpires)
	access, err := s.Codec.MintAccess(token.Access{
		ID: base64.RawURLEncoding.EncodeToString(jti), SessionID: g.SessionID, UserID: g.UserID,
		Role: role, ClientID: cmp.Or(g.ClientID, OwnClient), AuthTime: g.AuthTime, AMR: g.Methods,
		IssuedAt: now, ExpiresAt: expires, Claims: claims,
	})
	return access, expires.Sub(now), err
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
		ClientID: row.ClientId, Methods: strings.Fields(row.Amr), AuthTime: time.UnixMilli(row.AuthTime),
	}
}
