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

// pseudonym matches the pseudonym of an address in the audit trail.
var pseudonym = regexp.MustCompile(`^[0-9a-f]{32}$`)

// The functions below serve administrators, who act on other users. Each fails with apperr.NotFound
// for an unknown user. A change takes effect on every node within seconds. Over HTTP, where a
// principal acts, it requires a recent sign-in, and nobody may change their own account. Nobody
// over HTTP, not even a machine, may remove the last active administrator; the command line can.

// Ban bans a user until a time, or permanently if it is zero, and ends every session. It fails with
// apperr.InvalidRequest for a time in the past.
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

// Deliveries returns the delivery history of messages to a phone number or an e-mail address, to
// the addresses of a user, or of all messages. It fails with apperr.InvalidRequest for an invalid
// address, and with apperr.NotFound.
func (s *Service) Deliveries(ctx context.Context, to string, userID int64, before string, limit int) ([]timeline.Message, error) {
	var addresses []address.Address
	if to != "" {
		address, err := s.parseAddress("to", to)
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

// parseAddress parses an address that an administrator has typed into a field.
func (s *Service) parseAddress(field, text string) (addr address.Address, err error) {
	if strings.Contains(text, "@") {
		addr, err = address.ParseEmail(text)
	} else {
		addr, err = s.parsePhone(text, "")
	}
	if err != nil {
		return addr, apperr.New(apperr.InvalidRequest).WithField(field).WithDetail(field + " must be a phone number or an e-mail address.").Wrap(err)
	}
	return addr, nil
}

// EndSessions ends every session of a user and invalidates open codes.
func (s *Service) EndSessions(ctx context.Context, id int64) error {
	if _, err := s.subject(ctx, id); err != nil {
		return err
	}
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionsEnded, UserID: id}}, s.Accounts.EndSessions(ctx, id, ""))
}

// Erase erases a user.
func (s *Service) Erase(ctx context.Context, id int64) error {
	user, err := s.subject(ctx, id)
	if err != nil {
		return err
	}
	return s.erase(ctx, user)
}

// ListEvents returns a page of the audit trail. The IP of the filter is as typed; address is as
// typed or the pseudonym from the trail. It fails with apperr.InvalidRequest.
func (s *Service) ListEvents(ctx context.Context, f audit.Filter, address string) ([]*model.Event, error) {
	var err error
	if pseudonym.MatchString(address) {
		f.Pseudonym = address
	} else if address != "" {
		if f.Address, err = s.parseAddress("address", address); err != nil {
			return nil, err
		}
	}
	if f.IP != "" {
		network, ok := audit.Network(f.IP)
		if !ok {
			return nil, apperr.New(apperr.InvalidRequest).WithField("ip").WithDetail("ip must be an address, an IPv4 /24 or an IPv6 /48.")
		}
		f.IP = network
	}
	events, err := s.Trail.List(ctx, f)
	return events, s.readData(ctx, f.UserID, event.OfEvents, err)
}

// ListUsers returns a page of users by id; the next page starts after the last one.
func (s *Service) ListUsers(ctx context.Context, f account.Filter) ([]*model.User, error) {
	users, err := s.Accounts.List(ctx, f)
	return users, s.readData(ctx, 0, event.OfUsers, err)
}

// FindUsers finds users by an id or by the prefix of a username, a phone number or an e-mail
// address. A complete phone number is found in any spelling. next is the cursor of the next page,
// or empty.
func (s *Service) FindUsers(ctx context.Context, q account.Search) (users []*model.User, next string, err error) {
	if address, err := s.parsePhone(q.Text, ""); err == nil {
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
	// Actions of an anonymous user cannot be told apart from those of a thief of its token. Nobody
	// becomes anonymous later, so the user read above is still current.
	if role == model.RoleAdmin && user.Anonymous != 0 {
		return apperr.New(apperr.Forbidden).WithDetail("An anonymous user cannot be an administrator.")
	}
	err = s.keepAdmin(ctx, user, func(a *account.Accounts) error { return a.SetRole(ctx, id, role) })
	return s.report(ctx, outcome{done: event.Event{Kind: event.RoleChanged, UserID: id, Reason: event.Reason(role)}}, err)
}

// Unban unbans a user, and unlocks one with too many consecutive wrong passwords.
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

// User returns a user and the user's sessions.
func (s *Service) User(ctx context.Context, id int64) (*model.User, []session.Info, error) {
	user, err := s.user(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	sessions, err := s.Sessions.List(ctx, id)
	return user, sessions, s.readData(ctx, id, event.OfUser, err)
}

// subject returns the user to be changed, after checking that the actor may do so.
func (s *Service) subject(ctx context.Context, id int64) (*model.User, error) {
	if p, acts := reqctx.PrincipalFrom(ctx); acts {
		if p.UserID == id {
			return nil, apperr.New(apperr.Forbidden).WithDetail("Administrators cannot change their own account here.")
		}
		if err := s.RequireFresh(ctx, p); err != nil {
			return nil, err
		}
	}
	return s.user(ctx, id)
}

// keepAdmin runs a change that may remove an administrator, unless it is the last one and the
// change was requested over HTTP.
func (s *Service) keepAdmin(ctx context.Context, user *model.User, change func(*account.Accounts) error) error {
	_, person := reqctx.PrincipalFrom(ctx)
	_, machine := reqctx.MachineFrom(ctx)
	if !person && !machine || user.Role != model.RoleAdmin {
		return change(s.Accounts)
	}
	return s.Accounts.KeepAdmin(ctx, user.Id, change)
}

// readData records that an administrator has read personal data.
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
