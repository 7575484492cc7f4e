package signin

import (
	"context"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/identity"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Remove takes the address of a kind from the user, whose sign-in must be recent,
// and ends the other sessions. Fails with apperr.LastSignIn where nothing else would
// let the user in.
func (s *Service) Remove(ctx context.Context, p reqctx.Principal, kind identity.Kind) (*model.User, error) {
	if err := s.Sessions.RequireRecent(ctx, p.SessionID); err != nil {
		return nil, err
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	removed := addressOf(user, kind)
	if removed.IsZero() {
		return user, nil
	}
	rest, err := s.waysBeside(ctx, user, kind)
	if err != nil {
		return nil, err
	}
	after, err := s.Accounts.Remove(ctx, user.Id, kind, p.SessionID, rest...)
	err = s.report(ctx, outcome{
		done:    event.Event{Kind: event.AddressRemoved, UserID: user.Id, Address: removed, Proven: proven(user)},
		refused: event.Event{Kind: event.AddressRemoveFailed, UserID: user.Id, Address: removed, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}, err)
	return after, err
}

// waysBeside are the names by which the user could sign in without the address of
// a kind: by a code to the other address, or with a password by any name.
func (s *Service) waysBeside(ctx context.Context, user *model.User, kind identity.Kind) ([]model.UserColumn, error) {
	hash, err := s.Accounts.Password(ctx, user.Id)
	if err != nil {
		return nil, err
	}
	other := map[identity.Kind]model.UserColumn{identity.KindPhone: model.UserEmail, identity.KindEmail: model.UserPhone}[kind]
	switch {
	case hash != "":
		return []model.UserColumn{model.UserUsername, other}, nil
	case other == model.UserPhone || s.ByEmail:
		return []model.UserColumn{other}, nil
	}
	return nil, nil
}
