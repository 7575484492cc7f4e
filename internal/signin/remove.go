package signin

import (
	"context"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Remove removes an address of the user, who needs a recent sign-in, and ends the other sessions.
// It fails with apperr.LastSignIn if no other sign-in method would remain.
func (s *Service) Remove(ctx context.Context, p reqctx.Principal, kind address.Kind) (*model.User, error) {
	if err := s.RequireFresh(ctx, p); err != nil {
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
	removed, err := s.removeMethod(ctx, user.Id, addressMethod(kind), p.SessionID)
	o := outcome{
		refused: event.Event{Kind: event.AddressRemoveFailed, UserID: user.Id, Address: address, Reason: event.LastMethod},
		by:      []apperr.Code{apperr.LastSignIn},
	}
	if removed { // not by a concurrent request, which has reported it
		o.done = event.Event{Kind: event.AddressRemoved, UserID: user.Id, Address: address, Proven: proven(user)}
	}
	if err := s.report(ctx, o, err); err != nil {
		return nil, err
	}
	return s.Accounts.Current(ctx, user.Id)
}
