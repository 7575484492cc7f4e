package signin

import (
	"context"
	"errors"
	"time"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/invite"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Values of SignUp: who may create an account.
const (
	SignUpOpen   = "open"
	SignUpInvite = "invite"
	SignUpClosed = "closed"
)

// Causes of a refusal to create an account. The client learns them: it has proven the address and
// learns nothing about anybody else.
var (
	errClosed   = errors.New("signin: sign-up is closed")
	errNoInvite = errors.New("signin: unknown invite")
)

// InviteRequest is a request for an invite for Phone, for Email, or for anybody if both are empty.
type InviteRequest struct {
	Phone, Email string
	Region       string
	// Life is the lifetime of the invite; 0 means invite.DefaultLife.
	Life time.Duration
}

// Invite creates an invite. Over HTTP it requires a recent sign-in.
func (s *Service) Invite(ctx context.Context, r InviteRequest) (invite.Invite, error) {
	if p, acts := reqctx.PrincipalFrom(ctx); acts {
		if err := s.RequireFresh(ctx, p); err != nil {
			return invite.Invite{}, err
		}
	}
	var to address.Address
	var err error
	switch {
	case r.Email != "":
		to, err = address.ParseEmail(r.Email)
	case r.Phone != "":
		to, err = address.ParsePhone(r.Phone, s.region(r.Region))
	}
	if err != nil {
		return invite.Invite{}, err
	}
	made, err := s.Invites.Create(ctx, to, r.Life)
	if errors.Is(err, invite.ErrLife) {
		err = apperr.New(apperr.InvalidRequest).WithField("expiresIn").WithDetail("expiresIn must be from 60 to 7776000 seconds.").Wrap(err)
	}
	return made, s.report(ctx, outcome{done: event.Event{Kind: event.InviteCreated, Address: to}}, err)
}

// Register creates an account with a username and a password if sign-up is allowed, which may
// require an invite.
func (s *Service) Register(ctx context.Context, username, newPassword, invited string) (*model.User, error) {
	name, err := address.ParseUsername(username)
	if err != nil {
		return nil, err
	}
	if err := s.Reserved.Admit(name); err != nil {
		return nil, err
	}
	if err := checkNew(newPassword, "password", password.UserNames{Username: name}); err != nil {
		return nil, err
	}
	var user *model.User
	err = s.charged(ctx, s.Guard.ForRegister(client(ctx)), name, event.WhenRegistering, func() (err error) {
		user, err = s.register(ctx, name, newPassword, invited)
		return s.report(ctx, outcome{
			done:    event.Event{Kind: event.Registered, UserID: idOf(user)},
			refused: event.Event{Kind: event.RegistrationFailed, Reason: registrationRefusal(err)},
			by:      []apperr.Code{apperr.UsernameTaken, apperr.Forbidden},
		}, err)
	})
	return user, err
}

func (s *Service) register(ctx context.Context, name, newPassword, invited string) (*model.User, error) {
	// Checked before the username, so that a client that may not sign up learns nothing about it.
	keys, err := s.maySignUp(ctx, invited, address.Address{})
	if err != nil {
		return nil, err
	}
	// Concurrent registrations of one username are serialized, so that only one of them pays for a
	// hash. Across nodes the database decides.
	user, err := s.registrations.Do(name, func() (any, error) {
		user, err := s.Accounts.ByUsername(ctx, name)
		if err != nil {
			return user, err
		}
		if user != nil {
			return nil, apperr.New(apperr.UsernameTaken).WithField("username")
		}
		hash, err := s.hashNew(ctx, newPassword, "password")
		if err != nil {
			return nil, err
		}
		return s.Accounts.Add(ctx, account.Names{Username: name}, hash, keys...)
	})
	made, _ := user.(*model.User)
	return made, s.noInvite(ctx, err)
}

// join finds the user of a proven address, or creates the account if sign-up is allowed. Otherwise
// it fails with apperr.Forbidden, which is charged to the client.
func (s *Service) join(ctx context.Context, address address.Address, invited string) (*model.User, bool, error) {
	if s.SignUp == SignUpOpen {
		return s.Accounts.FindOrCreate(ctx, address)
	}
	user, err := s.Accounts.ByAddress(ctx, address)
	if user != nil || err != nil {
		return user, false, err
	}
	keys, err := s.maySignUp(ctx, invited, address)
	if err != nil {
		return nil, false, err
	}
	user, isNew, err := s.Accounts.FindOrCreate(ctx, address, keys...)
	return user, isNew, s.noInvite(ctx, err)
}

// maySignUp returns the keys of the invites that a new user may use, none if sign-up is open. It
// fails with apperr.Forbidden.
func (s *Service) maySignUp(ctx context.Context, code string, address address.Address) ([]string, error) {
	switch s.SignUp {
	case SignUpOpen:
		return nil, nil
	case SignUpClosed:
		return nil, s.chargeLookup(ctx, apperr.New(apperr.Forbidden).WithDetail("Sign-up is closed.").Wrap(errClosed))
	}
	if err := s.Guard.Recall(s.Guard.ForLookup(client(ctx))); err != nil {
		return nil, err
	}
	keys := invite.Keys(code, address)
	known, err := s.Invites.Known(ctx, keys)
	if err == nil && !known {
		err = model.ErrNoInvite
	}
	return keys, s.noInvite(ctx, err)
}

// noInvite translates model.ErrNoInvite into the error to answer.
func (s *Service) noInvite(ctx context.Context, err error) error {
	if !errors.Is(err, model.ErrNoInvite) {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.InviteRefused})
	return s.chargeLookup(ctx, apperr.New(apperr.Forbidden).WithField("invite").WithDetail("Sign-up requires an invite that is unused and has not expired.").
		Wrap(errNoInvite))
}

// registrationRefusal returns why a registration failed.
func registrationRefusal(err error) event.Reason {
	switch {
	case errors.Is(err, errClosed):
		return event.Closed
	case errors.Is(err, errNoInvite):
		return event.NoInvite
	}
	return event.Taken
}
