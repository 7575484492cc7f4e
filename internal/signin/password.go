package signin

import (
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// actionPassword is what a captcha is solved for that a sign-in by password demands.
const actionPassword = "password"

// PasswordLogin names an account by exactly one of Username, Phone and Email.
type PasswordLogin struct {
	Username, Phone, Email string
	// Region is the country of a national number; empty means the default one.
	Region   string
	Password string
	// Captcha is the token of a captcha that was solved.
	Captcha string
}

// login is a PasswordLogin whose name was read.
type login struct {
	// name counts failures where it is nobody's; all malformed names share one.
	name     string
	username string
	address  address.Address
}

// ByPassword signs in with a password. An unknown account, one without a
// password, a wrong password and a banned account are all apperr.BadCredentials, after
// the same work. Only whoever has the password learns, by apperr.MfaRequired, that a
// second factor is due.
func (s *Service) ByPassword(ctx context.Context, l PasswordLogin, d session.Device) (Pair, error) {
	read := s.read(l)
	if err := s.Guard.Recall(s.Guard.ForPassword("", client(ctx))); err != nil {
		return Pair{}, err
	}
	user, err := s.find(ctx, read)
	if err != nil {
		return Pair{}, err
	}
	account := guard.Account{Name: read.name, Client: client(ctx)}
	if user != nil {
		account.Name = guard.UserName(user.Id)
	}
	var proof passwordProof
	err = s.withCaptcha(ctx, l.Captcha, actionPassword, func(solved bool) (err error) {
		account.Captcha = solved
		proof, err = s.provePassword(ctx, account, user, l.Password)
		return err
	})
	if err != nil {
		return Pair{}, s.report(ctx, outcome{
			refused: event.Event{
				Kind: event.SignInFailed, UserID: idOf(user), Address: read.address, Reason: s.whyNot(user, event.WrongPassword),
			},
			by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn,
		}, err)
	}
	pair, err := s.Admit(ctx, Proof{
		By: event.ByPassword, UserID: user.Id, Address: read.address, Refused: apperr.BadCredentials,
		Opener: session.Opener{Methods: []string{amrPassword}},
		Still: func(ctx context.Context, user *model.User) error {
			return s.stillProven(ctx, user.Id, proof.hash, l.Password)
		},
	}, d)
	if ours(err) {
		proof.charge.Void(ctx)
	}
	return pair, err
}

// PasswordState says whether a user has a password.
type PasswordState struct {
	Set     bool
	Changed time.Time
	// Waiting says that a new one, by a reset, is still to take effect.
	Waiting bool
}

// Password says whether a user has a password.
func (s *Service) Password(ctx context.Context, userID int64) (state PasswordState, err error) {
	held, err := s.Accounts.HeldCredentials(ctx, userID)
	for _, one := range held {
		switch one.Kind {
		case model.KindPassword:
			state.Set, state.Changed = true, time.UnixMilli(one.Changed)
		case model.KindReset:
			state.Waiting = true
		}
	}
	return state, err
}

// ChangePassword sets a new password and ends the user's other sessions. The
// old one is the proof; a user without one needs a fresh proof, and one who has a second
// factor needs both.
func (s *Service) ChangePassword(ctx context.Context, p reqctx.Principal, oldPassword, newPassword string) error {
	if err := checkNew(newPassword, "newPassword", password.Own{}); err != nil {
		return err
	}
	return s.charged(ctx, s.Guard.ForAct(p.SessionID, client(ctx)), guard.UserName(p.UserID), event.WhenActing, func() error {
		return s.changePassword(ctx, p, oldPassword, newPassword)
	})
}

func (s *Service) changePassword(ctx context.Context, p reqctx.Principal, oldPassword, newPassword string) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := checkNew(newPassword, "newPassword", namesOf(user)); err != nil {
		return err
	}
	charge, err := s.mayChangePassword(ctx, p, user, oldPassword)
	if err != nil {
		return err
	}
	if err = s.setOwnPassword(ctx, p, user, newPassword); ours(err) {
		charge.Void(ctx)
	}
	return err
}

