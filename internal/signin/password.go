package signin

import (
	"context"
	"errors"

	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/identity"
	"user-api/internal/otp"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// PasswordLogin names an account by exactly one of Username, Phone and Email.
type PasswordLogin struct {
	Username, Phone, Email string
	Password               string
}

// ByPassword signs in with a password. An unknown account, one without a
// password, a wrong password and a banned account are all
// apperr.BadCredentials, after the same work.
func (s *Service) ByPassword(ctx context.Context, l PasswordLogin, d session.Device) (Pair, error) {
	name := s.nameOf(l)
	if err := s.Guard.Recall(s.Guard.ForPassword(name, client(ctx))); err != nil {
		return Pair{}, err
	}
	user, err := s.findByLogin(ctx, l)
	if err != nil {
		return Pair{}, err
	}
	proven, err := s.prove(ctx, name, user, l.Password)
	if err != nil {
		s.notSignedIn(ctx, user, l, err)
		return Pair{}, err
	}
	grant, err := s.open(ctx, user.Id, d, s.allowed(apperr.BadCredentials))
	if errors.Is(err, errNotHolder) {
		err = apperr.New(apperr.BadCredentials).Wrap(err)
	}
	if err != nil {
		s.signedIn(ctx, user.Id, "", s.loginAddress(l), audit.ByPassword, err)
		return Pair{}, err
	}
	// As open does for a ban: whoever changes the password ends the sessions after.
	if err := s.stillProven(ctx, user.Id, proven, l.Password); err != nil {
		s.notSignedIn(ctx, user, l, err)
		return Pair{}, errors.Join(err, s.Sessions.Revoke(ctx, grant.SessionID))
	}
	s.endFailures(ctx, user)
	s.signedIn(ctx, user.Id, grant.SessionID, s.loginAddress(l), audit.ByPassword, nil)
	return s.pair(grant, grant.User, false)
}

// ChangePassword sets a new password and ends the user's other sessions. The
// old one is the proof; a user without one needs a recent sign-in.
func (s *Service) ChangePassword(ctx context.Context, p reqctx.Principal, oldPassword, newPassword string) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	current, err := s.Accounts.Password(ctx, p.UserID)
	switch {
	case err != nil:
		return err
	case current == "":
		if err := s.Sessions.RequireRecent(ctx, p.SessionID); err != nil {
			return s.refused(ctx, audit.Event{Type: audit.PasswordChangeFailed, UserID: p.UserID, Reason: audit.NotRecent}, err, apperr.Reauthenticate)
		}
	case oldPassword == "":
		return apperr.New(apperr.InvalidRequest).WithField("oldPassword")
	default:
		if _, err := s.prove(ctx, nameOfUser(user.Id), user, oldPassword); err != nil {
			return s.refused(ctx, audit.Event{Type: audit.PasswordChangeFailed, UserID: p.UserID, Reason: audit.WrongPassword}, err, apperr.BadCredentials)
		}
	}
	hash, err := s.newHash(ctx, newPassword, "newPassword", user.Username.String, user.Phone.String, user.Email.String)
	if err != nil {
		return err
	}
	if err := s.Accounts.SetPassword(ctx, p.UserID, hash); err != nil {
		return err
	}
	s.Audit.Record(ctx, audit.Event{Type: audit.PasswordChanged, UserID: p.UserID})
	return s.Sessions.EndUser(ctx, p.UserID, p.SessionID)
}

// Register makes an account with a username and a password.
func (s *Service) Register(ctx context.Context, username, newPassword string) (*model.User, error) {
	name, err := identity.ParseUsername(username)
	if err != nil {
		return nil, err
	}
	if err := checkNew(newPassword, "password", name); err != nil {
		return nil, err
	}
	if _, err := s.Guard.Try(ctx, s.Guard.ForRegister(client(ctx)), name); err != nil {
		s.registered(ctx, nil, err)
		return nil, err
	}
	// Registrations of one name wait for each other, so that one of them pays for
	// a hash; over several nodes the database decides.
	leave, err := s.names.enter(ctx, name)
	if err != nil {
		return nil, apperr.Down(err)
	}
	defer leave()
	if user, err := s.Accounts.ByUsername(ctx, name); err != nil || user != nil {
		if err == nil {
			err = apperr.New(apperr.UsernameTaken).WithField("username")
		}
		s.registered(ctx, nil, err)
		return nil, err
	}
	hash, err := s.Passwords.Hash(ctx, newPassword)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.Register(ctx, name, hash)
	s.registered(ctx, user, err)
	return user, err
}

