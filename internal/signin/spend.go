package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
)

var (
	// failureKinds maps the purpose of a refused code to its event.
	failureKinds = map[otp.Purpose]event.Kind{
		otp.PurposeLogin:     event.SignInFailed,
		otp.PurposeReset:     event.PasswordResetFailed,
		otp.PurposeDelete:    event.AccountDeleteFailed,
		otp.PurposeBindEmail: event.AddressBindFailed,
		otp.PurposeBindPhone: event.AddressBindFailed,
	}

	// finalCodes are the errors after which a correct code stays used, because a retry would get
	// the same answer.
	finalCodes = []apperr.Code{apperr.OtpInvalid, apperr.PhoneTaken, apperr.EmailTaken, apperr.SessionEnded}
)

type (
	// usedProofs holds the codes and the charge used by an action. They are consumed if it succeeds
	// and returned if it may succeed later.
	usedProofs struct {
		codes  []string
		charge guard.Charge
	}

	// usedProofsKey is the context key of a *usedProofs.
	usedProofsKey struct{}
)

// withCode verifies a code and runs do. If do fails but may succeed later, because a store was down
// or the new password was too weak, the code becomes valid again. do may itself use a second code:
// both are consumed, or neither.
func (s *Service) withCode(ctx context.Context, a otp.Answer, do func(context.Context, otp.Verified) error) error {
	a.Client = client(ctx)
	first, second := ctx.Value(usedProofsKey{}).(*usedProofs)
	if second && slices.Contains(first.codes, a.ID) {
		return s.codeRefused(ctx, a, otp.Verified{}, apperr.New(apperr.OtpInvalid)) // one code cannot serve as both proofs
	}
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
	if second {
		first.codes = append(first.codes, a.ID)
		return do(ctx, verified)
	}
	used := &usedProofs{codes: []string{a.ID}}
	err = do(context.WithValue(ctx, usedProofsKey{}, used), verified)
	if serverFault(err) {
		used.charge.Void(ctx)
	}
	return s.settle(ctx, used.codes, err)
}

// settle consumes the codes or makes them valid again, depending on err, the result of the action,
// and returns the error to answer. A code whose consumption is not confirmed becomes valid again on
// its own; the database prevents it from having the same effect twice.
func (s *Service) settle(ctx context.Context, codes []string, err error) error {
	done := err == nil || carriesMfaToken(err) || slices.ContainsFunc(finalCodes, func(code apperr.Code) bool { return apperr.Is(err, code) })
	if ctx.Err() != nil && (err == nil || carriesMfaToken(err)) {
		// The client is gone and never sees the answer. A session that was opened ends when the
		// next one replaces it.
		done, err = false, apperr.Down(ctx.Err())
	}
	for _, id := range codes {
		if done {
			if err := s.Challenges.Done(ctx, id); err != nil {
				logx.WithContext(ctx).Errorf("signin: a used code was not consumed: %v", err)
			}
		} else if back := s.Challenges.GiveBack(ctx, id); back != nil {
			logx.WithContext(ctx).Errorf("signin: a correct code was not released: %v", back)
			if serverFault(err) {
				err = apperr.Down(errors.Join(err, back)).WithRetryAfter(apperr.From(back).RetryAfter)
			}
		}
	}
	return err
}

// carriesMfaToken reports whether err carries an mfaToken. The token replaces the code that was
// correct.
func carriesMfaToken(err error) bool {
	return err != nil && apperr.From(err).MfaToken != ""
}

// codeRefused records a refused attempt, and the action that failed with it.
func (s *Service) codeRefused(ctx context.Context, a otp.Answer, v otp.Verified, err error) error {
	e := codeEvent(ctx, a, v)
	e.Kind = event.CodeRefused
	if apperr.Is(err, apperr.OtpInvalid) {
		failed := event.Event{Kind: failureKinds[a.Purpose], UserID: e.UserID, Address: v.Address, Reason: event.WrongCode}
		if _, signedIn := reqctx.PrincipalFrom(ctx); signedIn && a.Purpose == otp.PurposeLogin {
			failed.Kind = event.AccountDeleteFailed // a sign-in code also confirms a deletion
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
