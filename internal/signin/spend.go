package signin

import (
	"context"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
)

var (
	// failures are the kinds of events for what a refused code was for.
	failures = map[otp.Purpose]event.Kind{
		otp.PurposeLogin:     event.SignInFailed,
		otp.PurposeReset:     event.PasswordResetFailed,
		otp.PurposeDelete:    event.AccountDeleteFailed,
		otp.PurposeBindEmail: event.AddressBindFailed,
		otp.PurposeBindPhone: event.AddressBindFailed,
	}

	// final are the answers after which a right code stays used: trying again
	// would give the same answer.
	final = []apperr.Code{apperr.OtpInvalid, apperr.PhoneTaken, apperr.EmailTaken, apperr.SessionEnded}
)

// spend verifies a code and does what the code is for. A right code is given back
// if that fails and may succeed later: a store was down, or the new password was
// too weak.
func (s *Service) spend(ctx context.Context, a otp.Answer, do func(otp.Verified) error) error {
	a.Client = client(ctx)
	verified, err := s.Challenges.Verify(ctx, a)
	if err != nil {
		return s.codeRefused(ctx, a, verified, err)
	}
	e := codeEvent(ctx, a, verified)
	e.Kind = event.CodeVerified
	if e.UserID == event.OfAddress && verified.Holder != 0 {
		e.UserID = verified.Holder // saves the sink a query
	}
	s.Events.Keep(ctx, e)
	err = do(verified)
	if err == nil || slices.ContainsFunc(final, func(code apperr.Code) bool { return apperr.Is(err, code) }) {
		return err
	}
	if back := s.Challenges.GiveBack(ctx, a.ID); back != nil {
		logx.WithContext(ctx).Errorf("signin: a right code is lost: %v", back)
	}
	return err
}

// codeRefused records a try that was refused, and beside it the action that
// failed with it.
func (s *Service) codeRefused(ctx context.Context, a otp.Answer, held otp.Verified, err error) error {
	e := codeEvent(ctx, a, held)
	e.Kind = event.CodeRefused
	if apperr.Is(err, apperr.OtpInvalid) {
		failed := event.Event{Kind: failures[a.Purpose], UserID: e.UserID, Address: held.Address, Reason: event.WrongCode}
		if _, signedIn := reqctx.PrincipalFrom(ctx); signedIn && a.Purpose == otp.PurposeLogin {
			failed.Kind = event.AccountDeleteFailed // the code was the proof for leaving
		}
		s.Events.Keep(ctx, failed)
	}
	return s.report(ctx, outcome{refused: e, by: []apperr.Code{apperr.OtpInvalid}, limited: event.WhenTrying}, err)
}

func codeEvent(ctx context.Context, a otp.Answer, v otp.Verified) event.Event {
	e := event.Event{UserID: event.OfAddress, Address: v.Address, Reason: event.Reason(a.Purpose), OtpID: a.ID, Channel: v.Channel}
	if p, signedIn := reqctx.PrincipalFrom(ctx); signedIn {
		e.UserID = p.UserID
	}
	return e
}
