package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/otp"
	"user-api/internal/password"
	"user-api/model"
)

// How a password is reset where an account has two addresses.
const (
	ResetOff     = "off"     // a code to either is enough
	ResetRequire = "require" // codes to both
	ResetDelay   = "delay"   // a code to either, and account.ResetWait
)

// ResetPassword sets a new password by a code of purpose reset and ends every
// session of the user. Nothing expensive is done before the code was right, and a
// password that is refused does not use up the code.
func (s *Service) ResetPassword(ctx context.Context, otpID, code, newPassword string, second Second) error {
	if err := checkNew(newPassword, "newPassword", password.Own{}); err != nil {
		return err
	}
	return s.spend(ctx, otp.Answer{ID: otpID, Code: code, Purpose: otp.PurposeReset}, func(ctx context.Context, v otp.Verified) error {
		user, err := s.Accounts.ByAddress(ctx, v.Address)
		if err != nil {
			return err
		}
		if again, err := s.alreadyReset(ctx, user, v, newPassword); again || err != nil {
			return err
		}
		if user == nil || s.Accounts.Banned(user) || holds(v)(ctx, user) != nil {
			s.Events.Keep(ctx, event.Event{Kind: event.PasswordResetFailed, UserID: idOf(user), Address: v.Address, Reason: s.whyNot(user, event.WrongCode)})
			return apperr.New(apperr.OtpInvalid)
		}
		if err := s.mayReset(ctx, user, v, second); err != nil {
			return err
		}
		return s.reset(ctx, user, v.Address, newPassword)
	})
}

// alreadyReset reports whether this code has set this password before, and the answer
// that said so was lost: the code was given back, and the user's epoch is the next one.
func (s *Service) alreadyReset(ctx context.Context, user *model.User, v otp.Verified, newPassword string) (bool, error) {
	if user == nil || !v.Returned || v.Holder != user.Id || v.Epoch+1 != user.Epoch || !v.Address.Is(textOf(user, v.Address.Kind())) {
		return false, nil
	}
	hash, err := s.Accounts.Password(ctx, user.Id)
	if err != nil || hash == "" {
		return false, err
	}
	same, _, err := s.Passwords.For(payer(ctx)).Verify(ctx, hash, newPassword)
	return same, err
}

// mayReset demands a second proof for a reset where the account is dormant, or
// where the operator wants codes of both addresses.
func (s *Service) mayReset(ctx context.Context, user *model.User, v otp.Verified, second Second) error {
	if s.ResetBoth != ResetRequire {
		_, err := s.awake(ctx, user, v, otp.PurposeReset, second)
		return err
	}
	methods, err := s.methodsBeside(ctx, user, v.Address, otp.PurposeReset)
	if err != nil {
		return err
	}
	_, err = s.requireSecond(ctx, user, v, otp.PurposeReset, second, methods)
	return err
}

func (s *Service) reset(ctx context.Context, user *model.User, by address.Address, newPassword string) error {
	if err := checkNew(newPassword, "newPassword", namesOf(user)); err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, newPassword, "newPassword")
	if err != nil {
		return err
	}
	if s.ResetBoth == ResetDelay && len(proven(user)) > 1 {
		if err := s.Accounts.DelayPassword(ctx, user.Id, hash); err != nil {
			return err
		}
		s.Events.Keep(ctx, event.Event{Kind: event.PasswordResetAsked, UserID: user.Id, Address: by, Proven: proven(user)})
		return nil
	}
	if err := s.Accounts.SetPassword(ctx, user.Id, hash, ""); err != nil {
		return err
	}
	s.endRow(ctx, user.Id)
	s.Events.Keep(ctx, event.Event{Kind: event.PasswordReset, UserID: user.Id, Address: by, Proven: proven(user)})
	return nil
}

// takeEffect makes a delayed password the user's once its wait is over: at the next
// try of a password, so that nobody gets in by the old one.
func (s *Service) takeEffect(ctx context.Context, id int64) error {
	if s.ResetBoth != ResetDelay {
		return nil
	}
	hash, err := s.Accounts.Delayed(ctx, id)
	if err != nil || hash == "" {
		return err
	}
	if err := s.Accounts.SetPassword(ctx, id, hash, ""); err != nil {
		return err
	}
	user, err := s.Accounts.Current(ctx, id)
	if err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.PasswordReset, UserID: id, Proven: proven(user)})
	return nil
}
