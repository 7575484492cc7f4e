package signin

import (
	"context"

	"user-api/internal/event"
	"user-api/internal/mfa"
	"user-api/internal/session"
)

// EnrollToSignIn makes a secret for the user of an mfaToken, who has no second factor and
// must have one: a code of it completes the sign-in. Fails with apperr.OtpInvalid, with
// RateLimited or Unavailable.
func (s *Service) EnrollToSignIn(ctx context.Context, mfaToken string) (made mfa.Enrolment, err error) {
	err = s.withToken(ctx, mfaToken, func(first firstProof) error {
		user, err := s.userOf(ctx, first)
		if err == nil && !first.Enroll {
			return s.wrongToken(ctx, first)
		}
		if err == nil {
			made, err = s.Factors.Enrol(ctx, user.Id, labelOf(user))
		}
		return err
	})
	return made, err
}

// confirmToSignIn makes the secret that was made for a sign-in the user's factor.
func (s *Service) confirmToSignIn(ctx context.Context, g session.Grant, code string) error {
	if err := s.Factors.Confirm(ctx, g.UserID, code); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.TotpAdded, UserID: g.UserID, Proven: proven(g.User)})
	return nil
}