// ResetPassword sets a new password by a code of purpose reset and ends every
// session of the user. The password is judged first, so that a weak one does not
// cost the code.
func (s *Service) ResetPassword(ctx context.Context, otpID, code, newPassword string) error {
	if err := s.Guard.Recall(s.Guard.ForVerify(client(ctx))); err != nil {
		return err // before a hash is paid for
	}
	hash, err := s.newHash(ctx, newPassword, "newPassword")
	if err != nil {
		return err
	}
	proof, err := s.verify(ctx, otp.Answer{ID: otpID, Code: code, Purpose: otp.PurposeReset})
	if err != nil {
		return err
	}
	user, err := s.Accounts.ByAddress(ctx, proof.Address)
	if err != nil {
		return err
	}
	if user == nil || s.Accounts.Banned(user) {
		s.Audit.Record(ctx, audit.Event{Type: audit.PasswordResetFailed, UserID: idOf(user), Address: proof.Address, Reason: s.whyNot(user, "")})
		return apperr.New(apperr.OtpInvalid)
	}
	if err := checkNew(newPassword, "newPassword", user.Username.String, user.Phone.String, user.Email.String); err != nil {
		return err
	}
	if err := s.Accounts.SetPassword(ctx, user.Id, hash); err != nil {
		return err
	}
	s.Audit.Record(ctx, audit.Event{Type: audit.PasswordReset, UserID: user.Id, Address: proof.Address})
	return s.Sessions.EndUser(ctx, user.Id, "")
}

// checkPassword does the work of one hash whatever user is; nil is one that is
// not there. It returns the hash that is now stored: one of weaker parameters is
// replaced by the way.
func (s *Service) checkPassword(ctx context.Context, user *model.User, text string) (string, error) {
	var id int64
	if user != nil {
		id = user.Id
	}
	hash, err := s.Accounts.Password(ctx, id)
	if err != nil {
		return "", err
	}
	if hash == "" {
		if err := s.Passwords.VerifyNone(ctx, text); err != nil {
			return "", err
		}
		return "", apperr.New(apperr.BadCredentials)
	}
	ok, weak, err := s.Passwords.Verify(ctx, hash, text)
	if err != nil {
		return "", err
	}
	if !ok || s.Accounts.Banned(user) {
		return "", apperr.New(apperr.BadCredentials)
	}
	if !weak {
		return hash, nil
	}
	better, err := s.Passwords.Hash(ctx, text)
	if err != nil {
		return hash, nil // no place at the gate: the next sign-in replaces it
	}
	return better, s.Accounts.RenewPassword(ctx, id, hash, better)
}

// stillProven fails with apperr.BadCredentials if the password has been changed
// since it was proven. Another hash may also be of the same password, renewed by
// a sign-in beside this one.
func (s *Service) stillProven(ctx context.Context, id int64, proven, text string) error {
	current, err := s.Accounts.Password(ctx, id)
	if err != nil || current == proven {
		return err
	}
	ok := false
	if current != "" {
		if ok, _, err = s.Passwords.Verify(ctx, current, text); err != nil {
			return err
		}
	}
	if !ok {
		return apperr.New(apperr.BadCredentials)
	}
	return nil
}

// findByLogin finds the account, or nil. A malformed name is nobody's, but is
// looked up all the same, as the empty name that nobody can have.
func (s *Service) findByLogin(ctx context.Context, l PasswordLogin) (*model.User, error) {
	if l.Username != "" {
		name, _ := identity.ParseUsername(l.Username)
		return s.Accounts.ByUsername(ctx, name)
	}
	address, err := identity.ParseEmail(l.Email)
	if l.Phone != "" {
		address, err = identity.ParsePhone(l.Phone, s.DefaultRegion)
	}
	if err != nil {
		return s.Accounts.ByUsername(ctx, "")
	}
	return s.Accounts.ByAddress(ctx, address)
}

func checkNew(text, field string, own ...string) error {
	if err := password.Check(text, own...); err != nil {
		return apperr.From(err).WithField(field)
	}
	return nil
}

func (s *Service) newHash(ctx context.Context, text, field string, own ...string) (string, error) {
	if err := checkNew(text, field, own...); err != nil {
		return "", err
	}
	return s.Passwords.Hash(ctx, text)
}
