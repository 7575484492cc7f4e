package signin

import (
	"context"
	"regexp"
	"strings"
	"time"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/timeline"
	"user-api/model"
)

// pseudonym is how the trail names an address.
var pseudonym = regexp.MustCompile(`^[0-9a-f]{32}$`)

// What an administrator does to another user. Each change fails with
// apperr.NotFound where there is no such user, and is in force on every node within
// seconds. Over HTTP, where a principal acts, it also needs a recent sign-in, and
// nobody changes himself. Nobody over HTTP, a machine neither, takes the last active
// administrator away: the operator's command line does that.

// Ban keeps a user out until a time, or for good where it is zero, and ends
// every session. Fails with apperr.InvalidRequest for a time that is past.
func (s *Service) Ban(ctx context.Context, id int64, reason string, until time.Time) error {
	if !until.IsZero() && !until.After(s.Sessions.Now()) {
		return apperr.New(apperr.InvalidRequest).WithField("until").WithDetail("until is in the past.")
	}
	user, err := s.subject(ctx, id)
	if err != nil {
		return err
	}
	err = s.keepAdmin(ctx, user, func(a *account.Accounts) error { return a.Ban(ctx, id, reason, until) })
	if err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.Banned, UserID: id})
	return nil
}

// Deliveries tells what became of messages: those to a phone number or an e-mail
// address, or to those that a user has, or all. Fails with apperr.InvalidRequest for what is
// neither, and with apperr.NotFound.
func (s *Service) Deliveries(ctx context.Context, to string, userID int64, before string, limit int) ([]timeline.Message, error) {
	var addresses []address.Address
	if to != "" {
		address, err := s.anAddress("to", to)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	if userID != 0 {
		user, err := s.user(ctx, userID)
		if err != nil {
			return nil, err
		}
		if addresses = proven(user); len(addresses) == 0 {
			return nil, s.readData(ctx, userID, event.OfDeliveries, nil)
		}
	}
	messages, err := s.Timeline.List(ctx, before, limit, addresses...)
	return messages, s.readData(ctx, userID, event.OfDeliveries, err)
}

// anAddress reads what an administrator has typed into a field.
func (s *Service) anAddress(field, text string) (addr address.Address, err error) {
	if strings.Contains(text, "@") {
		addr, err = address.ParseEmail(text)
	} else {
		addr, err = s.readPhone(text, "")
	}
	if err != nil {
		return addr, apperr.New(apperr.InvalidRequest).WithField(field).WithDetail(field + " is a phone number or an e-mail address.").Wrap(err)
	}
	return addr, nil
}

// EndSessions ends every session of a user and voids open codes.
func (s *Service) EndSessions(ctx context.Context, id int64) error {
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionsEnded, UserID: id}}, s.Accounts.EndSessions(ctx, id, ""))
}

// Erase erases a user as the user could.
func (s *Service) Erase(ctx context.Context, id int64) error {
	user, err := s.subject(ctx, id)
	if err != nil {
		return err
	}
	return s.erase(ctx, user)
}

// ListEvents pages through the audit trail. The IP of the filter is as it was typed; the
// address is too, or the pseudonym that the trail has of it. Fails with
// apperr.InvalidRequest.
func (s *Service) ListEvents(ctx context.Context, f audit.Filter, address string) ([]*model.Event, error) {
	var err error
	if pseudonym.MatchString(address) {
		f.Pseudonym = address
	} else if address != "" {
		if f.Address, err = s.anAddress("address", address); err != nil {
			return nil, err
		}
	}
	if f.IP != "" {
		network, ok := audit.Network(f.IP)
		if !ok {
			return nil, apperr.New(apperr.InvalidRequest).WithField("ip").WithDetail("ip is an address, or a network of IPv4 /24 or IPv6 /48.")
		}
		f.IP = network
	}
	events, err := s.Trail.List(ctx, f)
	return events, s.readData(ctx, f.UserID, event.OfEvents, err)
}

// ListUsers pages through users by id; the next page is after the last one.
func (s *Service) ListUsers(ctx context.Context, f account.Filter) ([]*model.User, error) {
	users, err := s.Accounts.List(ctx, f)
	return users, s.readData(ctx, 0, event.OfUsers, err)
}

// FindUsers finds users by what an administrator has typed: an id, or the beginning of a
// username, a number or an e-mail address. A whole number is found in whatever spelling it
// is kept. next is the cursor of the next page, or empty.
func (s *Service) FindUsers(ctx context.Context, q account.Search) (users []*model.User, next string, err error) {
	if address, err := s.readPhone(q.Text, ""); err == nil {
		q.Phones = address.Spellings()
	}
	users, next, err = s.Accounts.Search(ctx, q)
	return users, next, s.readData(ctx, 0, event.OfUsers, err)
}

// SetRole changes a user's role.
func (s *Service) SetRole(ctx context.Context, id int64, role string) error {
	user, err := s.subject(ctx, id)
	if err != nil {
		return err
	}
	// What was done by whoever held a token cannot be told from what was done by a thief of
	// it. Nobody becomes anonymous, so what was read stays true.
	if role == model.RoleAdmin && user.Anonymous != 0 {
		return apperr.New(apperr.Forbidden).WithDetail("An anonymous user cannot be an administrator.")
	}
	err = s.keepAdmin(ctx, user, func(a *account.Accounts) error { return a.SetRole(ctx, id, role) })
	return s.report(ctx, outcome{done: event.Event{Kind: event.RoleChanged, UserID: id, Reason: event.Reason(role)}}, err)
}

// Unban lets a user in again, who was banned or has too many wrong passwords in a row.
func (s *Service) Unban(ctx context.Context, id int64) error {
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	err := s.report(ctx, outcome{done: event.Event{Kind: event.Unbanned, UserID: id}}, s.Accounts.Unban(ctx, id))
	if err != nil {
		return err
	}
	return s.Guard.EndRow(ctx, guard.UserName(id))
}

// User returns a user with its sessions.
func (s *Service) User(ctx context.Context, id int64) (*model.User, []session.Info, error) {
	user, err := s.user(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := s.Sessions.List(ctx, id)
	return user, sessions, s.readData(ctx, id, event.OfUser, err)
}

// subject finds the user to be changed, once the one who acts may change them.
func (s *Service) subject(ctx context.Context, id int64) (*model.User, error) {
	if p, acts := reqctx.PrincipalFrom(ctx); acts {
		if p.UserID == id {
			return nil, apperr.New(apperr.Forbidden).WithDetail("Administrators do not change themselves here.")
		}
		if err := s.requireFresh(ctx, p); err != nil {
			return nil, err
		}
	}
	return s.user(ctx, id)
}

// keepAdmin makes a change that may take an administrator away, unless it is the
// last one and the change was asked for over HTTP.
func (s *Service) keepAdmin(ctx context.Context, user *model.User, change func(*account.Accounts) error) error {
	_, person := reqctx.PrincipalFrom(ctx)
	_, machine := reqctx.MachineFrom(ctx)
	if !person && !machine || user.Role != model.RoleAdmin {
		return change(s.Accounts)
	}
	return s.Accounts.KeepAdmin(ctx, user.Id, change)
}

// readData records that an administrator has read what is kept about people.
func (s *Service) readData(ctx context.Context, userID int64, what event.Reason, err error) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.AdminRead, UserID: userID, Reason: what}}, err)
}

func (s *Service) user(ctx context.Context, id int64) (*model.User, error) {
	user, err := s.Accounts.Current(ctx, id)
	if apperr.Is(err, apperr.SessionEnded) {
		return nil, apperr.New(apperr.NotFound)
	}
	return user, err
}
