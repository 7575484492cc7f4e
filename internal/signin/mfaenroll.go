package signin

import (
	"context"

	"user-api/internal/event"
	"user-api/internal/mfa"
	"user-api/internal/session"
)

// EnrollToSignIn creates a secret for the user of an mfaToken who must set up a second factor. A
// code of it completes the sign-in. It fails with apperr.OtpInvalid, RateLimited or Unavailable.
func (s *Service) EnrollToSignIn(ctx context.Context, mfaToken string) (made mfa.Enrollment, err error) {
	err = s.withMfaToken(ctx, mfaToken, func(first firstProof) error {
		user, err := s.userOf(ctx, first)
		if err == nil && !first.Enroll {
			return s.wrongToken(ctx, first)
		}
		if err == nil {
			made, err = s.Factors.Enroll(ctx, user.Id, labelOf(user))
		}
		return err
	})
	return made, err
}

// confirmToSignIn turns the secret of EnrollToSignIn into the user's factor.
func (s *Service) confirmToSignIn(ctx context.Context, g session.Grant, code string) error {
	if err := s.Factors.Confirm(ctx, g.UserID, code); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.TotpAdded, UserID: g.UserID, Proven: proven(g.User)})
	return nil
}
