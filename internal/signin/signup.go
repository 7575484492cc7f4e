package signin

import (
	"context"
	"errors"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/invite"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/model"
)

// Who may become a user by himself.
const (
	SignUpOpen   = "open"
	SignUpInvite = "invite"
	SignUpClosed = "closed"
)

// Causes of a refusal to make an account, which are told: who asks has proven the
// address, and learns of himself alone.
var (
	errClosed   = errors.New("signin: nobody signs up here")
	errNoInvite = errors.New("signin: there is no such invite")
)

// InviteRequest asks for an invite, for Phone, Email or, with neither, whoever has it.
type InviteRequest struct {
	Phone, Email string
	Region       string
	// Life is how long it may be used; 0 is invite.DefaultLife.
	Life time.Duration
}

// Invite makes an invite. Over HTTP a person needs a recent sign-in for it.
func (s *Service) Invite(ctx context.Context, r InviteRequest) (invite.Invite, error) {
	if p, acts := reqctx.PrincipalFrom(ctx); acts {
		if err := s.requireFresh(ctx, p); err != nil {
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
		err = apperr.New(apperr.InvalidRequest).WithField("expiresIn").WithDetail("expiresIn is from 60 to 7776000 seconds.").Wrap(err)
	}
	return made, s.report(ctx, outcome{done: event.Event{Kind: event.InviteCreated, Address: to}}, err)
}

// Register makes an account with a username and a password, if the user may sign up: by
// an invite where one is needed.
func (s *Service) Register(ctx context.Context, username, newPassword, invited string) (*model.User, error) {
	name, err := address.ParseUsername(username)
	if err != nil {
		return nil, err
	}
	if err := s.Reserved.Admit(name); err != nil {
		return nil, err
	}
	if err := checkNew(newPassword, "password", password.Own{Username: name}); err != nil {
		return nil, err
	}
	var user *model.User
	err = s.charged(ctx, s.Guard.ForRegister(client(ctx)), name, event.WhenRegistering, func() (err error) {
		user, err = s.register(ctx, name, newPassword, invited)
		return s.report(ctx, outcome{
			done:    event.Event{Kind: event.Registered, UserID: idOf(user)},
			refused: event.Event{Kind: event.RegistrationFailed, Reason: notRegistered(err)},
			by:      []apperr.Code{apperr.UsernameTaken, apperr.Forbidden},
		}, err)
	})
	return user, err
}

func (s *Service) register(ctx context.Context, name, newPassword, invited string) (*model.User, error) {
	// Before the name is looked at: who may not sign up learns nothing about it.
	keys, err := s.maySignUp(ctx, invited, address.Address{})
	if err != nil {
		return nil, err
	}
	// Registrations of one name wait for each other, so that one of them pays for
	// a hash; over several nodes the database decides.
	leave, err := s.names.enter(ctx, name)
	if err != nil {
		return nil, apperr.Down(err)
	}
	defer leave()
	user, err := s.Accounts.ByUsername(ctx, name)
	if err != nil {
		return nil, err
	}
	if user != nil {
		return nil, apperr.New(apperr.UsernameTaken).WithField("username")
	}
	hash, err := s.hashNew(ctx, newPassword, "password")
	if err != nil {
		return nil, err
	}
	user, err = s.Accounts.Register(ctx, name, hash, keys...)
	return user, s.noInvite(ctx, err)
}

// join finds the user of a proven address, or makes the account if such a user may sign
// up. Fails with apperr.Forbidden where not, which is charged to the client.
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

// maySignUp returns the keys of the invites that a new user may use up; there are none
// where everybody may sign up. Fails with apperr.Forbidden.
func (s *Service) maySignUp(ctx context.Context, code string, address address.Address) ([]string, error) {
	switch s.SignUp {
	case SignUpOpen:
		return nil, nil
	case SignUpClosed:
		return nil, s.notJoined(ctx, apperr.New(apperr.Forbidden).WithDetail("Sign-up is closed.").Wrap(errClosed))
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

// noInvite turns the lack of an invite into an answer.
func (s *Service) noInvite(ctx context.Context, err error) error {
	if !errors.Is(err, model.ErrNoInvite) {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.InviteRefused})
	return s.notJoined(ctx, apperr.New(apperr.Forbidden).WithField("invite").WithDetail("Signing up needs an invite that was not used and has not expired.").
		Wrap(errNoInvite))
}

// notJoined charges a refusal to sign up.
func (s *Service) notJoined(ctx context.Context, refusal error) error {
	if limited := s.Guard.Spend(ctx, s.Guard.ForLookup(client(ctx))); apperr.Is(limited, apperr.RateLimited) {
		return limited
	}
	return refusal
}

// notRegistered is why a username and a password made no account.
func notRegistered(err error) event.Reason {
	switch {
	case errors.Is(err, errClosed):
		return event.Closed
	case errors.Is(err, errNoInvite):
		return event.NoInvite
	}
	return event.Taken
}
