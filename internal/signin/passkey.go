package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/go-webauthn/webauthn/protocol"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/passkey"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// passkeyName prefixes the key under which the guard counts attempts with a credential, whether or
// not it exists.
const passkeyName = "passkey "

// PasskeyRequest returns the WebAuthn options to sign in. They are the same for everybody. With an
// mfaToken they are for the passkeys of its user, to complete a first proof. It fails with
// apperr.NotFound if passkeys are disabled, and for the token like BySecondFactor.
func (s *Service) PasskeyRequest(ctx context.Context, mfaToken string) (options *protocol.PublicKeyCredentialRequestOptions, err error) {
	switch {
	case s.Passkeys == nil:
		return nil, apperr.New(apperr.NotFound)
	case mfaToken == "":
		return s.Passkeys.Request()
	}
	err = s.withMfaToken(ctx, mfaToken, func(first firstProof) error {
		if _, err := s.userOf(ctx, first); err != nil {
			return err
		}
		options, err = s.Passkeys.RequestSecond(ctx, first.UserID, first.Digest)
		return err
	})
	return options, err
}

// provePasskey checks a passkey as second factor and returns its authentication methods.
func (s *Service) provePasskey(ctx context.Context, user *model.User, first firstProof, credential json.RawMessage) ([]string, error) {
	if s.Passkeys == nil {
		return nil, apperr.New(apperr.NotFound)
	}
	methods, err := s.Passkeys.Prove(ctx, user.Id, first.Digest, credential)
	err = s.reportClone(ctx, user, err)
	if apperr.Is(err, apperr.BadCredentials) {
		err = apperr.New(apperr.OtpInvalid).WithField(fieldPasskey).Wrap(errors.Join(errWrongFactor, err))
	}
	if err == nil { // success clears the consecutive failures
		err = s.Factors.Proven(ctx, user.Id)
	}
	return methods, err
}

// ByPasskey signs in the owner of a passkey. An unknown credential, a removed one, a wrong
// signature, a cloned authenticator and a banned account all fail with apperr.BadCredentials after
// the same work.
func (s *Service) ByPasskey(ctx context.Context, credential json.RawMessage, d session.Device) (Pair, error) {
	if s.Passkeys == nil {
		return Pair{}, apperr.New(apperr.NotFound)
	}
	answer := s.Passkeys.Read(credential)
	name := passkeyName + answer.Hash
	charge, err := s.Guard.Try(ctx, s.Guard.ForPassword(name, client(ctx)), name)
	if err != nil {
		return Pair{}, s.report(ctx, outcome{limited: event.WhenSigningIn}, err)
	}
	pair, err := s.byPasskey(ctx, answer, d)
	switch {
	case serverFault(err):
		charge.Void(ctx)
	case err == nil:
		charge.Refund(ctx)
	}
	return pair, err
}

func (s *Service) byPasskey(ctx context.Context, answer passkey.Answer, d session.Device) (Pair, error) {
	signed, err := s.Passkeys.Verify(ctx, answer)
	if serverFault(err) {
		return Pair{}, err
	}
	// The user is looked up whether or not the signature holds, so that both cases cost the same.
	user, lookup := s.Accounts.Current(ctx, signed.UserID)
	switch {
	case serverFault(lookup):
		return Pair{}, lookup
	case err == nil && lookup != nil:
		err = apperr.New(apperr.BadCredentials).Wrap(lookup)
	case err == nil && s.Accounts.Banned(user):
		err = apperr.New(apperr.BadCredentials).Wrap(errBanned)
	}
	if err != nil {
		return Pair{}, s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, UserID: signed.UserID, Reason: passkeyRefusal(err)}, by: []apperr.Code{apperr.BadCredentials},
		}, err)
	}
	pair, err := s.Admit(ctx, Proof{
		By: event.ByPasskey, UserID: user.Id, RefusalCode: apperr.BadCredentials, Sufficient: true,
		Opener: session.Opener{Digest: signed.Digest(), Methods: signed.Methods},
		Recheck: func(ctx context.Context, user *model.User) error {
			return s.reportClone(ctx, user, s.Passkeys.Count(ctx, signed))
		},
	}, d)
	switch {
	case err == nil:
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, signed.Challenge) })
		s.resetCodeFailures(ctx, user)
	case serverFault(err):
		s.Sessions.Undelivered(ctx, signed.Challenge) // the session may exist
	}
	return pair, err
}

// reportClone notifies the owner of a clone that was just detected, and returns err, the result of
// the signature check.
func (s *Service) reportClone(ctx context.Context, user *model.User, err error) error {
	if cloned, ok := errors.AsType[*passkey.ClonedError](err); ok && cloned.Fresh {
		s.Events.Keep(ctx, event.Event{Kind: event.PasskeyCloned, UserID: user.Id, Reason: event.Cloned, Proven: proven(user)})
	}
	return err
}

// passkeyRefusal returns why a passkey was refused, or "" if the passkey was not the reason.
func passkeyRefusal(err error) event.Reason {
	switch {
	case errors.Is(err, passkey.ErrCloned):
		return event.Cloned
	case errors.Is(err, passkey.ErrUnknown):
		return event.UnknownAccount
	case errors.Is(err, errBanned):
		return event.BannedAccount
	case errors.Is(err, passkey.ErrInvalid), errors.Is(err, session.ErrUsed):
		return event.WrongPasskey
	}
	return ""
}

// accountName returns the name of the account that an authenticator shows to its user.
func accountName(user *model.User) string {
	return cmp.Or(user.Username.String, user.Email.String, user.Phone.String, user.DisplayName, guard.UserName(user.Id))
}
