package signin

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/mfa"
	"user-api/internal/reqctx"
	"user-api/model"
)

// TotpState describes the second factors of a user.
type TotpState struct {
	mfa.State
	// Mandatory means that the user must have one, Deadline from when on a sign-in without one
	// fails; it is zero until a sign-in has set it.
	Mandatory bool
	Deadline  time.Time
}

// Totp describes the user's second factors.
func (s *Service) Totp(ctx context.Context, p reqctx.Principal) (TotpState, error) {
	state, err := s.Factors.State(ctx, p.UserID)
	t := TotpState{State: state, Mandatory: s.Mfa.requiredFor(p.Role)}
	if t.Mandatory && !state.Required.IsZero() {
		t.Deadline = state.Required.Add(s.Mfa.Grace)
	}
	return t, err
}

// EnrollTotp creates a secret for the user, who needs a recent sign-in. ConfirmTotp turns it into a
// factor.
func (s *Service) EnrollTotp(ctx context.Context, p reqctx.Principal) (e mfa.Enrollment, err error) {
	err = s.chargedFreshAct(ctx, p, func(user *model.User) error {
		e, err = s.Factors.Enroll(ctx, user.Id, labelOf(user))
		return err
	})
	return e, err
}

// ConfirmTotp turns the pending secret into a factor, given a code of it, and returns recovery
// codes. Only a recent sign-in could see the secret, so the session then counts as proven by two
// factors. It fails like mfa.Factors.Confirm.
func (s *Service) ConfirmTotp(ctx context.Context, p reqctx.Principal, code string) (codes []string, err error) {
	err = s.chargedAct(ctx, p, func() error {
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		codes, err = s.Factors.ConfirmWithRecovery(ctx, user.Id, code)
		if apperr.Is(err, apperr.OtpInvalid) {
			err = apperr.From(err).WithField("totp")
		}
		if err == nil {
			s.proveTotp(ctx, p.SessionID)
		}
		return s.report(ctx, outcome{
			done:    event.Event{Kind: event.TotpAdded, UserID: user.Id, Proven: proven(user)},
			refused: event.Event{Kind: event.SecondFactorFailed, UserID: user.Id, Reason: event.WrongSecond},
			by:      []apperr.Code{apperr.OtpInvalid}, limited: event.WhenProving,
		}, err)
	})
	return codes, err
}

// RemoveTotp removes TOTP and the recovery codes of the user, who needs a recent sign-in. Without
// any it does nothing.
func (s *Service) RemoveTotp(ctx context.Context, p reqctx.Principal) error {
	return s.chargedFreshAct(ctx, p, func(user *model.User) error {
		removed, err := s.Factors.Remove(ctx, user.Id)
		if removed {
			s.Events.Keep(ctx, event.Event{Kind: event.TotpRemoved, UserID: user.Id, Proven: proven(user)})
		}
		return err
	})
}

// MakeRecoveryCodes replaces the recovery codes of a user, who needs a recent sign-in. It fails
// with apperr.NotFound without TOTP.
func (s *Service) MakeRecoveryCodes(ctx context.Context, p reqctx.Principal) (codes []string, err error) {
	err = s.chargedFreshAct(ctx, p, func(user *model.User) error {
		if codes, err = s.Factors.NewRecovery(ctx, user.Id); err == nil {
			s.Events.Keep(ctx, event.Event{Kind: event.RecoveryCodesMade, UserID: user.Id, Proven: proven(user)})
		}
		return err
	})
	return codes, err
}

// proveTotp marks a session as proven by TOTP too. It is best effort: if it fails, the next change
// of factors requires another sign-in.
func (s *Service) proveTotp(ctx context.Context, sessionID string) {
	if err := s.Sessions.AddMethodsByID(ctx, sessionID, []string{amrCode}); err != nil {
		logx.WithContext(ctx).Errorf("signin: add session methods: %v", err)
	}
}

// labelOf returns the label that an authenticator app shows for a user.
func labelOf(user *model.User) string {
	return cmp.Or(user.Username.String, user.Email.String, user.Phone.String, strconv.FormatInt(user.Id, 10))
}
