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

// Values of ResetBoth: how to reset the password of an account with two addresses.
const (
	ResetOff     = "off"     // a code to either suffices
	ResetRequire = "require" // codes to both are required
	ResetDelay   = "delay"   // a code to either suffices after account.ResetWait
)

// ResetPassword sets a new password with a reset code and ends every session of the user. It does
// expensive work only after the code was verified. A password that is rejected does not consume the
// code.
func (s *Service) ResetPassword(ctx context.Context, otpID, code, newPassword string, second Confirmation) error {
	if err := checkNew(newPassword, "newPassword", password.UserNames{}); err != nil {
		return err
	}
	return s.withCode(ctx, otp.Answer{ID: otpID, Code: code, Purpose: otp.PurposeReset}, func(ctx context.Context, v otp.Verified) error {
		user, err := s.Accounts.ByAddress(ctx, v.Address)
		if err != nil {
			return err
		}
		if again, err := s.alreadyReset(ctx, user, v, newPassword); again || err != nil {
			return err
		}
		if user == nil || s.Accounts.Banned(user) || recheckCode(v)(ctx, user) != nil {
			s.Events.Keep(ctx, event.Event{Kind: event.PasswordResetFailed, UserID: idOf(user), Address: v.Address, Reason: s.accountRefusal(user, event.WrongCode)})
			return apperr.New(apperr.OtpInvalid)
		}
		if err := s.requireSecondToReset(ctx, user, v, second); err != nil {
			return err
		}
		return s.reset(ctx, user, v.Address, newPassword)
	})
}

// alreadyReset reports whether this code has already set this password and the answer was lost: the
// code became valid again, and the user's epoch is the next one.
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

// requireSecondToReset requires a second proof if the account is dormant or the operator requires
// codes to both addresses.
func (s *Service) requireSecondToReset(ctx context.Context, user *model.User, v otp.Verified, second Confirmation) error {
	if s.ResetBoth != ResetRequire {
		_, err := s.requireAwake(ctx, user, v, otp.PurposeReset, second)
		return err
	}
	methods, err := s.secondMethods(ctx, user, v.Address, otp.PurposeReset)
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
	s.resetPasswordFailures(ctx, user.Id)
	s.Events.Keep(ctx, event.Event{Kind: event.PasswordReset, UserID: user.Id, Address: by, Proven: proven(user)})
	return nil
}

// applyDelayedPassword activates a delayed password once its wait is over. It runs before a
// password is checked, so that the old one no longer works.
func (s *Service) applyDelayedPassword(ctx context.Context, id int64) error {
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
