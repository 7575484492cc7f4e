package signin

import (
	"context"
	"encoding/json"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// The fields of an MfaLogin in a request.
const (
	fieldMfaToken = "mfaToken"
	fieldTotp     = "totp"
	fieldRecovery = "recoveryCode"
	fieldPasskey  = "passkey"
)

// MfaLogin completes a sign-in with one second factor: Totp, RecoveryCode or Passkey.
type MfaLogin struct {
	// Token is the mfaToken from the answer to the first proof.
	Token              string
	Totp, RecoveryCode string
	// Passkey is a WebAuthn credential.
	Passkey json.RawMessage
}

// BySecondFactor completes a sign-in whose first proof failed with apperr.MfaRequired. A token
// opens one session, no matter how often and on how many nodes it is used. It fails with
// apperr.OtpInvalid, whose field names what was wrong, with RateLimited or Unavailable. After the
// latter the same token still works.
func (s *Service) BySecondFactor(ctx context.Context, l MfaLogin, d session.Device) (pair Pair, err error) {
	err = s.withMfaToken(ctx, l.Token, func(first firstProof) error {
		pair, err = s.complete(ctx, first, l, d)
		return err
	})
	return pair, err
}

// withMfaToken runs do with the first proof of an mfaToken. Failures are charged to the client.
func (s *Service) withMfaToken(ctx context.Context, text string, do func(firstProof) error) error {
	first, ok := s.readMfaToken(text)
	name := "unknown second factor"
	if ok {
		name = "second factor of " + guard.UserName(first.UserID)
	}
	charge, err := s.Guard.Try(ctx, s.Guard.ForSecond(client(ctx)), name)
	if err != nil {
		return s.report(ctx, outcome{done: event.Event{UserID: first.UserID}, limited: event.WhenProving}, err)
	}
	if !ok {
		return s.wrongToken(ctx, first)
	}
	err = do(first)
	if err == nil || serverFault(err) { // only failures count
		charge.Void(ctx)
	}
	return err
}

// userOf returns the user of a first proof that still holds. It fails like wrongToken.
func (s *Service) userOf(ctx context.Context, first firstProof) (*model.User, error) {
	user, err := s.Accounts.Current(ctx, first.UserID)
	if apperr.Is(err, apperr.SessionEnded) || err == nil && (user.Epoch != first.Epoch || s.Accounts.Banned(user)) {
		return nil, s.wrongToken(ctx, first)
	}
	return user, err
}

// wrongToken refuses an mfaToken.
func (s *Service) wrongToken(ctx context.Context, first firstProof) error {
	s.Events.Keep(ctx, event.Event{Kind: event.SecondFactorFailed, UserID: first.UserID, Address: first.address(), Reason: event.WrongToken})
	return apperr.New(apperr.OtpInvalid).WithField(fieldMfaToken)
}

func (s *Service) complete(ctx context.Context, first firstProof, l MfaLogin, d session.Device) (Pair, error) {
	proof := first.proof(l.by())
	proof.SecondProof = func(ctx context.Context, g session.Grant) ([]string, error) {
		if strong(g.Methods) {
			return nil, nil // a retry after the answer was lost
		}
		return s.proveFactor(ctx, g, first, l)
	}
	pair, err := s.Admit(ctx, proof, d)
	switch {
	case err == nil:
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.UndeliveredDigest(ctx, first.Digest) })
	case serverFault(err):
		s.Sessions.UndeliveredDigest(ctx, first.Digest) // the session may exist
	case apperr.Is(err, apperr.OtpInvalid) && apperr.From(err).Field == "":
		err = apperr.From(err).WithField(fieldMfaToken)
	}
	return pair, err
}

// by returns the second factor as recorded in events.
func (l MfaLogin) by() event.Reason {
	switch {
	case len(l.Passkey) > 0:
		return event.ByPasskey
	case l.RecoveryCode != "":
		return event.ByRecoveryCode
	}
	return event.ByTotp
}

// proof returns the first proof, completed by a second factor. It no longer holds once the user's
// epoch has changed.
func (f firstProof) proof(by event.Reason) Proof {
	return Proof{
		By: by, IsNew: f.IsNew, UserID: f.UserID, Address: f.address(), Locale: f.Locale, RefusalCode: apperr.OtpInvalid, Sufficient: true,
		FailureKind: event.SecondFactorFailed, Opener: session.Opener{Digest: f.Digest, Methods: f.Methods},
		Recheck: func(_ context.Context, user *model.User) error {
			if user.Epoch != f.Epoch {
				return apperr.New(apperr.OtpInvalid).Wrap(errInvalidated)
			}
			return nil
		},
	}
}

// proveFactor checks the second factor and returns its authentication methods.
func (s *Service) proveFactor(ctx context.Context, g session.Grant, first firstProof, l MfaLogin) ([]string, error) {
	switch {
	case first.Enroll && l.by() == event.ByTotp:
		return []string{amrCode}, wrongFactor(s.confirmToSignIn(ctx, g, l.Totp), fieldTotp)
	case first.Enroll:
		return nil, apperr.New(apperr.OtpInvalid).WithField(fieldMfaToken) // the user has no factor
	case l.by() == event.ByRecoveryCode:
		return []string{amrCode}, wrongFactor(s.useRecovery(ctx, g, l.RecoveryCode), fieldRecovery)
	case l.by() == event.ByPasskey:
		return s.provePasskey(ctx, g.User, first, l.Passkey)
	}
	return []string{amrCode}, wrongFactor(s.Factors.CheckTotp(ctx, g.UserID, l.Totp), fieldTotp)
}

func (s *Service) useRecovery(ctx context.Context, g session.Grant, code string) error {
	if err := s.Factors.UseRecovery(ctx, g.UserID, code); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.RecoveryCodeUsed, UserID: g.UserID, Proven: proven(g.User)})
	return nil
}

// wrongFactor adds the field of a wrong factor to the error.
func wrongFactor(err error, field string) error {
	if !apperr.Is(err, apperr.OtpInvalid) {
		return err
	}
	return apperr.New(apperr.OtpInvalid).WithField(field).Wrap(errors.Join(errWrongFactor, err))
}
