package signin

import (
	"context"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/account"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Confirmation confirms that it is the user who asks: the password, or a code for
// signing in sent to an address of the user; nothing of an anonymous user, who has neither.
type Confirmation struct {
	Password    string
	OtpID, Code string
}

// Delete erases the account after a fresh confirmation, and a fresh proof of a user who has
// a second factor: its row, its credentials and its sessions, which end, and then its
// challenges.
func (s *Service) Delete(ctx context.Context, p reqctx.Principal, c Confirmation) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := s.report(ctx, outcome{
		refused: event.Event{Kind: event.AccountDeleteFailed, UserID: user.Id, Reason: event.NotRecent}, by: []apperr.Code{apperr.Reauthenticate},
	}, s.requireFactor(ctx, p)); err != nil {
		return err
	}
	if c == (Confirmation{}) {
		return s.deleteAnonymous(ctx, p, user)
	}
	if c.OtpID == "" {
		proof, err := s.provePassword(ctx, signedIn(ctx, user), user, c.Password)
		if err := s.report(ctx, outcome{
			refused: event.Event{Kind: event.AccountDeleteFailed, UserID: user.Id, Reason: event.WrongPassword},
			by:      []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn,
		}, err); err != nil {
			return err
		}
		if err = s.erase(ctx, user); ours(err) {
			proof.charge.Void(ctx)
		}
		return err
	}
	purpose, err := s.leaving(ctx, c.OtpID)
	if err != nil {
		return err
	}
	return s.spend(ctx, otp.Answer{ID: c.OtpID, Code: c.Code, Purpose: purpose}, func(ctx context.Context, v otp.Verified) error {
		if holds(v)(ctx, user) != nil {
			s.Events.Keep(ctx, event.Event{Kind: event.AccountDeleteFailed, UserID: user.Id, Address: v.Address, Reason: event.WrongCode})
			return apperr.New(apperr.OtpInvalid)
		}
		return s.erase(ctx, user)
	})
}

// leaving is the purpose of a code given for leaving. One to sign in serves as well:
// clients of the first release ask for no other.
func (s *Service) leaving(ctx context.Context, otpID string) (otp.Purpose, error) {
	if err := s.Guard.Recall(s.Guard.ForVerify(client(ctx))); err != nil {
		return "", err
	}
	held, err := s.Challenges.Find(ctx, otpID)
	if err == nil && held.Purpose == otp.PurposeDelete {
		return otp.PurposeDelete, nil
	}
	return otp.PurposeLogin, err
}

// erase erases the account, which ends its sessions, and then what Redis holds of it.
// A Redis that cannot be told keeps nobody from leaving.
func (s *Service) erase(ctx context.Context, user *model.User) error {
	err := s.report(ctx, outcome{done: event.Event{Kind: event.AccountDeleted, UserID: user.Id}},
		s.keepAdmin(ctx, user, func(a *account.Accounts) error { return a.Delete(ctx, user.Id) }))
	if err != nil {
		return err
	}
	if err := s.forget(ctx, user); err != nil {
		logx.WithContext(ctx).Errorf("signin: an erased user's traces wait to be removed: %v", err)
	}
	return nil
}
