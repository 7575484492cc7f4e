package signin

import (
	"context"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/event"
	"user-api/internal/password"
	"user-api/model"
)

// What only the operator's command line does: no request leads here, so nothing is
// charged to a client. Who acts is reqctx.ActorFrom.

// NewUser is an account that an operator makes. Phone, Email and Username may be
// missing, but not all of them; so may Password.
type NewUser struct {
	Phone, Email       address.Address
	Username, Password string
}

// CreateUser makes an account. A username that is reserved for the operator may be
// given. Fails with the code for what another user has, or for a weak password.
func (s *Service) CreateUser(ctx context.Context, n NewUser) (*model.User, error) {
	hash := ""
	if n.Password != "" {
		own := password.Own{Username: n.Username, Phone: n.Phone.Canonical(), Email: n.Email.Canonical()}
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

// EndUserSession ends one session of a user. Fails with apperr.NotFound for any other.
func (s *Service) EndUserSession(ctx context.Context, id int64, session string) error {
	return s.report(ctx, outcome{done: event.Event{Kind: event.SessionEnded, UserID: id, SessionID: session}}, s.Sessions.EndOne(ctx, id, session))
}

// everyoneBatch is how many users are dealt with in one transaction, whose sign-ins wait
// for its end.
const everyoneBatch = 200

// EndEveryone ends every session of every user and voids all open codes. What is done
// stays done when it is stopped. After each step it calls each with the users and
// sessions so far, and how many sessions have just ended; an error of each stops it.
func (s *Service) EndEveryone(ctx context.Context, each func(users, sessions, just int) error) (users, sessions int, err error) {
	// That it was begun is what must be known of one that is killed.
	s.Events.Keep(ctx, event.Event{Kind: event.SessionsEnded, Reason: event.OfEveryone})
	for after := int64(0); ; {
		swept, err := s.Accounts.EndEveryone(ctx, after, everyoneBatch)
		if err != nil || swept.Users == 0 {
			return users, sessions, err
		}
		after, users, sessions = swept.Last, users+swept.Users, sessions+swept.Sessions
		if err := each(users, sessions, swept.Sessions); err != nil {
			return users, sessions, err
		}
	}
}
