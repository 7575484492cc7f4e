package signin

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/event"
	"user-api/internal/password"
	"user-api/model"
)

// The functions below serve the operator's command line. No request leads here, so nothing is
// charged to a client. The actor is reqctx.ActorFrom.

// NewUser is an account to be created by an operator. At least one of Phone, Email and Username is
// set; Password is optional.
type NewUser struct {
	Phone, Email       address.Address
	Username, Password string
}

// CreateUser creates an account. Reserved usernames are allowed. It fails with the error for a name
// that is taken, or for a weak password.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (*model.User, error) {
	hash := ""
	if n.Password != "" {
		own := password.UserNames{Username: n.Username, Phone: n.Phone.Canonical(), Email: n.Email.Canonical()}
		if err := checkNew(n.Password, "password", own); err != nil {
			return nil, err
		}
		var err error
		if hash, err = s.hashNew(ctx, n.Password, "password"); err != nil {
			return nil, err
		}
	}
	user, err := s.Accounts.Add(ctx, account.Names{Phone: n.Phone, Email: n.Email, Username: n.Username}, hash)
	return user, s.report(ctx, outcome{done: event.Event{Kind: event.Registered, UserID: idOf(user)}}, err)
}

// EndUserSession ends one session of a user. It fails with apperr.NotFound for any other.
func (s *Service) EndUserSession(ctx context.Context, id int64, session string) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionEnded, UserID: id, SessionID: session}}, s.Sessions.EndOne(ctx, id, session))
}

// endAllBatch is the number of users per transaction. Their sign-ins wait for its end.
const endAllBatch = 200

// EndAllSessions ends all sessions of all users and invalidates all open codes. It may be interrupted
// and run again. After each batch it calls progress with the users and sessions so far and the
// sessions ended by the batch; an error of progress stops it.
func (s *Service) EndAllSessions(ctx context.Context, progress func(users, sessions, just int) error) (users, sessions int, err error) {
	// The event is recorded first, so that the start of an interrupted run is known.
	s.Events.Keep(ctx, event.Event{Kind: event.SessionsEnded, Reason: event.OfEveryone})
	for after := int64(0); ; {
		swept, err := s.Accounts.EndAllSessions(ctx, after, endAllBatch)
		if err != nil || swept.Users == 0 {
			return users, sessions, err
		}
		after, users, sessions = swept.Last, users+swept.Users, sessions+swept.Sessions
		if err := progress(users, sessions, swept.Sessions); err != nil {
			return users, sessions, err
		}
	}
}

// renumberBatch is the number of phone numbers per page.
const renumberBatch = 500

// Renumbered is the result of Renumber, or what it would be.
type Renumbered struct {
	Changed int
	// Clashes are the numbers that could not be changed.
	Clashes []account.Clash
}

// Renumber rewrites the phone numbers of a numbering plan to their current spelling. It may be
// interrupted and run again. After each page it calls progress with the count so far.
func (s *Service) Renumber(ctx context.Context, p address.Plan, dry bool, progress func(seen int)) (done Renumbered, err error) {
	seen := 0
	for after := ""; ; {
		page, err := s.Accounts.Numbers(ctx, p.Code, after, renumberBatch)
		if err != nil {
			return done, err
		}
		for _, n := range page {
			if err := ctx.Err(); err != nil {
				return done, err
			}
			changed, clash, err := s.Accounts.Renumber(ctx, n, dry)
			if err != nil {
				return done, err
			}
			if clash != nil {
				done.Clashes = append(done.Clashes, *clash)
			}
			if changed {
				done.Changed++
			}
			if changed && !dry {
				s.Events.Keep(ctx, event.Event{Kind: event.NumberChanged, UserID: n.Id, Address: address.Stored(address.KindPhone, n.Phone)})
			}
		}
		seen += len(page)
		progress(seen)
		if len(page) < renumberBatch {
			return done, nil
		}
		after = page[len(page)-1].Phone
	}
}
