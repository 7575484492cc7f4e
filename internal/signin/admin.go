package signin

import (
	"context"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/identity"
	"user-api/internal/session"
	"user-api/internal/timeline"
	"user-api/model"
)

// What an administrator does to another user. Each fails with apperr.NotFound
// where there is no such user, and is in force on every node within seconds.

// Ban keeps a user out until a time, or for good where it is zero, and ends
// every session.
func (s *Service) Ban(ctx context.Context, id int64, reason string, until time.Time) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	if err := s.Accounts.Ban(ctx, id, reason, until); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.Banned, UserID: id})
	return s.Sessions.EndUser(ctx, id, "")
}

// Deliveries tells what became of messages: those to a phone number or an e-mail
// address, or all. Fails with apperr.InvalidRequest for what is neither.
func (s *Service) Deliveries(ctx context.Context, to, before string, limit int) ([]timeline.Message, error) {
	var address identity.Address
	var err error
	switch {
	case strings.Contains(to, "@"):
		address, err = identity.ParseEmail(to)
	case to != "":
		address, err = identity.ParsePhone(to, s.DefaultRegion)
	}
	if err != nil {
		return nil, apperr.New(apperr.InvalidRequest).WithField("to").WithDetail("to is a phone number or an e-mail address.").Wrap(err)
	}
	return s.Timeline.List(ctx, address, before, limit)
}

// EndSessions ends every session of a user and voids open codes.
func (s *Service) EndSessions(ctx context.Context, id int64) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	if err := s.Accounts.EndProofs(ctx, id); err != nil {
		return err
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionsEnded, UserID: id}}, s.Sessions.EndUser(ctx, id, ""))
}

// Erase erases a user as the user could.
func (s *Service) Erase(ctx context.Context, id int64) error {
	user, err := s.user(ctx, id)
	if err != nil {
		return err
	}
	return s.erase(ctx, user)
}

// SetRole changes a user's role.
func (s *Service) SetRole(ctx context.Context, id int64, role string) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.RoleChanged, UserID: id, Reason: event.Reason(role)}}, s.Accounts.SetRole(ctx, id, role))
}

// Unban lets a user in again.
func (s *Service) Unban(ctx context.Context, id int64) error {
	if _, err := s.user(ctx, id); err != nil {
		return err
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.Unbanned, UserID: id}}, s.Accounts.Unban(ctx, id))
}

// User returns a user with its sessions.
func (s *Service) User(ctx context.Context, id int64) (*model.User, []session.Info, error) {
	user, err := s.user(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := s.Sessions.List(ctx, id)
	return user, sessions, err
}

func (s *Service) user(ctx context.Context, id int64) (*model.User, error) {
	user, err := s.Accounts.Current(ctx, id)
	if apperr.Is(err, apperr.SessionEnded) {
		return nil, apperr.New(apperr.NotFound)
	}
	return user, err
}
