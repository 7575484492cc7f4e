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

type (
	// pledge is what was used for a deed, to be used up with it or given back.
	pledge struct {
		codes  []string
		charge guard.Charge
	}

	// pledgeKey is where a context keeps it.
	pledgeKey struct{}
)

// spend verifies a code and does what the code is for. A right code is given back
// if that fails and may succeed later: a store was down, or the new password was
// too weak. do may spend a second code; both are used up together, or neither.
func (s *Service) spend(ctx context.Context, a otp.Answer, do func(context.Context, otp.Verified) error) error {
	a.Client = client(ctx)
	first, second := ctx.Value(pledgeKey{}).(*pledge)
	if second && slices.Contains(first.codes, a.ID) {
		return s.codeRefused(ctx, a, otp.Verified{}, apperr.New(apperr.OtpInvalid)) // one code is one proof
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
	used := &pledge{codes: []string{a.ID}}
	err = do(context.WithValue(ctx, pledgeKey{}, used), verified)
	if ours(err) {
		used.charge.Void(ctx)
	}
	return s.settle(ctx, used.codes, err)
}

// settle ends codes that have done their work, or gives them back; err is how that
// went, and what settle returns. A code whose end is not confirmed comes back by
// itself; that it cannot do the same once more, the database sees to.
func (s *Service) settle(ctx context.Context, codes []string, err error) error {
	done := err == nil || firstOfTwo(err) || slices.ContainsFunc(final, func(code apperr.Code) bool { return apperr.Is(err, code) })
	if ctx.Err() != nil && (err == nil || firstOfTwo(err)) {
		// The answer reaches nobody. A session that it opened ends with the next one.
		done, err = false, apperr.Down(ctx.Err())
	}
	for _, id := range codes {
		if done {
			if fault := s.Challenges.Done(ctx, id); fault != nil {
				logx.WithContext(ctx).Errorf("signin: a used code is not ended: %v", fault)
			}
		} else if back := s.Challenges.GiveBack(ctx, id); back != nil {
			logx.WithContext(ctx).Errorf("signin: a right code is out of use for a while: %v", back)
			if ours(err) {
				err = apperr.Down(errors.Join(err, back)).WithRetryAfter(apperr.From(back).RetryAfter)
			}
		}
	}
	return err
}

// firstOfTwo reports whether an answer gives a token in the place of the proof that was
// right: what then goes on is the token.
func firstOfTwo(err error) bool {
	var told *apperr.Error
	return errors.As(err, &told) && told.MfaToken != ""
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
