package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Remove takes the address of a kind from the user, whose sign-in must be recent,
// and ends the other sessions. Fails with apperr.LastSignIn where nothing else would
// let the user in.
func (s *Service) Remove(ctx context.Context, p reqctx.Principal, kind address.Kind) (*model.User, error) {
	if err := s.requireFresh(ctx, p); err != nil {
		return nil, err
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	address := addressOf(user, kind)
	if address.IsZero() {
		return user, nil
	}
	removed, err := s.removeWay(ctx, user.Id, addressWay(kind), p.SessionID)
	o := outcome{
		refused: event.Event{Kind: event.AddressRemoveFailed, UserID: user.Id, Address: address, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}
	if removed { // and not by another request meanwhile, which has told of it
		o.done = event.Event{Kind: event.AddressRemoved, UserID: user.Id, Address: address, Proven: proven(user)}
	}
	if err := s.report(ctx, o, err); err != nil {
		return nil, err
	}
	return s.Accounts.Current(ctx, user.Id)
}
