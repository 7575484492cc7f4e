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

// OwnEvent is an event of a user's account, as shown to the user.
type OwnEvent struct {
	ID           string
	At           time.Time
	Kind, Reason string
	// By is the actor, see audit.Actor.
	By string
	// To is the affected address of the user, masked; empty if it is no longer the user's.
	To string
	// SessionID is the affected session or the one the action was done in. Current marks the
	// session of the request. UserAgent is set for live sessions.
	SessionID, UserAgent string
	Current              bool
	// Network is the client's network; empty if somebody else acted.
	Network string
}

// OwnEvents returns a page of the user's events, newest first, starting after the event before. It
// includes only the kinds that are shown to users, and is not recorded itself.
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
	agents, masked := map[string]string{}, s.maskedByPseudonym(user)
	for _, session := range sessions {
		agents[session.ID] = session.UserAgent
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

// maskedByPseudonym returns the user's masked addresses by their pseudonyms in the audit trail.
func (s *Service) maskedByPseudonym(user *model.User) map[string]string {
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
