package signin

import (
	"context"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/guard"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/timeline"
	"user-api/model"
)

// What happens is told to two keepers of records. Telling takes the same moment
// for an account that is there and for one that is not, and only what was decided
// is told: a part that failed is for the log.
type (
	// Audit keeps what happened to whom.
	Audit interface {
		Record(context.Context, audit.Event)
	}

	// Timeline keeps what became of messages.
	Timeline interface {
		Record(context.Context, timeline.Step)
		List(ctx context.Context, to identity.Address, before string, limit int) ([]timeline.Message, error)
	}
)

// failures are the deeds that a refused code was for.
var failures = map[otp.Purpose]audit.Type{
	otp.PurposeLogin:     audit.SignInFailed,
	otp.PurposeReset:     audit.PasswordResetFailed,
	otp.PurposeBindEmail: audit.AddressBindFailed,
	otp.PurposeBindPhone: audit.AddressBindFailed,
}

// asked tells of a code that was asked for, and of its message if there is one.
func (s *Service) asked(ctx context.Context, address identity.Address, userID int64, purpose otp.Purpose, t otp.Ticket, err error) {
	event := audit.Event{Type: audit.CodeAsked, UserID: userID, Address: address, Reason: audit.Reason(purpose)}
	step := timeline.Step{Name: timeline.Asked, OtpID: t.ID, Send: t.Send, Address: address, Channel: t.Channel, Reason: string(purpose)}
	switch {
	case limited(err):
		event.Type, event.Reason = audit.Limited, audit.WhenAsking
		step = timeline.Step{Name: timeline.Limited, Address: address, Channel: channelOf(address), Reason: string(apperr.RateLimited)}
	case err != nil:
		return
	}
	s.Audit.Record(ctx, event)
	s.Timeline.Record(ctx, step)
}

// askedAgain is asked for a message of the same code.
func (s *Service) askedAgain(ctx context.Context, held otp.Held, t otp.Ticket, err error) {
	if held.UserID == 0 {
		held.UserID = audit.OfAddress
	}
	s.asked(ctx, held.Address, held.UserID, held.Purpose, t, err)
}

// notified tells of a message without a code.
func (s *Service) notified(ctx context.Context, address identity.Address, t otp.Ticket) {
	s.Timeline.Record(ctx, timeline.Step{
		Name: timeline.Asked, OtpID: t.ID, Send: t.Send, Address: address, Channel: t.Channel, Reason: timeline.Notice,
	})
}

// verify is the challenge's, told. That a code to sign in was right is told by
// verified.
func (s *Service) verify(ctx context.Context, a otp.Answer) (otp.Verified, error) {
	a.Client = client(ctx)
	proof, err := s.Challenges.Verify(ctx, a)
	s.tried(ctx, a, proof, err)
	return proof, err
}

func (s *Service) tried(ctx context.Context, a otp.Answer, held otp.Verified, err error) {
	event := audit.Event{Type: audit.CodeVerified, UserID: audit.OfAddress, Address: held.Address, Reason: audit.Reason(a.Purpose)}
	failure := failures[a.Purpose]
	if p, signedIn := reqctx.PrincipalFrom(ctx); signedIn {
		event.UserID = p.UserID
		if a.Purpose == otp.PurposeLogin { // the proof of who leaves
			failure = audit.AccountDeleteFailed
		}
	}
	step := timeline.Step{Name: timeline.Used, OtpID: a.ID, Channel: held.Channel, Address: held.Address}
	switch {
	case limited(err):
		event.Type, event.Reason = audit.Limited, audit.WhenTrying
		step.Name, step.Reason = timeline.Tried, string(apperr.RateLimited)
	case apperr.Is(err, apperr.OtpInvalid):
		event.Type = audit.CodeRefused
		step.Name, step.Reason = timeline.Tried, string(audit.WrongCode)
		s.Audit.Record(ctx, audit.Event{Type: failure, UserID: event.UserID, Address: held.Address, Reason: audit.WrongCode})
	case err != nil:
		return
	}
	if event.Type != audit.CodeVerified || failure != audit.SignInFailed {
		s.Audit.Record(ctx, event)
	}
	if !held.Address.IsZero() {
		s.Timeline.Record(ctx, step)
	}
}

