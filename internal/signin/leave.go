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

// Confirmation proves that a request comes from the user: by the password, or by a code sent to an
// address of the user. It is empty for an anonymous user, who has neither.
type Confirmation struct {
	Password    string
	OtpID, Code string
}

// Delete erases the account: its row, credentials and sessions, and then its challenges. It
// requires a confirmation, and of a user with a second factor a recent sign-in with it.
func (s *Service) Delete(ctx context.Context, p reqctx.Principal, c Confirmation) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := s.report(ctx, outcome{
		refused: event.Event{Kind: event.AccountDeleteFailed, UserID: user.Id, Reason: event.NotRecent}, by: []apperr.Code{apperr.Reauthenticate},
	}, s.requireFreshFactor(ctx, p)); err != nil {
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
		if err = s.erase(ctx, user); serverFault(err) {
			proof.charge.Void(ctx)
		}
		return err
	}
	purpose, err := s.deletionPurpose(ctx, c.OtpID)
	if err != nil {
		return err
	}
	return s.withCode(ctx, otp.Answer{ID: c.OtpID, Code: c.Code, Purpose: purpose}, func(ctx context.Context, v otp.Verified) error {
		if recheckCode(v)(ctx, user) != nil {
			s.Events.Keep(ctx, event.Event{Kind: event.AccountDeleteFailed, UserID: user.Id, Address: v.Address, Reason: event.WrongCode})
			return apperr.New(apperr.OtpInvalid)
		}
		return s.erase(ctx, user)
	})
}

// deletionPurpose returns the purpose of the code that confirms a deletion. A sign-in code is
// accepted as well, because clients of the first release request no other.
func (s *Service) deletionPurpose(ctx context.Context, otpID string) (otp.Purpose, error) {
	if err := s.Guard.Recall(s.Guard.ForVerify(client(ctx))); err != nil {
		return "", err
	}
	challenge, err := s.Challenges.Find(ctx, otpID)
	if err == nil && challenge.Purpose == otp.PurposeDelete {
		return otp.PurposeDelete, nil
	}
	return otp.PurposeLogin, err
}

// erase erases the account and its sessions, and then its data in Redis. An unavailable Redis does
// not prevent the deletion.
func (s *Service) erase(ctx context.Context, user *model.User) error {
	err := s.report(ctx, outcome{done: event.Event{Kind: event.AccountDeleted, UserID: user.Id}},
		s.keepAdmin(ctx, user, func(a *account.Accounts) error { return a.Delete(ctx, user.Id) }))
	if err != nil {
		return err
	}
	if err := s.forget(ctx, user); err != nil {
		logx.WithContext(ctx).Errorf("signin: Redis data of an erased user is not removed yet: %v", err)
	}
	return nil
}
