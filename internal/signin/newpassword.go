package signin

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/password"
	"user-api/model"
)

// checkNew judges a password by what is known here.
func checkNew(text, field string, own password.Own) error {
	if err := password.Check(text, own); err != nil {
		return apperr.From(err).WithField(field)
	}
	return nil
}

// namesOf are what must not be a user's password.
func namesOf(user *model.User) password.Own {
	return password.Own{Username: user.Username.String, Phone: user.Phone.String, Email: user.Email.String}
}

// hashNew is the hash of a password that is about to be set: every one comes by here, and
// none that only is compared. It asks elsewhere and is paid for, so it comes last of all
// that may refuse. Fails with apperr.WeakPassword for a breached one.
func (s *Service) hashNew(ctx context.Context, text, field string) (string, error) {
	if s.Breached != nil {
		err := s.Breached.Check(ctx, text)
		if apperr.Is(err, apperr.WeakPassword) {
			return "", apperr.From(err).WithField(field)
		}
		if err != nil {
			return "", err
		}
	}
	return s.Passwords.For(payer(ctx)).Hash(ctx, text)
}
