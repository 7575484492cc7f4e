// Package session manages sessions: one row of the token table per sign-in, from opening through
// rotation to its end.
//
// The database is authoritative. Every node also keeps recently ended sessions in memory, see
// package revocation. Checking an access token verifies from the session id that the session
// belongs to the user, consults that memory and queries no store.
package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/internal/keyring"
	"user-api/internal/token"
	"user-api/model"
)

const (
	scope = "session"
	// OwnClient is the client_id in the tokens of a session without an OAuth client.
	OwnClient = "user-api"
	// endedRetention is how long the row of an ended session is kept, so that its last refresh
	// token is answered with session_ended.
	endedRetention = 24 * time.Hour
)

// ErrUsed is returned if the challenge has already opened a session.
var ErrUsed = errors.New("session: the challenge has opened a session before")

var (
	// errStale reports a row that is older than a token of its session.
	errStale = errors.New("session: the row that was read is older than the token")
	// errOtherClient reports a refresh token used by another client.
	errOtherClient = errors.New("session: it was opened for another client")
)

type (
	// Options configure Sessions.
	Options struct {
		Tokens      model.TokenModel
		Revocations Revocations
		Redis       redis.UniversalClient
		Ring        *keyring.Ring
		Codec       *token.Codec
		Now         func() time.Time
		Rand        io.Reader
		// Access is the lifetime of an access token, Idle how long a session lives without a
		// refresh, Absolute the maximum lifetime of a session, and Grace how long after a rotation
		// the previous refresh token is still answered.
		Access, Idle, Absolute, Grace time.Duration
	}

	// Sessions opens, rotates and ends sessions.
	Sessions struct {
		Options

		ids IDs
		// owners caches the users of session ids whose owner only the table knows.
		owners      *recent[int64]
		undelivered *undelivered
	}

	// Opener describes how a session is opened.
	Opener struct {
		// Digest identifies a single-use proof; empty if the proof may be reused.
		Digest string
		// Returned means that an earlier use failed through a fault of the service and may have
		// opened a session whose tokens nobody received.
		Returned bool
		// Methods are the authentication methods, see RFC 8176. AuthTime is when they were used;
		// zero means now.
		Methods  []string
		AuthTime time.Time
		// ClientID is the OAuth client of the session, empty for none.
		ClientID string
	}

	// Revocations is what this node knows of ended sessions and changed users.
	Revocations interface {
		// Ended reports whether a session of a user has ended, and the user's role if it has
		// changed. If current is false, the answer is unknown.
		Ended(sessionID string, userID int64) (ended bool, role string, current bool)
	}

	// Device is the client that opened or last used a session.
	Device struct {
		IP, UserAgent string
	}

	// state is a session and its user as stored, and the database's time: nodes whose clocks differ
	// must agree on the grace period.
	state struct {
		row  *model.Token
		user *model.User
		now  time.Time
	}

	// Grant is the current state of a session, from which a token pair is minted.
	Grant struct {
		SessionID    string
		UserID       int64
		RefreshToken string
		// RefreshExpires is the idle limit, and never later than the absolute one.
		RefreshExpires time.Time
		// ClientID, Methods and AuthTime are those of the Opener.
		ClientID string
		Methods  []string
		AuthTime time.Time
		// User is the user of the session as stored.
		User *model.User
		// HasMfa reports whether the user has a row of second factors. It is read with User.
		HasMfa bool
	}
)

// New returns Sessions with keys derived from the ring.
func New(o Options) (*Sessions, error) {
	ids, err := NewIDs(o.Ring)
	if err != nil {
		return nil, err
	}
	return &Sessions{
		Options: o, ids: ids, owners: newRecent[int64](ownerTTL, maxOwners, o.Now), undelivered: newUndelivered(o.Redis, o.Now),
	}, nil
}

// Open opens a session for the user and then reads the user. A ban or a deletion writes the user's
// row before it ends the sessions, so one of the two sees the other. Open calls check with the new
// session; if check fails, it undoes the session and returns the error. It fails with
// apperr.SessionEnded if the user does not exist, and with ErrUsed if the challenge has already
// opened a session.
func (s *Sessions) Open(ctx context.Context, userID int64, by Opener, d Device, check func(Grant) error) (Grant, error) {
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
			return s.adopt(ctx, userID, by, check)
		}
		return Grant{}, openError(err)
	}
	return s.finishOpen(ctx, row, refresh, check)
}

// adopt continues the session that a challenge has opened before, if the answer was lost: nobody
// has its tokens, so this is not a second session.
func (s *Sessions) adopt(ctx context.Context, userID int64, by Opener, check func(Grant) error) (Grant, error) {
	if !by.Returned && !s.undelivered.has(ctx, by.Digest) {
		return Grant{}, ErrUsed
	}
	row, err := s.Tokens.FindOneByChallenge(ctx, model.Text(by.Digest))
	if err != nil {
		return Grant{}, apperr.Down(err)
	}
	if row.UserId != userID || row.Generation != 0 || checkActive(row, s.Now(), nil) != nil {
		return Grant{}, ErrUsed
	}
	refresh, err := s.Codec.MintRefreshAs(claims(row), row.Hash)
	if err != nil {
		return Grant{}, ErrUsed
	}
	return s.finishOpen(ctx, row, refresh, check)
}

// finishOpen completes the opening of a session that has its row.
func (s *Sessions) finishOpen(ctx context.Context, row *model.Token, refresh string, check func(Grant) error) (Grant, error) {
	userID, now := row.UserId, s.Now()
	read, err := s.Tokens.Opened(ctx, userID, now.UnixMilli())
	if err != nil {
		return Grant{}, openError(err)
	}
	g := grant(row, refresh)
	g.User, g.HasMfa = &read.User, read.Mfa
	if err := check(g); err != nil {
		// Nobody has its tokens, and the code that opened it may be used again.
		if failed := s.Tokens.Discard(ctx, row); failed != nil {
			return Grant{}, apperr.Down(failed)
		}
		return Grant{}, err
	}
	if read.Living > MaxPerUser {
		if err := s.limit(ctx, userID); err != nil {
			return Grant{}, err
		}
	}
	return g, nil
}

// openError translates an error of opening a session.
func openError(err error) error {
	if errors.Is(err, model.ErrNotFound) || model.Orphan(err) {
		return apperr.New(apperr.SessionEnded)
	}
	return apperr.Down(err)
}

// MintAccess signs an access token that expires no later than the session. claims are added to the
// standard ones.
func (s *Sessions) MintAccess(g Grant, role string, claims map[string]json.RawMessage) (string, time.Duration, error) {
	jti, err := base64url.Random(s.Rand, 16)
	if err != nil {
		return "", 0, fmt.Errorf("session: token id: %w", err)
	}
	now := s.Now().Truncate(time.Second)
	expires := earlier(now.Add(s.Access), g.RefreshExpires)
	access, err := s.Codec.MintAccess(token.Access{
		ID: jti, SessionID: g.SessionID, UserID: g.UserID,
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
		RefreshExpires: time.UnixMilli(row.Expires),
		ClientID:       row.ClientId, Methods: strings.Fields(row.Amr), AuthTime: time.UnixMilli(row.AuthTime),
	}
}
