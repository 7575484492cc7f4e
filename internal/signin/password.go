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

// actionPassword is the captcha action for sign-in by password.
const actionPassword = "password"

// PasswordLogin is a sign-in by password. Exactly one of Username, Phone and Email is set.
type PasswordLogin struct {
	Username, Phone, Email string
	// Region is the country of a national number; empty means the default region.
	Region   string
	Password string
	// Captcha is the token of a solved captcha.
	Captcha string
}

// loginName is the parsed name of a PasswordLogin.
type loginName struct {
	// key is what failures count under if there is no such account. All malformed names
	// share one.
	key      string
	username string
	address  address.Address
}

// ByPassword signs in with a password. An unknown account, one without a password, a wrong password
// and a banned account all fail with apperr.BadCredentials after the same work. Only a client with
// the right password learns, by apperr.MfaRequired, that a second factor is due.
func (s *Service) ByPassword(ctx context.Context, l PasswordLogin, d session.Device) (Pair, error) {
	name := s.parseLogin(l)
	if err := s.Guard.Recall(s.Guard.ForPassword("", client(ctx))); err != nil {
		return Pair{}, err
	}
	user, err := s.findUser(ctx, name)
	if err != nil {
		return Pair{}, err
	}
	account := guard.Account{Name: name.key, Client: client(ctx)}
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
				Kind: event.SignInFailed, UserID: idOf(user), Address: name.address, Reason: s.accountRefusal(user, event.WrongPassword),
			},
			by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn,
		}, err)
	}
	pair, err := s.Admit(ctx, Proof{
		By: event.ByPassword, UserID: user.Id, Address: name.address, RefusalCode: apperr.BadCredentials,
		Opener: session.Opener{Methods: []string{amrPassword}},
		Recheck: func(ctx context.Context, user *model.User) error {
			return s.recheckPassword(ctx, user.Id, proof.hash, l.Password)
		},
	}, d)
	if serverFault(err) {
		proof.charge.Void(ctx)
	}
	return pair, err
}

// PasswordState describes a user's password.
type PasswordState struct {
	Set     bool
	Changed time.Time
	// Pending means that a new password, set by a reset, has not yet taken effect.
	Pending bool
}

// Password describes a user's password.
func (s *Service) Password(ctx context.Context, userID int64) (state PasswordState, err error) {
	credentials, err := s.Accounts.ListCredentials(ctx, userID)
	for _, c := range credentials {
		switch c.Kind {
		case model.KindPassword:
			state.Set, state.Changed = true, time.UnixMilli(c.Changed)
		case model.KindReset:
			state.Pending = true
		}
	}
	return state, err
}

// ChangePassword sets a new password and ends the user's other sessions. The old password is the
// proof. A user without one needs a recent sign-in, and a user with a second factor needs both.
func (s *Service) ChangePassword(ctx context.Context, p reqctx.Principal, oldPassword, newPassword string) error {
	if err := checkNew(newPassword, "newPassword", password.UserNames{}); err != nil {
		return err
	}
	return s.chargedAct(ctx, p, func() error { return s.changePassword(ctx, p, oldPassword, newPassword) })
}

func (s *Service) changePassword(ctx context.Context, p reqctx.Principal, oldPassword, newPassword string) error {
	user, err := s.Accounts.Current(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := checkNew(newPassword, "newPassword", namesOf(user)); err != nil {
		return err
	}
	charge, err := s.authorizePasswordChange(ctx, p, user, oldPassword)
	if err != nil {
		return err
	}
	if err = s.storePassword(ctx, p, user, newPassword); serverFault(err) {
		charge.Void(ctx)
	}
	return err
}

func (s *Service) storePassword(ctx context.Context, p reqctx.Principal, user *model.User, newPassword string) error {
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

// authorizePasswordChange requires the old password or a recent sign-in, and returns the charge of
// the attempt.
func (s *Service) authorizePasswordChange(ctx context.Context, p reqctx.Principal, user *model.User, oldPassword string) (guard.Charge, error) {
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
	if err := s.requireFreshFactor(ctx, p); err != nil {
		failed.Reason = event.NotRecent
		return guard.Charge{}, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.Reauthenticate}}, err)
	}
	failed.Reason = event.WrongPassword
	proof, err := s.provePassword(ctx, signedIn(ctx, user), user, oldPassword)
	return proof.charge, s.report(ctx, outcome{refused: failed, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn}, err)
}

// checkPassword does the work of one hash even if user is nil. It returns the stored hash, which it
// replaces if its parameters are too weak.
func (s *Service) checkPassword(ctx context.Context, p password.Payer, user *model.User, text string) (string, error) {
	id := idOf(user)
	if err := s.applyDelayedPassword(ctx, id); err != nil {
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
		return hash, nil // the hash queue is full; the next sign-in replaces it
	}
	return better, s.Accounts.RenewPassword(ctx, id, hash, better)
}

// recheckPassword fails with apperr.BadCredentials if the password has changed since it was
// verified. A different hash may still match: a concurrent sign-in may have rehashed it.
func (s *Service) recheckPassword(ctx context.Context, id int64, proven, text string) error {
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

// parseLogin parses the name of a sign-in.
func (s *Service) parseLogin(l PasswordLogin) loginName {
	if l.Username != "" {
		name, _ := address.ParseUsername(l.Username)
		return loginName{key: "username " + name, username: name}
	}
	address, err := address.ParseEmail(l.Email)
	if l.Phone != "" {
		address, err = s.parsePhone(l.Phone, l.Region)
	}
	if err != nil {
		return loginName{}
	}
	// Failures count under the address itself, not under its normalized mailbox. An existing
	// account counts under its id, so a shared counter for tagged addresses would reveal that the
	// account does not exist.
	return loginName{key: "address " + address.Canonical(), address: address}
}

// parsePhone parses a number to look up its owner. It accepts numbers that no longer fit the
// numbering plan.
func (s *Service) parsePhone(raw, region string) (address.Address, error) {
	addr, err := address.ParsePhone(raw, s.region(region))
	if retired, ok := address.ParseUnchecked(raw); err != nil && ok {
		return retired, nil
	}
	return addr, err
}

// findUser returns the account, or nil if there is none. A malformed name is looked up as the empty
// name, which nobody can have, so that the work is the same.
func (s *Service) findUser(ctx context.Context, l loginName) (*model.User, error) {
	if l.address.IsZero() {
		return s.Accounts.ByUsername(ctx, l.username)
	}
	return s.Accounts.ByAddress(ctx, l.address)
}
