package signin

import (
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

// passkeyName is what the guard counts tries of a credential by, whether anybody has it or
// not.
const passkeyName = "passkey "

// PasskeyRequest is what a browser is to ask its authenticator for, so that somebody signs
// in: the same for everybody. With the mfaToken of a first proof it is for the passkeys of
// its user, to complete that. Fails with apperr.NotFound where there are no passkeys, and
// for the token as BySecondFactor does.
func (s *Service) PasskeyRequest(ctx context.Context, mfaToken string) (options *protocol.PublicKeyCredentialRequestOptions, err error) {
	switch {
	case s.Passkeys == nil:
		return nil, apperr.New(apperr.NotFound)
	case mfaToken == "":
		return s.Passkeys.Request()
	}
	err = s.withToken(ctx, mfaToken, func(first firstProof) error {
		if _, err := s.userOf(ctx, first); err != nil {
			return err
		}
		options, err = s.Passkeys.RequestSecond(ctx, first.UserID, first.Digest)
		return err
	})
	return options, err
}

// provePasskey checks a passkey beside a first proof, and returns how it proves.
func (s *Service) provePasskey(ctx context.Context, user *model.User, first firstProof, credential json.RawMessage) ([]string, error) {
	if s.Passkeys == nil {
		return nil, apperr.New(apperr.NotFound)
	}
	methods, err := s.Passkeys.Prove(ctx, user.Id, first.Digest, credential)
	err = s.countPasskey(ctx, user, err)
	if apperr.Is(err, apperr.BadCredentials) {
		err = apperr.New(apperr.OtpInvalid).WithField(fieldPasskey).Wrap(errors.Join(errWrongFactor, err))
	}
	if err == nil { // it ends the wrong codes in a row
		err = s.Factors.Proven(ctx, user.Id)
	}
	return methods, err
}

// ByPasskey signs in whoever a passkey belongs to. A credential that nobody has, one that
// was removed, a signature that does not hold, a copied authenticator and a banned account
// are all apperr.BadCredentials, after the same work.
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
	case ours(err):
		charge.Void(ctx)
	case err == nil:
		charge.Refund(ctx)
	}
	return pair, err
}

func (s *Service) byPasskey(ctx context.Context, answer passkey.Answer, d session.Device) (Pair, error) {
	signed, err := s.Passkeys.Verify(ctx, answer)
	if ours(err) {
		return Pair{}, err
	}
	// Looked for whatever the signature is worth, and judged as in Admit, which costs more.
	user, lookup := s.Accounts.Current(ctx, signed.UserID)
	switch {
	case ours(lookup):
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
		By: event.ByPasskey, UserID: user.Id, Refused: apperr.BadCredentials, Alone: true,
		Opener: session.Opener{Digest: signed.Digest(), Methods: signed.Methods},
		Still: func(ctx context.Context, user *model.User) error {
			return s.countPasskey(ctx, user, s.Passkeys.Count(ctx, signed))
		},
	}, d)
	switch {
	case err == nil:
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, signed.Challenge) })
		s.endFailures(ctx, user)
	case ours(err):
		s.Sessions.Undelivered(ctx, signed.Challenge) // the session may be there
	}
	return pair, err
}

// countPasskey tells the owner of a copy that was noticed just now; err is how a signature
// was counted, which is returned.
func (s *Service) countPasskey(ctx context.Context, user *model.User, err error) error {
	if cloned, ok := errors.AsType[*passkey.ClonedError](err); ok && cloned.Fresh {
		s.Events.Keep(ctx, event.Event{Kind: event.PasskeyCloned, UserID: user.Id, Reason: event.Cloned, Proven: proven(user)})
	}
	return err
}

// passkeyRefusal is why a passkey did not admit; "" where it was not the passkey.
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

// accountName is how an authenticator shows to its user which account a passkey is of.
func accountName(user *model.User) string {
	for _, name := range []string{user.Username.String, user.Email.String, user.Phone.String, user.DisplayName} {
		if name != "" {
			return name
		}
	}
	return guard.UserName(user.Id)
}
