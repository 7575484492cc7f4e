// Package signin implements the use cases of signing in: send a code, sign in, refresh, sign out,
// change a credential. It combines challenges, accounts and sessions.
//
// Every sign-in method produces one Proof, and only Admit turns a Proof into a session. What
// happened is reported as events, see package event.
package signin

import (
	"context"
	"time"

	"github.com/zeromicro/go-zero/core/syncx"

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
	// Queue accepts sends for background delivery. An accepted send is not lost.
	Queue interface {
		Enqueue(ctx context.Context, otpID string, send int) error
	}

	// Trail reads the audit trail.
	Trail interface {
		List(ctx context.Context, f audit.Filter) ([]*model.Event, error)
	}

	// Timeline reads the delivery history of messages.
	Timeline interface {
		List(ctx context.Context, before string, limit int, to ...address.Address) ([]timeline.Message, error)
	}

	// Breached rejects passwords known from data breaches. Check fails with apperr.WeakPassword, or
	// with Unavailable if the list cannot be consulted.
	Breached interface {
		Check(ctx context.Context, password string) error
	}

	// Options configure a Service.
	Options struct {
		Challenges *otp.Challenges
		Queue      Queue
		// Events records what happened.
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
		// Ring seals state that a client carries between two requests.
		Ring *keyring.Ring
		// Passkeys is nil if passkeys are disabled.
		Passkeys *passkey.Passkeys
		Mfa      Mfa
		Social   Social
		// Breached is nil if passwords are not checked against a list of breached ones.
		Breached Breached
		// Captcha is nil if no captcha is configured. CaptchaProvider and CaptchaSiteKey are what a
		// client needs to render it.
		Captcha                         Captcha
		CaptchaProvider, CaptchaSiteKey string
		// DefaultRegion is the country of a national number given without a region.
		DefaultRegion string
		// Numbers decides which phone numbers receive codes.
		Numbers address.Policy
		// Reserved lists the usernames that nobody may choose.
		Reserved address.Reserved
		// Channels lists the channels available for a phone number; empty means SMS only.
		Channels []string
		// SignUp is one of SignUpOpen, SignUpInvite and SignUpClosed.
		SignUp string
		// Anonymous enables anonymous users. AnonymousCaptcha requires a captcha to create one, and
		// AnonymousLife is how long a user may remain anonymous.
		Anonymous, AnonymousCaptcha bool
		AnonymousLife               time.Duration
		// DormantAfter is the time without a sign-in after which a code to a phone number no longer
		// suffices on its own; 0 disables the check.
		DormantAfter time.Duration
		// ResetBoth is one of ResetOff, ResetRequire and ResetDelay.
		ResetBoth string
		// Mail enables codes by e-mail, ByEmail sign-in with them.
		Mail, ByEmail bool
	}

	// Service implements the use cases of signing in.
	Service struct {
		Options

		// registrations serializes registrations of one username.
		registrations syncx.LockedCalls
		erased        pendingErasures
	}

	// Pair is the tokens of a signed-in client.
	Pair struct {
		AccessToken, RefreshToken     string
		AccessExpires, RefreshExpires time.Duration
		// IsNew reports whether this sign-in created the account.
		IsNew bool
	}
)

// New returns a Service.
func New(o Options) *Service { return &Service{Options: o, registrations: syncx.NewLockedCalls()} }

// Refresh exchanges a refresh token for a new pair. The session must have been opened for the
// application by, or for none if by is zero. It fails like session.Sessions.Rotate, and with
// apperr.RateLimited.
func (s *Service) Refresh(ctx context.Context, refreshToken string, by Application) (Pair, error) {
	plan := s.tokenPlan(ctx, by)
	if err := s.Guard.Recall(plan); err != nil {
		return Pair{}, err
	}
	charge := func() error { return nil }
	grant, err := s.Sessions.Rotate(ctx, refreshToken, by.ID, device(ctx), func() func() error {
		charge = s.spendAsync(ctx, plan)
		return func() error { return onlyRateLimited(charge()) }
	})
	if err != nil {
		if serverFault(err) && charge() == nil {
			s.Guard.Void(ctx, plan)
		}
		return Pair{}, s.refreshRefused(ctx, refreshToken, err)
	}
	reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, refreshToken) })
	// The user was read before the rotation. That suffices: a ban also ends the sessions, and an
	// ended session is not rotated.
	if s.Accounts.Banned(grant.User) {
		if err := s.Sessions.Revoke(ctx, grant.SessionID, model.EndedByBan); err != nil {
			return Pair{}, err
		}
		return Pair{}, apperr.New(apperr.SessionEnded)
	}
	pair, err := s.pair(ctx, grant, false)
	if err != nil {
		// The client retries with the same token, perhaps after the grace period.
		s.Sessions.Undelivered(ctx, refreshToken)
	}
	return pair, err
}

// onlyRateLimited returns err if it is apperr.RateLimited and nil otherwise. Callers proceed
// without Redis.
func onlyRateLimited(err error) error {
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
