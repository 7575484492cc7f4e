// Package signin joins challenges, accounts and sessions into what a client
// does: ask for a code, sign in, refresh, sign out, change a credential.
//
// Every way to sign in ends in one Proof, and Admit alone turns a proof into a
// session. What happened is reported as events, see package event.
package signin

import (
	"context"
	"time"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/avatar"
	"user-api/internal/event"
	"user-api/internal/export"
	"user-api/internal/guard"
	"user-api/internal/invite"
	"user-api/internal/keyring"
	"user-api/internal/mfa"
	"user-api/internal/otp"
	"user-api/internal/passkey"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/timeline"
	"user-api/internal/token"
	"user-api/model"
)

type (
	// Queue takes sends to be delivered in the background. A send it accepted is
	// not lost.
	Queue interface {
		Enqueue(ctx context.Context, otpID string, send int) error
	}

	// Trail reads what happened to accounts.
	Trail interface {
		List(ctx context.Context, f audit.Filter) ([]*model.Event, error)
	}

	// Timeline reads what became of messages.
	Timeline interface {
		List(ctx context.Context, before string, limit int, to ...address.Address) ([]timeline.Message, error)
	}

	// Breached refuses passwords that are known from breaches: with apperr.WeakPassword,
	// or with Unavailable where that cannot be found out.
	Breached interface {
		Check(ctx context.Context, password string) error
	}

	// Options configure a Service.
	Options struct {
		Challenges *otp.Challenges
		Queue      Queue
		// Events receives what happened.
		Events    event.Sink
		Trail     Trail
		Timeline  Timeline
		Accounts  *account.Accounts
		Avatars   *avatar.Avatars
		Sessions  *session.Sessions
		Exporter  *export.Exporter
		Factors   *mfa.Factors
		Codec     *token.Codec
		Passwords *password.Hasher
		Guard     *guard.Guard
		Invites   *invite.Invites
		// Ring seals what a client carries between two steps.
		Ring *keyring.Ring
		// Passkeys is nil where there are none.
		Passkeys *passkey.Passkeys
		Mfa      Mfa
		Social   Social
		// Breached is nil where passwords are not looked for in a list.
		Breached Breached
		// Captcha is nil where none can be asked for. CaptchaProvider and
		// CaptchaSiteKey are what a client needs to show it.
		Captcha                         Captcha
		CaptchaProvider, CaptchaSiteKey string
		// DefaultRegion is the country of a national number without a region.
		DefaultRegion string
		// Numbers says which numbers codes are sent to.
		Numbers address.Policy
		// Reserved are the usernames that nobody may take.
		Reserved address.Reserved
		// Channels are those a phone may ask for; empty means SMS.
		Channels []string
		// SignUp is one of SignUpOpen, SignUpInvite and SignUpClosed.
		SignUp string
		// Anonymous says that users without names are made, AnonymousCaptcha that each
		// needs a captcha. AnonymousLife is for how long they may stay so.
		Anonymous, AnonymousCaptcha bool
		AnonymousLife               time.Duration
		// DormantAfter is for how long a user may not have signed in before a number
		// alone no longer admits; 0 is for ever.
		DormantAfter time.Duration
		// ResetBoth is one of ResetOff, ResetRequire and ResetDelay.
		ResetBoth string
		// Mail says that codes can be sent by e-mail, ByEmail that one signs in.
		Mail, ByEmail bool
	}

	// Service is the use cases of signing in.
	Service struct {
		Options

		names  *turns
		traces traces
	}

	// Pair is what a signed-in client holds.
	Pair struct {
		AccessToken, RefreshToken     string
		AccessExpires, RefreshExpires time.Duration
		// IsNew says that this sign-in made the account.
		IsNew bool
	}
)

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o, names: newTurns()} }

// Refresh exchanges a refresh token of a session that was opened for an application, or
// for none where that is zero. Fails as session.Sessions.Rotate does, and
// with apperr.RateLimited.
func (s *Service) Refresh(ctx context.Context, refreshToken string, by Application) (Pair, error) {
	plan := s.exchanges(ctx, by)
	if err := s.Guard.Recall(plan); err != nil {
		return Pair{}, err
	}
	charge := func() error { return nil }
	grant, err := s.Sessions.Rotate(ctx, refreshToken, by.ID, device(ctx), func() func() error {
		charge = s.charging(ctx, plan)
		return func() error { return limitedBy(charge()) }
	})
	if err != nil {
		if ours(err) && charge() == nil {
			s.Guard.Void(ctx, plan)
		}
		return Pair{}, s.refreshRefused(ctx, refreshToken, err)
	}
	reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, refreshToken) })
	// Read before the exchange, and good enough: a ban ends the sessions too, and an
	// ended session is not exchanged.
	if s.Accounts.Banned(grant.User) {
		if err := s.Sessions.Revoke(ctx, grant.SessionID, model.EndedByBan); err != nil {
			return Pair{}, err
		}
		return Pair{}, apperr.New(apperr.SessionEnded)
	}
	pair, err := s.pair(ctx, grant, false)
	if err != nil {
		// The client tries again with the same token, perhaps after the grace.
		s.Sessions.Undelivered(ctx, refreshToken)
	}
	return pair, err
}

// limitedBy is the refusal of a limit, of what goes on without Redis.
func limitedBy(err error) error {
	if apperr.Is(err, apperr.RateLimited) {
		return err
	}
	return nil
}

func (s *Service) refreshRefused(ctx context.Context, refreshToken string, err error) error {
	e := event.Event{Kind: event.RefreshReused}
	if claims, err := s.Codec.ParseRefresh(refreshToken); err == nil {
		e.UserID, e.SessionID = claims.UserID, claims.SessionID
	}
	return s.report(ctx, outcome{refused: e, by: []apperr.Code{apperr.RefreshReused}, limited: event.WhenRefreshing}, err)
}

func (s *Service) pair(ctx context.Context, g session.Grant, isNew bool) (Pair, error) {
	claims, err := s.Accounts.Claims(ctx, g.User)
	if err != nil {
		return Pair{}, err
	}
	access, expires, err := s.Sessions.MintAccess(g, g.User.Role, claims)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		AccessToken: access, RefreshToken: g.RefreshToken, AccessExpires: expires,
		RefreshExpires: g.RefreshExpires.Sub(s.Sessions.Now()).Round(time.Second), IsNew: isNew,
	}, nil
}
