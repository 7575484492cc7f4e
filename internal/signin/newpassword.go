package signin

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/password"
	"user-api/model"
)

// checkNew checks a new password by the local rules.
func checkNew(text, field string, own password.UserNames) error {
	if err := password.Check(text, own); err != nil {
		return apperr.From(err).WithField(field)
	}
	return nil
}

// namesOf returns the names that the user's password must not contain.
func namesOf(user *model.User) password.UserNames {
	return password.UserNames{Username: user.Username.String, Phone: user.Phone.String, Email: user.Email.String}
}

// hashNew hashes a password that is about to be set. It first looks it up in the list of breached
// passwords. Both are expensive, so it runs after every other check. It fails with
// apperr.WeakPassword for a breached password.
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
