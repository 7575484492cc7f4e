package signin

import (
	"context"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// The fields of an MfaLogin, as a client spells them.
const (
	fieldMfaToken = "mfaToken"
	fieldTotp     = "totp"
	fieldRecovery = "recoveryCode"
)

// MfaLogin completes a sign-in by one second factor: Totp or RecoveryCode.
type MfaLogin struct {
	// Token is that of the answer to the first proof.
	Token              string
	Totp, RecoveryCode string
}

// BySecondFactor completes a sign-in whose first proof was answered with
// apperr.MfaRequired. One token opens one session, however often and on however many
// nodes it is shown. Fails with apperr.OtpInvalid, whose field is what was wrong, with
// RateLimited or Unavailable; after the latter the same token works again.
func (s *Service) BySecondFactor(ctx context.Context, l MfaLogin, d session.Device) (Pair, error) {
	first, ok := s.readMfaToken(l.Token)
	name := "no user"
	if ok {
		name = "second factor of " + guard.UserName(first.UserID)
	}
	charge, err := s.Guard.Try(ctx, s.Guard.ForSecond(client(ctx)), name)
	if err != nil {
		return Pair{}, s.report(ctx, outcome{done: event.Event{UserID: first.UserID}, limited: event.WhenProving}, err)
	}
	if !ok {
		s.Events.Keep(ctx, event.Event{Kind: event.SecondFactorFailed, Reason: event.WrongToken})
		return Pair{}, apperr.New(apperr.OtpInvalid).WithField(fieldMfaToken)
	}
	pair, err := s.complete(ctx, first, l, d)
	if err == nil || ours(err) { // what is counted is failures
		charge.Void(ctx)
	}
	return pair, err
}

func (s *Service) complete(ctx context.Context, first firstProof, l MfaLogin, d session.Device) (Pair, error) {
	proof := first.proof(l.by())
	proof.Second = func(ctx context.Context, g session.Grant) ([]string, error) {
		if strong(g.Methods) {
			return nil, nil // it is proven, and the answer that said so was lost
		}
		return s.proveFactor(ctx, g, l)
	}
	pair, err := s.admit(ctx, proof, first.IsNew, d)
	switch {
	case err == nil:
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Unopened(ctx, first.Digest) })
	case ours(err):
		s.Sessions.Unopened(ctx, first.Digest) // the session may be there
	case apperr.Is(err, apperr.OtpInvalid) && apperr.From(err).Field == "":
		err = apperr.From(err).WithField(fieldMfaToken)
	}
	return pair, err
}

// by is the second factor, for the records.
func (l MfaLogin) by() event.Reason {
	if l.RecoveryCode != "" {
		return event.ByRecoveryCode
	}
	return event.ByTotp
}

// proof is the first proof as it was, completed by a second factor, beside which nothing
// else is due. It no longer holds once the user's epoch has changed.
func (f firstProof) proof(by event.Reason) Proof {
	return Proof{
		By: by, UserID: f.UserID, Address: f.address(), Locale: f.Locale, Refused: apperr.OtpInvalid, Alone: true,
		Failed: event.SecondFactorFailed, Opener: session.Opener{Digest: f.Digest, Methods: f.Methods},
		Still: func(_ context.Context, user *model.User) error {
			if user.Epoch != f.Epoch {
				return apperr.New(apperr.OtpInvalid).Wrap(errVoid)
			}
			return nil
		},
	}
}

// proveFactor checks the second factor, and returns how it proves.
func (s *Service) proveFactor(ctx context.Context, g session.Grant, l MfaLogin) ([]string, error) {
	if l.RecoveryCode == "" {
		return []string{amrCode}, wrongFactor(s.Factors.CheckTotp(ctx, g.UserID, l.Totp), fieldTotp)
	}
	if err := s.Factors.UseRecovery(ctx, g.UserID, l.RecoveryCode); err != nil {
		return nil, wrongFactor(err, fieldRecovery)
	}
	s.Events.Keep(ctx, event.Event{Kind: event.RecoveryCodeUsed, UserID: g.UserID, Proven: proven(g.User)})
	return []string{amrCode}, nil
}

// wrongFactor names the field of a factor that was wrong.
func wrongFactor(err error, field string) error {
	if !apperr.Is(err, apperr.OtpInvalid) {
		return err
	}
	return apperr.New(apperr.OtpInvalid).WithField(field).Wrap(errors.Join(errWrongFactor, err))
}
