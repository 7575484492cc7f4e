package signin

import (
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/model"
)

// OwnEvent is something that happened to a user's account, as the user is told of it.
type OwnEvent struct {
	ID           string
	At           time.Time
	Kind, Reason string
	// By is who did it, see audit.Actor.
	By string
	// To is the user's address that it is about, masked, and empty for one that is not the
	// user's now.
	To string
	// SessionID is the session it is about or was done in. Current says that it is the one
	// that asks, UserAgent is of one that lives.
	SessionID, UserAgent string
	Current              bool
	// Network is the client's, empty for a client of somebody else who acted.
	Network string
}

// OwnEvents returns a page of what happened to the user's account, newest first: of the
// kinds that a user is told of, those that come after the event before. It is no event.
func (s *Service) OwnEvents(ctx context.Context, p reqctx.Principal, before string, limit int) ([]OwnEvent, error) {
	rows, err := s.Trail.List(ctx, audit.Filter{UserID: p.UserID, Types: event.OwnerKinds(), Before: before, Limit: limit})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	sessions, err := s.Sessions.List(ctx, p.UserID)
	if err != nil {
		return nil, err
	}
	agents, masked := map[string]string{}, s.maskedByName(user)
	for _, one := range sessions {
		agents[one.ID] = one.UserAgent
	}
	events := make([]OwnEvent, 0, len(rows))
	for _, row := range rows {
		by, hidden := audit.Actor(row)
		e := OwnEvent{
			ID: row.Id, At: time.UnixMilli(row.At), Kind: row.Type, Reason: row.Reason, By: by, To: masked[row.Address],
			SessionID: row.SessionId, UserAgent: agents[row.SessionId], Current: row.SessionId == p.SessionID,
		}
		if !hidden {
			e.Network = row.Ip
		}
		events = append(events, e)
	}
	return events, nil
}

// maskedByName are the user's addresses, masked, by what stands for them in the trail.
func (s *Service) maskedByName(user *model.User) map[string]string {
	masked := map[string]string{}
	for _, kind := range []address.Kind{address.KindPhone, address.KindEmail} {
		address := addressOf(user, kind)
		if address.IsZero() {
			continue
		}
		for _, name := range s.Ring.Address(address.Parts()).All() {
			masked[name] = address.Masked()
		}
	}
	return masked
}
