package signin

import (
	"context"
	"slices"
	"time"

	"user-api/internal/apperr"
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
		// Grace is how long somebody of whom one is demanded may sign in without.
		Grace time.Duration
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
	var methods []string
	if state.Totp {
		methods = append(methods, methodTotp)
		if state.RecoveryCodes > 0 {
			methods = append(methods, methodRecovery)
		}
	}
	if s.Passkeys == nil || !state.Totp && !s.Mfa.demandedOf(role) {
		return methods, nil
	}
	has, err := s.Passkeys.Has(ctx, userID)
	if has {
		methods = append(methods, methodPasskey)
	}
	return methods, err
}

// dueFactors are factorsOf, and methodEnroll for a user without any of whom one is
// demanded and whose grace is over.
func (s *Service) dueFactors(ctx context.Context, user *model.User) ([]string, error) {
	methods, err := s.factorsOf(ctx, user.Id, user.Role)
	if err != nil || len(methods) > 0 {
		return methods, err
	}
	late, err := s.graceOver(ctx, user.Id, user.Role)
	if late {
		methods = []string{methodEnroll}
	}
	return methods, err
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
