package signin

import (
	"context"
	"encoding/json"

	"github.com/go-webauthn/webauthn/protocol"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/passkey"
	"user-api/internal/reqctx"
	"user-api/model"
)

// PasskeyCreation is what a browser is to ask its authenticator for, so that the user, who
// has just signed in, gets a passkey. Fails with apperr.Reauthenticate, with Forbidden for
// who has as many as there may be, and with NotFound where there are none at all.
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

// AddPasskey makes the passkey the user's that an authenticator has made after
// PasskeyCreation, under a name, which may be empty. Fails as passkey.Passkeys.Register
// does, and with apperr.InvalidRequest for the name.
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

// ListPasskeys describes the user's passkeys, oldest first.
func (s *Service) ListPasskeys(ctx context.Context, p reqctx.Principal) ([]passkey.Info, error) {
	if s.Passkeys == nil {
		return nil, apperr.New(apperr.NotFound)
	}
	return s.Passkeys.List(ctx, p.UserID)
}

// RenamePasskey gives a passkey of the user another name. Fails with apperr.NotFound for
// any other.
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

// RemovePasskey takes a passkey from the user, who has just signed in. Fails with
// apperr.NotFound for any other passkey, with Reauthenticate, and with LastSignIn where
// nothing else would let the user in.
func (s *Service) RemovePasskey(ctx context.Context, p reqctx.Principal, id string) error {
	return s.managePasskeys(ctx, p, func() error {
		if err := s.requireFresh(ctx, p); err != nil {
			return err
		}
		user, err := s.Accounts.Current(ctx, p.UserID)
		if err != nil {
			return err
		}
		removed, err := s.removeWay(ctx, user.Id, model.Way{Kind: model.WayPasskey, ID: id}, p.SessionID)
		if err == nil && !removed {
			err = apperr.New(apperr.NotFound)
		}
		return s.report(ctx, outcome{done: event.Event{Kind: event.PasskeyRemoved, UserID: user.Id, Proven: proven(user)}}, err)
	})
}

// managePasskeys does what is charged to the session of the user.
func (s *Service) managePasskeys(ctx context.Context, p reqctx.Principal, do func() error) error {
	if s.Passkeys == nil {
		return apperr.New(apperr.NotFound)
	}
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, do)
}

// keyName reads the name of a passkey, by the rules of a display name.
func keyName(text string) (string, error) {
	name, err := address.ParseDisplayName(text)
	if err != nil {
		return "", apperr.New(apperr.InvalidRequest).WithField("name").WithDetail("name has at most 64 characters, one of which can be seen.")
	}
	return name, nil
}
