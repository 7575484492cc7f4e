package signin

import (
	"context"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// A reset takes all second factors from a user who has lost them: the authenticator app,
// the recovery codes and the passkeys but for a last way in. An administrator asks for it, the user is told, and
// it takes effect after a wait, at the next sign-in. A sign-in by a factor stops it.

// AskMfaReset has the second factors of a user taken away after Mfa.ResetWait, and returns
// when. One that was asked for before stays as it is. Fails with apperr.NotFound for a user
// who has none.
func (s *Service) AskMfaReset(ctx context.Context, id int64) (due time.Time, err error) {
	user, err := s.subject(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	state, err := s.Factors.State(ctx, id)
	if err != nil || !state.ResetDue.IsZero() {
		return state.ResetDue, err
	}
	if err := s.hasFactor(ctx, id, state.Totp); err != nil {
		return time.Time{}, err
	}
	due = s.Sessions.Now().Add(s.Mfa.ResetWait)
	if err := s.Factors.AskReset(ctx, id, due); err != nil {
		return time.Time{}, err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.MfaResetAsked, UserID: id, Proven: proven(user)})
	return due, nil
}

// CancelMfaReset stops a reset that an administrator has asked for. Fails with
// apperr.NotFound where there is none.
func (s *Service) CancelMfaReset(ctx context.Context, id int64) error {
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	return s.stopReset(ctx, id)
}

// StopMfaReset stops a reset of the user's own factors, from a session that was opened by
// one of them, however old. Fails as CancelMfaReset, and with apperr.Reauthenticate.
func (s *Service) StopMfaReset(ctx context.Context, p reqctx.Principal) error {
	methods, _, err := s.Sessions.Methods(ctx, p.SessionID)
	if err != nil {
		return err
	}
	if !strong(methods) {
		return stepUp().WithDetail("Sign in by the second factor, which stops the reset.")
	}
	return s.stopReset(ctx, p.UserID)
}

// ResetMfa takes the second factors from a user at once. It is for the operator alone.
// Fails with apperr.NotFound for a user who has none.
func (s *Service) ResetMfa(ctx context.Context, id int64) error {
	user, err := s.user(ctx, id)
	if err != nil {
		return err
	}
	state, err := s.Factors.State(ctx, id)
	if err != nil {
		return err
	}
	if err := s.hasFactor(ctx, id, state.Totp); err != nil {
		return err
	}
	_, err = s.takeFactors(ctx, user, "", func(ctx context.Context) (bool, error) {
		_, err := s.Factors.TryRemove(ctx, id)
		if err == nil {
			err = s.Factors.StopReset(ctx, id)
		}
		if apperr.Is(err, apperr.NotFound) { // none was asked for
			err = nil
		}
		return true, err
	})
	return err
}

// resetDue takes the factors from the user of a session that was just opened, by a first
// proof, if a reset is due, and returns the user as it is then.
func (s *Service) resetDue(ctx context.Context, g session.Grant) (*model.User, error) {
	return s.takeFactors(ctx, g.User, g.SessionID, func(ctx context.Context) (bool, error) {
		return s.Factors.Reset(ctx, g.UserID)
	})
}

// takeFactors ends all sessions but one, and takes the factors, what take does last: it
// alone ends that a reset is due, so whatever fails before is done once more.
func (s *Service) takeFactors(ctx context.Context, user *model.User, except string, take func(context.Context) (bool, error)) (*model.User, error) {
	if err := s.Accounts.EndSessions(ctx, user.Id, except); err != nil {
		return nil, err
	}
	if err := s.dropPasskeys(ctx, user.Id); err != nil {
		return nil, err
	}
	taken, err := take(ctx)
	if err != nil {
		return nil, err
	}
	if taken { // and not by another sign-in, or stopped meanwhile
		s.Events.Keep(ctx, event.Event{Kind: event.MfaReset, UserID: user.Id, Proven: proven(user)})
	}
	return s.Accounts.Current(ctx, user.Id)
}

// hasFactor fails with apperr.NotFound for a user without TOTP who has no passkey.
func (s *Service) hasFactor(ctx context.Context, id int64, totp bool) error {
	if totp {
		return nil
	}
	has, err := s.hasPasskey(ctx, id)
	if err == nil && !has {
		err = apperr.New(apperr.NotFound).WithDetail("The user has no second factor.")
	}
	return err
}

func (s *Service) stopReset(ctx context.Context, id int64) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.MfaResetStopped, UserID: id}}, s.Factors.StopReset(ctx, id))
}

// stillHasFactor stops a reset of a user who has just signed in by a factor.
func (s *Service) stillHasFactor(ctx context.Context, id int64) error {
	if err := s.stopReset(ctx, id); !apperr.Is(err, apperr.NotFound) {
		return err
	}
	return nil
}

// dropPasskeys takes the passkeys from a user, but for the last way in.
func (s *Service) dropPasskeys(ctx context.Context, userID int64) error {
	if s.Passkeys == nil {
		return nil
	}
	keys, err := s.Passkeys.List(ctx, userID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		_, err := s.removeWay(ctx, userID, model.Way{Kind: model.WayPasskey, ID: key.ID}, "")
		if err != nil && !apperr.Is(err, apperr.LastSignIn) {
			return err
		}
	}
	return nil
}