func (s *Service) setOwnPassword(ctx context.Context, p reqctx.Principal, user *model.User, newPassword string) error {
	hash, err := s.hashNew(ctx, newPassword, "newPassword")
	if err != nil {
		return err
	}
	if err := s.Accounts.SetPassword(ctx, p.UserID, hash, p.SessionID); err != nil {
		return err
	}
	s.Events.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: p.UserID, Proven: proven(user)})
	s.upgradedBy(ctx, user, event.ByPassword)
	return nil
}

// mayChangePassword demands the old password or a recent sign-in, and returns what
// that has cost.
func (s *Service) mayChangePassword(ctx context.Context, p reqctx.Principal, user *model.User, oldPassword string) (guard.Charge, error) {
	current, err := s.Accounts.Password(ctx, p.UserID)
	if err != nil {
		return guard.Charge{}, err
	}
	failed := event.Event{Kind: event.PasswordChangeFailed, UserID: p.UserID}
	if current == "" {
		failed.Reason = event.NotRecent
		return guard.Charge{}, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.Reauthenticate}}, s.requireToAdd(ctx, p))
	}
	if oldPassword == "" {
		return guard.Charge{}, apperr.New(apperr.InvalidRequest).WithField("oldPassword")
	}
	if err := s.requireFactor(ctx, p); err != nil {
		failed.Reason = event.NotRecent
		return guard.Charge{}, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.Reauthenticate}}, err)
	}
	failed.Reason = event.WrongPassword
	proof, err := s.provePassword(ctx, signedIn(ctx, user), user, oldPassword)
	return proof.charge, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn}, err)
}

// checkPassword does the work of one hash whatever user is; nil is one that is
// not there. It returns the hash that is now stored: one of weaker parameters is
// replaced by the way.
func (s *Service) checkPassword(ctx context.Context, p password.Payer, user *model.User, text string) (string, error) {
	var id int64
	if user != nil {
		id = user.Id
	}
	if err := s.takeEffect(ctx, id); err != nil {
		return "", err
	}
	hash, err := s.Accounts.Password(ctx, id)
	if err != nil {
		return "", err
	}
	hasher := s.Passwords.For(p)
	if hash == "" {
		if err := hasher.VerifyNone(ctx, text); err != nil {
			return "", err
		}
		return "", apperr.New(apperr.BadCredentials)
	}
	ok, weak, err := hasher.Verify(ctx, hash, text)
	if err != nil {
		return "", err
	}
	if !ok || s.Accounts.Banned(user) {
		return "", apperr.New(apperr.BadCredentials)
	}
	if !weak {
		return hash, nil
	}
	better, err := hasher.Hash(ctx, text)
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
		if ok, _, err = s.Passwords.For(payer(ctx)).Verify(ctx, current, text); err != nil {
			return err
		}
	}
	if !ok {
		return apperr.New(apperr.BadCredentials)
	}
	return nil
}

// read reads the name of a sign-in.
func (s *Service) read(l PasswordLogin) login {
	if l.Username != "" {
		name, _ := address.ParseUsername(l.Username)
		return login{name: "username " + name, username: name}
	}
	address, err := address.ParseEmail(l.Email)
	if l.Phone != "" {
		address, err = s.readPhone(l.Phone, l.Region)
	}
	if err != nil {
		return login{}
	}
	// The name is the address itself, and not the mailbox it counts as elsewhere: whoever
	// has an account is counted by that, so that a tag which shares a stranger's count
	// would say that nobody has it.
	return login{name: "address " + address.Canonical(), address: address}
}

// readPhone reads a number to look for who has it: one that has left its plan as well.
func (s *Service) readPhone(raw, region string) (address.Address, error) {
	addr, err := address.ParsePhone(raw, s.region(region))
	if held, ok := address.ParseHeld(raw); err != nil && ok {
		return held, nil
	}
	return addr, err
}

// find finds the account, or nil. A malformed name is nobody's, but is looked up
// all the same, as the empty name that nobody can have.
func (s *Service) find(ctx context.Context, l login) (*model.User, error) {
	if l.address.IsZero() {
		return s.Accounts.ByUsername(ctx, l.username)
	}
	return s.Accounts.ByAddress(ctx, l.address)
}
