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

// A reset removes all second factors of a user who has lost them: the authenticator app, the
// recovery codes, and the passkeys except a last sign-in method. An administrator requests it, the
// user is notified, and it takes effect at the first sign-in after a waiting period. A sign-in with
// a factor cancels it.

// RequestMfaReset schedules the removal of a user's second factors after Mfa.ResetWait and returns
// when it is due. An earlier request stays as it is. It fails with apperr.NotFound if the user has
// no second factor.
func (s *Service) RequestMfaReset(ctx context.Context, id int64) (due time.Time, err error) {
	user, err := s.subject(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	state, err := s.Factors.State(ctx, id)
	if err != nil || !state.ResetDue.IsZero() {
		return state.ResetDue, err
	}
	if err := s.requireAnyFactor(ctx, id, state.Totp); err != nil {
		return time.Time{}, err
	}
	due = s.Sessions.Now().Add(s.Mfa.ResetWait)
	if err := s.Factors.ScheduleReset(ctx, id, due); err != nil {
		return time.Time{}, err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.MfaResetAsked, UserID: id, Proven: proven(user)})
	return due, nil
}

// CancelMfaReset cancels a reset that an administrator has requested. It fails with apperr.NotFound
// if there is none.
func (s *Service) CancelMfaReset(ctx context.Context, id int64) error {
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	return s.cancelReset(ctx, id)
}

// CancelOwnMfaReset cancels a reset of the user's own factors. The session must have been opened
// with one of them, no matter when. It fails like CancelMfaReset, and with apperr.Reauthenticate.
func (s *Service) CancelOwnMfaReset(ctx context.Context, p reqctx.Principal) error {
	methods, _, err := s.Sessions.Methods(ctx, p.SessionID)
	if err != nil {
		return err
	}
	if !strong(methods) {
		return stepUp().WithDetail("Sign in with the second factor, which cancels the reset.")
	}
	return s.cancelReset(ctx, p.UserID)
}

// ResetMfa removes the second factors of a user immediately. Only the operator may do so. It fails
// with apperr.NotFound if the user has none.
func (s *Service) ResetMfa(ctx context.Context, id int64) error {
	user, err := s.user(ctx, id)
	if err != nil {
		return err
	}
	state, err := s.Factors.State(ctx, id)
	if err != nil {
		return err
	}
	if err := s.requireAnyFactor(ctx, id, state.Totp); err != nil {
		return err
	}
	_, err = s.removeFactors(ctx, user, "", func(ctx context.Context) (bool, error) {
		_, err := s.Factors.Remove(ctx, id)
		if err == nil {
			err = s.Factors.CancelReset(ctx, id)
		}
		if apperr.Is(err, apperr.NotFound) { // none was requested
			err = nil
		}
		return true, err
	})
	return err
}

// applyReset removes the factors of the user of g if a reset is due, and returns the user as it is
// then. The session g was just opened by a first proof.
func (s *Service) applyReset(ctx context.Context, g session.Grant) (*model.User, error) {
	return s.removeFactors(ctx, g.User, g.SessionID, func(ctx context.Context) (bool, error) {
		return s.Factors.Reset(ctx, g.UserID)
	})
}

// removeFactors ends the sessions other than except, and removes the passkeys and then, by remove,
// the other factors. Only remove clears the due reset, so a failure before it is retried.
func (s *Service) removeFactors(ctx context.Context, user *model.User, except string, take func(context.Context) (bool, error)) (*model.User, error) {
	if err := s.Accounts.EndSessions(ctx, user.Id, except); err != nil {
		return nil, err
	}
	if err := s.removePasskeys(ctx, user.Id); err != nil {
		return nil, err
	}
	taken, err := take(ctx)
	if err != nil {
		return nil, err
	}
	if taken { // not by a concurrent sign-in, and not canceled meanwhile
		s.Events.Keep(ctx, event.Event{Kind: event.MfaReset, UserID: user.Id, Proven: proven(user)})
	}
	return s.Accounts.Current(ctx, user.Id)
}

// requireAnyFactor fails with apperr.NotFound for a user with neither TOTP nor a passkey.
func (s *Service) requireAnyFactor(ctx context.Context, id int64, totp bool) error {
	if totp {
		return nil
	}
	has, err := s.hasPasskey(ctx, id)
	if err == nil && !has {
		err = apperr.New(apperr.NotFound).WithDetail("The user has no second factor.")
	}
	return err
}

func (s *Service) cancelReset(ctx context.Context, id int64) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.MfaResetStopped, UserID: id}}, s.Factors.CancelReset(ctx, id))
}

// cancelIfPending cancels the reset of a user who has just signed in with a factor.
func (s *Service) cancelIfPending(ctx context.Context, id int64) error {
	if err := s.cancelReset(ctx, id); !apperr.Is(err, apperr.NotFound) {
		return err
	}
	return nil
}

// removePasskeys removes the user's passkeys except a last sign-in method.
func (s *Service) removePasskeys(ctx context.Context, userID int64) error {
	if s.Passkeys == nil {
		return nil
	}
	keys, err := s.Passkeys.List(ctx, userID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		_, err := s.removeMethod(ctx, userID, model.Way{Kind: model.WayPasskey, ID: key.ID}, "")
		if err != nil && !apperr.Is(err, apperr.LastSignIn) {
			return err
		}
	}
	return nil
}
