package signin

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/mfa"
	"user-api/internal/reqctx"
	"user-api/model"
)

// TotpState is what a user has of second factors.
type TotpState struct {
	mfa.State
	// Demanded says that one is demanded of the user, and By from when on there is no
	// sign-in without; zero where that was not told at a sign-in yet.
	Demanded bool
	By       time.Time
}

// Totp tells which second factors the user has.
func (s *Service) Totp(ctx context.Context, p reqctx.Principal) (TotpState, error) {
	state, err := s.Factors.State(ctx, p.UserID)
	t := TotpState{State: state, Demanded: s.Mfa.demandedOf(p.Role)}
	if t.Demanded && !state.Required.IsZero() {
		t.By = state.Required.Add(s.Mfa.Grace)
	}
	return t, err
}

// EnrollTotp makes a secret for the user, whose proof must be fresh; ConfirmTotp makes
// it the factor.
func (s *Service) EnrollTotp(ctx context.Context, p reqctx.Principal) (e mfa.Enrolment, err error) {
	err = s.changingFactors(ctx, p, func() error {
		if err := s.requireFresh(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		e, err = s.Factors.Enrol(ctx, user.Id, labelOf(user))
		return err
	})
	return e, err
}

// ConfirmTotp makes the secret that waits the factor, by a code of it, and returns recovery
// codes. Only who has shown a fresh proof has seen the secret: the session counts as one by
// two factors then. Fails as mfa.Factors.Confirm does.
func (s *Service) ConfirmTotp(ctx context.Context, p reqctx.Principal, code string) (codes []string, err error) {
	err = s.changingFactors(ctx, p, func() error {
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

// RemoveTotp takes TOTP and the recovery codes from the user, whose proof must be
// fresh. Without any it does nothing.
func (s *Service) RemoveTotp(ctx context.Context, p reqctx.Principal) error {
	return s.changingFactors(ctx, p, func() error {
		if err := s.requireFresh(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		removed, err := s.Factors.TryRemove(ctx, user.Id)
		if removed {
			s.Events.Keep(ctx, event.Event{Kind: event.TotpRemoved, UserID: user.Id, Proven: proven(user)})
		}
		return err
	})
}

// MakeRecoveryCodes puts new recovery codes in the place of those before, for a user
// whose proof must be fresh. Fails with apperr.NotFound without TOTP.
func (s *Service) MakeRecoveryCodes(ctx context.Context, p reqctx.Principal) (codes []string, err error) {
	err = s.changingFactors(ctx, p, func() error {
		if err := s.requireFresh(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		if codes, err = s.Factors.NewRecovery(ctx, user.Id); err == nil {
			s.Events.Keep(ctx, event.Event{Kind: event.RecoveryCodesMade, UserID: user.Id, Proven: proven(user)})
		}
		return err
	})
	return codes, err
}

// proveTotp makes a session one by TOTP too. It is a favour: without it, the next change of
// factors asks for a sign-in.
func (s *Service) proveTotp(ctx context.Context, sessionID string) {
	if err := s.Sessions.ProveAlso(ctx, sessionID, []string{amrCode}); err != nil {
		logx.WithContext(ctx).Errorf("signin: methods of a session: %v", err)
	}
}

// changingFactors charges an act that is about second factors.
func (s *Service) changingFactors(ctx context.Context, p reqctx.Principal, do func() error) error {
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, do)
}

// labelOf is what an authenticator app shows for a user.
func labelOf(user *model.User) string {
	return cmp.Or(user.Username.String, user.Email.String, user.Phone.String, strconv.FormatInt(user.Id, 10))
}
