package signin

import (
	"context"
	"slices"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/mfa"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// Values of Mfa.Require: whose accounts need a second factor.
const (
	MfaAdmins = "admins"
	MfaAll    = "all"
)

// The second factors, as named in an error. methodEnroll means that the user has none and must set
// one up.
const (
	methodTotp     = "totp"
	methodRecovery = "recovery_code"
	methodPasskey  = "passkey"
	methodEnroll   = "enroll"
)

type (
	// Mfa configures second factors.
	Mfa struct {
		// Require is MfaAdmins or MfaAll; any other value requires none.
		Require string
		// Grace is how long a user may sign in without a required factor, and ResetWait how long a
		// reset by an administrator waits.
		Grace, ResetWait time.Duration
	}
)

// requiredFor reports whether users with role need a second factor.
func (m Mfa) requiredFor(role string) bool {
	return m.Require == MfaAll || m.Require == MfaAdmins && role == model.RoleAdmin
}

// factorsOf returns the second factors of a user, one of which must complete any other proof. A
// passkey is a second factor if one is required.
func (s *Service) factorsOf(ctx context.Context, userID int64, role string) ([]string, error) {
	state, err := s.Factors.State(ctx, userID)
	if err != nil {
		return nil, err
	}
	return s.methodsIn(ctx, state, userID, role)
}

func (s *Service) methodsIn(ctx context.Context, state mfa.State, userID int64, role string) (methods []string, err error) {
	if state.Totp {
		methods = append(methods, methodTotp)
		if state.RecoveryCodes > 0 {
			methods = append(methods, methodRecovery)
		}
	}
	if !state.Totp && !s.Mfa.requiredFor(role) {
		return methods, nil
	}
	has, err := s.hasPasskey(ctx, userID)
	if has {
		methods = append(methods, methodPasskey)
	}
	return methods, err
}

func (s *Service) hasPasskey(ctx context.Context, userID int64) (bool, error) {
	if s.Passkeys == nil {
		return false, nil
	}
	return s.Passkeys.Has(ctx, userID)
}

// dueFactors returns the factors one of which must complete the sign-in that opened g, or
// methodEnroll if the user has none and the grace period is over. It first carries out a reset that
// is due, and returns the user as it is then.
func (s *Service) dueFactors(ctx context.Context, g session.Grant) (user *model.User, methods []string, err error) {
	user = g.User
	var state mfa.State
	if g.HasMfa { // as few have
		state, err = s.Factors.State(ctx, g.UserID)
	}
	if err == nil && !state.ResetDue.IsZero() && !s.Sessions.Now().Before(state.ResetDue) {
		if user, err = s.applyReset(ctx, g); err == nil {
			state, err = s.Factors.State(ctx, g.UserID)
		}
	}
	if err == nil {
		methods, err = s.methodsIn(ctx, state, user.Id, user.Role)
	}
	if err != nil || len(methods) > 0 {
		return user, methods, err
	}
	late, err := s.graceOver(ctx, user.Id, user.Role)
	if late {
		methods = []string{methodEnroll}
	}
	return user, methods, err
}

// graceOver reports whether the grace period of a required factor is over.
func (s *Service) graceOver(ctx context.Context, userID int64, role string) (bool, error) {
	if !s.Mfa.requiredFor(role) {
		return false, nil
	}
	now := s.Sessions.Now()
	since, err := s.Factors.Require(ctx, userID, now)
	return err == nil && now.Sub(since) >= s.Mfa.Grace, err
}

// RequireSecondFactor fails with apperr.Reauthenticate for an administrator who must have a second
// factor, whose grace period is over, and who signed in without one.
func (s *Service) RequireSecondFactor(ctx context.Context, p reqctx.Principal) error {
	if strong(p.Methods) {
		return nil
	}
	late, err := s.graceOver(ctx, p.UserID, model.RoleAdmin)
	if !late {
		return err
	}
	// The access token may be older than the factor.
	methods, _, err := s.Sessions.Methods(ctx, p.SessionID)
	if err == nil && !strong(methods) {
		err = stepUp().WithDetail("Sign in again, with a second factor: administrators need one.")
	}
	return err
}

// RequireFresh requires a recent sign-in, and if the user has a second factor, one that used it. It
// fails with apperr.Reauthenticate.
func (s *Service) RequireFresh(ctx context.Context, p reqctx.Principal) error {
	methods, at, err := s.Sessions.Methods(ctx, p.SessionID)
	if err != nil {
		return err
	}
	if s.Sessions.Now().Sub(at) > session.Recent {
		return stepUp()
	}
	return s.requireStrong(ctx, p, methods)
}

// requireFreshFactor is RequireFresh for a user who has a second factor and accepts every other. It
// guards actions with a proof of their own, such as the password.
func (s *Service) requireFreshFactor(ctx context.Context, p reqctx.Principal) error {
	methods, err := s.factorsOf(ctx, p.UserID, p.Role)
	if err != nil || len(methods) == 0 {
		return err
	}
	return s.RequireFresh(ctx, p)
}

// requireStrong requires that methods are two factors if the user has a second one.
func (s *Service) requireStrong(ctx context.Context, p reqctx.Principal, methods []string) error {
	if strong(methods) {
		return nil
	}
	factors, err := s.factorsOf(ctx, p.UserID, p.Role)
	if err == nil && len(factors) > 0 {
		err = stepUp().WithDetail("Sign in again, with the second factor, to confirm this change.")
	}
	return err
}

func stepUp() *apperr.Error { return apperr.New(apperr.Reauthenticate).WithMaxAge(session.Recent) }

// strong reports whether methods, see RFC 8176, are two factors, or a passkey, which counts as two.
func strong(methods []string) bool {
	return slices.ContainsFunc(methods, func(method string) bool {
		return method == session.TwoFactors || method == amrHardware || method == amrSoftware
	})
}
