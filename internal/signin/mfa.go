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

// Of whom a second factor is demanded.
const (
	MfaOff    = "off"
	MfaAdmins = "admins"
	MfaAll    = "all"
)

// The second factors, as a client reads them in an error. methodEnroll says that there
// is none and one must be set up.
const (
	methodTotp     = "totp"
	methodRecovery = "recovery_code"
	methodPasskey  = "passkey"
	methodEnroll   = "enroll"
)

type (
	// Mfa says of whom a second factor is demanded.
	Mfa struct {
		// Require is one of MfaOff, MfaAdmins and MfaAll.
		Require string
		// Grace is how long somebody of whom one is demanded may sign in without, and
		// ResetWait how long an administrator's reset waits.
		Grace, ResetWait time.Duration
	}
)

// demandedOf reports whether a second factor is demanded of users with a role.
func (m Mfa) demandedOf(role string) bool {
	return m.Require == MfaAll || m.Require == MfaAdmins && role == model.RoleAdmin
}

// factorsOf are the second factors of a user, one of which is due beside any other
// proof: none, where the user has none. A passkey is one where a factor is demanded.
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
	if !state.Totp && !s.Mfa.demandedOf(role) {
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

// dueFactors are the factors of the user of a session that was just opened, one of which
// is due beside its first proof; and methodEnroll for a user without any of whom one is
// demanded and whose grace is over. A reset that is due takes effect before. The user is
// returned as it is then.
func (s *Service) dueFactors(ctx context.Context, g session.Grant) (user *model.User, methods []string, err error) {
	user = g.User
	state, err := s.Factors.State(ctx, g.UserID)
	if err == nil && !state.ResetDue.IsZero() && !s.Sessions.Now().Before(state.ResetDue) {
		if user, err = s.resetDue(ctx, g); err == nil {
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

// graceOver reports whether a factor has been demanded of a user for too long.
func (s *Service) graceOver(ctx context.Context, userID int64, role string) (bool, error) {
	if !s.Mfa.demandedOf(role) {
		return false, nil
	}
	now := s.Sessions.Now()
	since, err := s.Factors.Demanded(ctx, userID, now)
	return err == nil && now.Sub(since) >= s.Mfa.Grace, err
}

// RequireDemanded fails with apperr.Reauthenticate for an administrator of whom a second
// factor is demanded, whose grace is over, and who is signed in without.
func (s *Service) RequireDemanded(ctx context.Context, p reqctx.Principal) error {
	if strong(p.Methods) {
		return nil
	}
	late, err := s.graceOver(ctx, p.UserID, model.RoleAdmin)
	if !late {
		return err
	}
	// The token may be older than the factor.
	methods, _, err := s.Sessions.Methods(ctx, p.SessionID)
	if err == nil && !strong(methods) {
		err = stepUp().WithDetail("Sign in again, with a second factor: administrators need one.")
	}
	return err
}

// RequireFresh is requireFresh for a route that no use case judges.
func (s *Service) RequireFresh(ctx context.Context, p reqctx.Principal) error {
	return s.requireFresh(ctx, p)
}

// requireFresh demands a fresh proof: a sign-in that is recent and, of a user who has a
// second factor, was by it. Fails with apperr.Reauthenticate.
func (s *Service) requireFresh(ctx context.Context, p reqctx.Principal) error {
	methods, at, err := s.Sessions.Methods(ctx, p.SessionID)
	if err != nil {
		return err
	}
	if s.Sessions.Now().Sub(at) > session.Recent {
		return stepUp()
	}
	return s.requireStrong(ctx, p, methods)
}

// requireFactor is requireFresh for a user who has a second factor, and demands nothing
// of any other: for what has a proof of its own, which alone does not do for the former.
func (s *Service) requireFactor(ctx context.Context, p reqctx.Principal) error {
	methods, err := s.factorsOf(ctx, p.UserID, p.Role)
	if err != nil || len(methods) == 0 {
		return err
	}
	return s.requireFresh(ctx, p)
}

// requireStrong demands that the methods of a sign-in are two factors, if the user has two.
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

// strong reports whether methods, by RFC 8176, are two factors, or a passkey, which is
// two in one.
func strong(methods []string) bool {
	return slices.ContainsFunc(methods, func(method string) bool {
		return method == session.TwoFactors || method == amrHardware || method == amrSoftware
	})
}