// verified tells of a code to sign in that was right, once its user is made.
func (s *Service) verified(ctx context.Context, userID int64, address identity.Address) {
	s.Audit.Record(ctx, audit.Event{Type: audit.CodeVerified, UserID: userID, Address: address, Reason: audit.ForLogin})
}

// signedIn tells how a sign-in ended whose proof was right.
func (s *Service) signedIn(ctx context.Context, userID int64, sessionID string, address identity.Address, by audit.Reason, err error) {
	event := audit.Event{Type: audit.SignIn, UserID: userID, SessionID: sessionID, Address: address, Reason: by}
	switch {
	case apperr.Is(err, apperr.OtpInvalid), apperr.Is(err, apperr.BadCredentials):
		event.Type, event.Reason = audit.SignInFailed, audit.BannedAccount
	case err != nil:
		return
	}
	s.Audit.Record(ctx, event)
}

// notSignedIn tells of a sign-in whose password was refused.
func (s *Service) notSignedIn(ctx context.Context, user *model.User, l PasswordLogin, err error) {
	event := audit.Event{Type: audit.SignInFailed, UserID: idOf(user), Address: s.loginAddress(l), Reason: s.whyNot(user, audit.WrongPassword)}
	switch {
	case limited(err):
		event.Type, event.Reason = audit.Limited, audit.WhenSigningIn
	case !apperr.Is(err, apperr.BadCredentials):
		return
	}
	s.Audit.Record(ctx, event)
}

// refreshed tells of a refresh that was refused.
func (s *Service) refreshed(ctx context.Context, refreshToken string, err error) {
	var event audit.Event
	switch {
	case apperr.Is(err, apperr.RefreshReused):
		event.Type = audit.RefreshReused
	case limited(err):
		event.Type, event.Reason = audit.Limited, audit.WhenRefreshing
	default:
		return
	}
	if claims, err := s.Codec.ParseRefresh(refreshToken); err == nil {
		event.UserID, event.SessionID = claims.UserID, claims.SessionID
	}
	s.Audit.Record(ctx, event)
}

// registered tells how a registration ended.
func (s *Service) registered(ctx context.Context, user *model.User, err error) {
	event := audit.Event{Type: audit.Registered, UserID: idOf(user)}
	switch {
	case apperr.Is(err, apperr.UsernameTaken):
		event.Type, event.Reason = audit.RegistrationFailed, audit.Taken
	case limited(err):
		event.Type, event.Reason = audit.Limited, audit.WhenRegistering
	case err != nil:
		return
	}
	s.Audit.Record(ctx, event)
}

// done tells of a deed unless it failed, and returns why.
func (s *Service) done(ctx context.Context, e audit.Event, err error) error {
	if err == nil {
		s.Audit.Record(ctx, e)
	}
	return err
}

// refused tells of a deed if it failed by one of the codes, and returns why.
func (s *Service) refused(ctx context.Context, e audit.Event, err error, codes ...apperr.Code) error {
	for _, code := range codes {
		if apperr.Is(err, code) {
			s.Audit.Record(ctx, e)
		}
	}
	return err
}

// loginAddress is the address that a sign-in by password names, if it does.
func (s *Service) loginAddress(l PasswordLogin) identity.Address {
	address, _ := identity.ParseEmail(l.Email)
	if l.Phone != "" {
		address, _ = identity.ParsePhone(l.Phone, s.DefaultRegion)
	}
	return address
}

// whyNot is why a user may not, nil being nobody.
func (s *Service) whyNot(user *model.User, otherwise audit.Reason) audit.Reason {
	switch {
	case user == nil:
		return audit.UnknownAccount
	case s.Accounts.Banned(user):
		return audit.BannedAccount
	}
	return otherwise
}

// limited tells a refusal by a limit that is new: of a flood one a second is told.
func limited(err error) bool {
	return apperr.Is(err, apperr.RateLimited) && !errors.Is(err, guard.ErrRemembered)
}

// idOf is the user's id, 0 for nobody.
func idOf(user *model.User) int64 {
	if user == nil {
		return 0
	}
	return user.Id
}
