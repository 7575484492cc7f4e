package signin

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/passkey"
	"user-api/internal/reqctx"
	"user-api/model"
)

// PasskeyCreation returns the WebAuthn options to create a passkey for the user, who needs a recent
// sign-in. It fails with apperr.Reauthenticate, with Forbidden if the user has the maximum number
// of passkeys, and with NotFound if passkeys are disabled.
func (s *Service) PasskeyCreation(ctx context.Context, p reqctx.Principal) (options *protocol.PublicKeyCredentialCreationOptions, err error) {
	err = s.managePasskeys(ctx, p, func() error {
		if err := s.requireToAdd(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		options, err = s.Passkeys.Creation(ctx, passkey.Owner{ID: user.Id, Epoch: user.Epoch, Name: accountName(user)})
		return err
	})
	return options, err
}

// AddPasskey adds a passkey that an authenticator has created after PasskeyCreation. The name may
// be empty. It fails like passkey.Passkeys.Register, and with apperr.InvalidRequest for the name.
func (s *Service) AddPasskey(ctx context.Context, p reqctx.Principal, credential json.RawMessage, name string) (info passkey.Info, err error) {
	name, err = keyName(name)
	if err != nil {
		return info, err
	}
	err = s.managePasskeys(ctx, p, func() error {
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		info, err = s.Passkeys.Register(ctx, user.Id, credential, name)
		if err == nil {
			s.upgradedBy(ctx, user, event.ByPasskey)
		}
		return s.report(ctx, outcome{done: event.Event{Kind: event.PasskeyAdded, UserID: user.Id, Proven: proven(user)}}, err)
	})
	return info, err
}

// ListPasskeys returns the user's passkeys, oldest first.
func (s *Service) ListPasskeys(ctx context.Context, p reqctx.Principal) ([]passkey.Info, error) {
	if s.Passkeys == nil {
		return nil, apperr.New(apperr.NotFound)
	}
	return s.Passkeys.List(ctx, p.UserID)
}

// RenamePasskey renames a passkey of the user. It fails with apperr.NotFound for any other.
func (s *Service) RenamePasskey(ctx context.Context, p reqctx.Principal, id, name string) (info passkey.Info, err error) {
	name, err = keyName(name)
	if err != nil {
		return info, err
	}
	err = s.managePasskeys(ctx, p, func() error {
		info, err = s.Passkeys.Rename(ctx, p.UserID, id, name)
		return s.report(ctx, outcome{done: event.Event{Kind: event.PasskeyRenamed, UserID: p.UserID}}, err)
	})
	return info, err
}

// RemovePasskey removes a passkey of the user, who needs a recent sign-in. It fails with
// apperr.NotFound for any other passkey, with Reauthenticate, and with LastSignIn if no other
// sign-in method would remain.
func (s *Service) RemovePasskey(ctx context.Context, p reqctx.Principal, id string) error {
	if s.Passkeys == nil {
		return apperr.New(apperr.NotFound)
	}
	return s.chargedFreshAct(ctx, p, func(user *model.User) error {
		removed, err := s.removeMethod(ctx, user.Id, model.Way{Kind: model.WayPasskey, ID: id}, p.SessionID)
		if err == nil && !removed {
			err = apperr.New(apperr.NotFound)
		}
		return s.report(ctx, outcome{done: event.Event{Kind: event.PasskeyRemoved, UserID: user.Id, Proven: proven(user)}}, err)
	})
}

// managePasskeys is chargedAct if passkeys are enabled.
func (s *Service) managePasskeys(ctx context.Context, p reqctx.Principal, do func() error) error {
	if s.Passkeys == nil {
		return apperr.New(apperr.NotFound)
	}
	return s.chargedAct(ctx, p, do)
}

// keyName validates the name of a passkey by the rules of a display name.
func keyName(text string) (string, error) {
	name, err := address.ParseDisplayName(text)
	if err != nil {
		return "", apperr.New(apperr.InvalidRequest).WithField("name").WithDetail("name has at most 64 characters, one of which can be seen.")
	}
	return name, nil
}
