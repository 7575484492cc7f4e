// Package signin joins challenges, accounts and sessions into what a client
// does: ask for a code, sign in with it, refresh, sign out.
package signin

import (
	"context"
	"errors"
	"time"

	"user-api/internal/account"
	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/delivery"
	"user-api/internal/guard"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/password"
	"user-api/internal/session"
	"user-api/internal/token"
	"user-api/model"
)

// enqueueTimeout bounds the one step that is finished even if the client has
// gone: a challenge that was opened must be sent.
const enqueueTimeout = 3 * time.Second

// errNotHolder is of a user who does not have an address, or is gone.
var errNotHolder = errors.New("signin: the address is not this user's")

type (
	// Queue takes sends to be delivered in the background. A send it accepted is
	// not lost.
	Queue interface {
		Enqueue(ctx context.Context, otpID string, send int) error
	}

	// Options configure a Service.
	Options struct {
		Challenges *otp.Challenges
		Queue      Queue
		Audit      Audit
		Timeline   Timeline
		Accounts   *account.Accounts
		Sessions   *session.Sessions
		Codec      *token.Codec
		Passwords  *password.Hasher
		Guard      *guard.Guard
		// Captcha is nil where none can be asked for. CaptchaProvider and
		// CaptchaSiteKey are what a client needs to show it.
		Captcha                         Captcha
		CaptchaProvider, CaptchaSiteKey string
		// DefaultRegion is the country of a national number without a region.
		DefaultRegion string
		// Numbers says which numbers codes are sent to.
		Numbers identity.Policy
		// Channels are those a phone may ask for; empty means SMS.
		Channels []string
		// Mail says that codes can be sent by e-mail, ByEmail that one signs in.
		Mail, ByEmail bool
	}

	// Service is the use cases of signing in.
	Service struct {
		Options

		names *turns
	}

	// CodeRequest asks for a code, by Phone or by Email.
	CodeRequest struct {
		Phone, Email string
		Region       string
		Locale       string
		// Channel is SMS when empty, for a phone; an e-mail address has one alone.
		Channel string
		// Purpose is PurposeLogin when empty.
		Purpose otp.Purpose
		// Captcha is the token of a captcha that was solved.
		Captcha string
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

// ByCode signs in with the code of a challenge, making the account if there is
// none. Fails with apperr.OtpInvalid, RateLimited or Unavailable.
func (s *Service) ByCode(ctx context.Context, otpID, code string, d session.Device) (Pair, error) {
	proof, err := s.verify(ctx, otp.Answer{ID: otpID, Code: code, Purpose: otp.PurposeLogin})
	if err != nil {
		return Pair{}, err
	}
	// As a rule the address is still that of who had it when the code was asked
	// for, and what reads the user after the session is opened tells so.
	userID, isNew := proof.Holder, false
	grant, err := s.open(ctx, userID, d, s.holding(proof.Address, apperr.OtpInvalid))
	if errors.Is(err, errNotHolder) {
		var user *model.User
		if user, isNew, err = s.Accounts.FindOrCreate(ctx, proof.Address); err == nil {
			userID = user.Id
			grant, err = s.open(ctx, userID, d, s.holding(proof.Address, apperr.OtpInvalid))
		}
	}
	s.verified(ctx, userID, proof.Address)
	s.signedIn(ctx, userID, grant.SessionID, proof.Address, audit.ByCode, err)
	if errors.Is(err, errNotHolder) {
		err = apperr.New(apperr.OtpInvalid).Wrap(err)
	}
	if err != nil {
		return Pair{}, err
	}
	return s.pair(grant, grant.User, isNew)
}

// Refresh exchanges a refresh token. Fails as session.Sessions.Rotate does, and
// with apperr.RateLimited.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Pair, error) {
	plan := s.Guard.ForRefresh(client(ctx))
	if err := s.Guard.Recall(plan); err != nil {
		return Pair{}, err
	}
	grant, err := s.Sessions.Rotate(ctx, refreshToken, func() func() error { return s.admitRefresh(ctx, plan) })
	s.refreshed(ctx, refreshToken, err)
	if err != nil {
		return Pair{}, err
	}
	// Read before the exchange, and good enough: whoever bans writes that first and
	// ends the sessions after, and an ended session is not exchanged.
	user := grant.User
	if s.Accounts.Banned(user) {
		if err := s.Sessions.Revoke(ctx, grant.SessionID); err != nil {
			return Pair{}, err
		}
		return Pair{}, apperr.New(apperr.SessionEnded)
	}
	return s.pair(grant, user, false)
}

// ResendCode sends the code of a living challenge once more, by the same channel
// or another one. Of the request Channel and Captcha are read.
func (s *Service) ResendCode(ctx context.Context, otpID string, r CodeRequest) (otp.Ticket, error) {
	held, err := s.Challenges.Held(ctx, otpID)
	if err == nil && r.Channel != "" && !held.Address.IsZero() {
		err = s.offered(held.Address, r.Channel)
	}
	if err != nil {
		return otp.Ticket{}, err
	}
	ticket, err := s.Challenges.Resend(ctx, otpID, s.asking(ctx, otp.Request{Address: held.Address, Channel: r.Channel}, r.Captcha))
	s.askedAgain(ctx, held, ticket, err)
	if err != nil {
		return otp.Ticket{}, s.withCaptcha(err)
	}
	return ticket, s.enqueue(ctx, ticket)
}

// SendCode opens a challenge and queues its message. What it answers, and the
// work it does, are the same whether or not the address has an account: a banned
// account's challenge is a decoy, and so is one to reset a password nobody has.
func (s *Service) SendCode(ctx context.Context, r CodeRequest) (otp.Ticket, error) {
	address, err := s.destination(r)
	if err != nil {
		return otp.Ticket{}, err
	}
	if r.Purpose == "" {
		r.Purpose = otp.PurposeLogin
	}
	if r.Purpose == otp.PurposeLogin && address.Kind() == identity.KindEmail && !s.ByEmail {
		return otp.Ticket{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("Sign-in by e-mail is not offered here.")
	}
	ask := otp.Request{Address: address, Channel: r.channel(address), Purpose: r.Purpose, Locale: r.Locale, Client: client(ctx)}
	if err := s.Challenges.Recall(ask); err != nil {
		return otp.Ticket{}, err
	}
	user, err := s.Accounts.ByAddress(ctx, address)
	if err != nil {
		return otp.Ticket{}, err
	}
	ask.Holder, ask.Decoy = idOf(user), s.mayNot(user, r.Purpose)
	ticket, err := s.Challenges.Issue(ctx, s.asking(ctx, ask, r.Captcha))
	s.asked(ctx, address, idOf(user), r.Purpose, ticket, err)
	if err != nil {
		return otp.Ticket{}, s.withCaptcha(err)
	}
	return ticket, s.enqueue(ctx, ticket)
}

// SignOut ends the session of an access token, which may have ended before. An
// expired token does not sign out; its refresh token does.
func (s *Service) SignOut(ctx context.Context, accessToken string) error {
	claims, err := s.Codec.ParseAccess(accessToken)
	if err != nil {
		return apperr.New(apperr.Unauthorized).Wrap(err)
	}
	return s.done(ctx, audit.Event{Type: audit.SignOut, UserID: claims.UserID, SessionID: claims.SessionID}, s.Sessions.Revoke(ctx, claims.SessionID))
}

// SignOutRefresh ends the session of a refresh token, which may have expired,
// been used or ended before.
func (s *Service) SignOutRefresh(ctx context.Context, refreshToken string) error {
	claims, err := s.Codec.ParseRefresh(refreshToken)
	if err != nil {
		return apperr.New(apperr.RefreshInvalid).Wrap(err)
	}
	return s.done(ctx, audit.Event{Type: audit.SignOut, UserID: claims.UserID, SessionID: claims.SessionID}, s.Sessions.Revoke(ctx, claims.SessionID))
}

// destination reads the address.
func (s *Service) destination(r CodeRequest) (identity.Address, error) {
	if r.Email != "" && !s.Mail {
		return identity.Address{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("No e-mail is sent here.")
	}
	if r.Email != "" {
		return identity.ParseEmail(r.Email)
	}
	region := r.Region
	if region == "" {
		region = s.DefaultRegion
	}
	address, err := identity.ParsePhone(r.Phone, region)
	if err != nil {
		return identity.Address{}, err
	}
	if err := s.Numbers.Admit(address); err != nil {
		return identity.Address{}, err
	}
	return address, s.offered(address, r.channel(address))
}

func (s *Service) enqueue(ctx context.Context, t otp.Ticket) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enqueueTimeout)
	defer cancel()
	if err := s.Queue.Enqueue(ctx, t.ID, t.Send); err != nil {
		return apperr.Down(err)
	}
	return nil
}

// open starts a session of a user, 0 being nobody, who may have one. Fails with
// errNotHolder where the user is gone.
func (s *Service) open(ctx context.Context, userID int64, d session.Device, may func(*model.User) error) (session.Grant, error) {
	if userID == 0 {
		return session.Grant{}, errNotHolder
	}
	grant, err := s.Sessions.Open(ctx, userID, d, may)
	if apperr.Is(err, apperr.SessionEnded) {
		err = errNotHolder
	}
	return grant, err
}

// allowed refuses a banned user, who is told nothing but the code.
func (s *Service) allowed(refused apperr.Code) func(*model.User) error {
	return func(user *model.User) error {
		if s.Accounts.Banned(user) {
			return apperr.New(refused)
		}
		return nil
	}
}

// holding is allowed for whoever has the address, and errNotHolder for others.
func (s *Service) holding(address identity.Address, refused apperr.Code) func(*model.User) error {
	return func(user *model.User) error {
		if addressOf(user, address.Kind()) != address.Canonical() {
			return errNotHolder
		}
		return s.allowed(refused)(user)
	}
}

func (s *Service) pair(g session.Grant, user *model.User, isNew bool) (Pair, error) {
	access, expires, err := s.Sessions.MintAccess(g, user.Role)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		AccessToken: access, RefreshToken: g.RefreshToken, AccessExpires: expires,
		RefreshExpires: g.RefreshExpires.Sub(s.Sessions.Now()).Round(time.Second), IsNew: isNew,
	}, nil
}

func channelOf(address identity.Address) string {
	if address.Kind() == identity.KindEmail {
		return string(delivery.Email)
	}
	return string(delivery.SMS)
}

// mayNot reports whether no code may work for the user, nil being nobody.
func (s *Service) mayNot(user *model.User, purpose otp.Purpose) bool {
	if user == nil {
		return purpose == otp.PurposeReset
	}
	return s.Accounts.Banned(user)
}
