package signin

import (
	"cmp"
	"context"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/event"
	"user-api/internal/locale"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/token"
	"user-api/model"
)

// enqueueTimeout bounds the one step that is finished even if the client has
// gone: a challenge that was opened must be sent.
const enqueueTimeout = 3 * time.Second

// CodeRequest asks for a code, by Phone or by Email.
type CodeRequest struct {
	Phone, Email string
	Region       string
	// Locale is the language that was asked for, Languages are those that the client
	// prefers.
	Locale, Languages string
	// Channel is SMS when empty, for a phone; an e-mail address has one alone.
	Channel string
	// Purpose is PurposeLogin when empty.
	Purpose otp.Purpose
	// Captcha is the token of a captcha that was solved.
	Captcha string
}

// CodeLogin is a sign-in by the code of a challenge.
type CodeLogin struct {
	OtpID, Code string
	// AskedWith is the key that the code must have been asked for with, "" for any.
	AskedWith string
	// Invite is needed by a new account where SignUp is SignUpInvite.
	Invite string
	Second Second
}

// ByCode signs in with the code of a challenge, making the account if there is
// none and the user may sign up. Fails with apperr.OtpInvalid, RateLimited or Unavailable,
// with apperr.MfaRequired where a second factor is due, or where the account is dormant
// and has another proof, and with apperr.Forbidden where no account is made.
func (s *Service) ByCode(ctx context.Context, l CodeLogin, d session.Device) (pair Pair, err error) {
	err = s.spend(ctx, otp.Answer{ID: l.OtpID, Code: l.Code, Purpose: otp.PurposeLogin, AskedWith: l.AskedWith}, func(ctx context.Context, v otp.Verified) error {
		proof := Proof{
			By: event.ByCode, UserID: v.Holder, Address: v.Address, Locale: locale.First(v.Locale), Refused: apperr.OtpInvalid, Still: holds(v),
			Opener: session.Opener{Digest: token.Digest(l.OtpID), Returned: v.Returned, Methods: methodsOf(v)},
			Second: func(ctx context.Context, g session.Grant) ([]string, error) {
				return s.awake(ctx, g.User, v, otp.PurposeLogin, l.Second)
			},
		}
		if v.Holder == 0 { // it was asked for while the address was nobody's
			proof.Make = func(ctx context.Context) (*model.User, bool, error) { return s.join(ctx, v.Address, l.Invite) }
		}
		pair, err = s.Admit(ctx, proof, d)
		return err
	})
	return pair, err
}

// CodeStatus says what became of a challenge's message. Fails as
// otp.Challenges.Status does, and with apperr.RateLimited.
func (s *Service) CodeStatus(ctx context.Context, otpID string) (status otp.Status, err error) {
	err = s.lookUp(ctx, func() error {
		status, err = s.Challenges.Status(ctx, otpID)
		return err
	})
	return status, err
}

// ResendCode sends the code of a living challenge once more, by the same channel
// or another one. Of the request Channel and Captcha are read.
func (s *Service) ResendCode(ctx context.Context, otpID string, r CodeRequest) (ticket otp.Ticket, err error) {
	err = s.lookUp(ctx, func() error {
		ticket, err = s.resend(ctx, otpID, r)
		return err
	})
	return ticket, err
}

func (s *Service) resend(ctx context.Context, otpID string, r CodeRequest) (otp.Ticket, error) {
	held, err := s.Challenges.Find(ctx, otpID)
	if err == nil && r.Channel != "" && !held.Address.IsZero() {
		err = s.offered(held.Address, r.Channel)
	}
	if err != nil {
		return otp.Ticket{}, err
	}
	ask := otp.Request{Address: held.Address, Channel: r.Channel, Purpose: held.Purpose, UserID: held.UserID}
	if held.UserID == 0 {
		held.UserID = event.OfAddress
	}
	ticket, err := s.ticket(ctx, ask, r.Captcha, func(ctx context.Context, ask otp.Request) (otp.Ticket, error) {
		return s.Challenges.Resend(ctx, otpID, ask)
	})
	return ticket, s.send(ctx, held.Address, held.UserID, held.Purpose, ticket, err)
}

// SendCode opens a challenge and queues its message. What it answers, and the
// work it does, are the same whether or not the address has an account: a code to
// sign in is sent to whatever address unless nobody may sign up, and one to reset a password of nobody who may
// sign in is a decoy.
func (s *Service) SendCode(ctx context.Context, r CodeRequest) (otp.Ticket, error) {
	addr, err := s.destination(r)
	if apperr.Is(err, apperr.InvalidPhone) {
		addr, err = s.heldNumber(ctx, r, err)
	}
	if err != nil {
		return otp.Ticket{}, err
	}
	if r.Purpose == "" {
		r.Purpose = otp.PurposeLogin
	}
	if r.Purpose == otp.PurposeLogin && addr.Kind() == address.KindEmail && !s.ByEmail {
		return otp.Ticket{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("Sign-in by e-mail is not offered here.")
	}
	ask := otp.Request{Address: addr, Channel: r.channel(addr), Purpose: r.Purpose, Locale: cmp.Or(r.Locale, r.Languages), Said: r.Locale != "", Client: client(ctx),
		Key: reqctx.IdempotencyKeyFrom(ctx)}
	if err := s.Challenges.Recall(ask); err != nil {
		return otp.Ticket{}, s.withLiving(ctx, ask, err)
	}
	user, err := s.Accounts.ByAddress(ctx, addr)
	if err != nil {
		return otp.Ticket{}, err
	}
	ask.Holder, ask.Epoch, ask.Decoy = idOf(user), epochOf(user), s.decoy(r.Purpose, user)
	ask.Hidden = s.SignUp == SignUpClosed
	ticket, err := s.ticket(ctx, ask, r.Captcha, s.Challenges.Issue)
	return ticket, s.withLiving(ctx, ask, s.send(ctx, addr, idOf(user), r.Purpose, ticket, err))
}

// decoy reports whether a code would be of no use: nothing is sent, and the asker cannot
// tell. A stranger gets one to sign in with unless nobody may sign up.
func (s *Service) decoy(purpose otp.Purpose, user *model.User) bool {
	if purpose == otp.PurposeLogin {
		return user == nil && s.SignUp == SignUpClosed
	}
	return !s.maySignIn(user)
}

// send records that a code was asked for and queues its message; err is why
// there is none.
func (s *Service) send(ctx context.Context, address address.Address, userID int64, purpose otp.Purpose, t otp.Ticket, err error) error {
	e := event.Event{
		Kind: event.CodeAsked, UserID: userID, Address: address, Reason: event.Reason(purpose), OtpID: t.ID, Send: t.Send, Channel: t.Channel,
	}
	if err != nil {
		e.Channel = channelOf(address)
	}
	if err := s.report(ctx, outcome{done: e, limited: event.WhenAsking}, err); err != nil {
		return err
	}
	return s.enqueue(ctx, t)
}

// enqueue queues a send. One that cannot be queued is taken back: nobody pays for a
// message that is not sent.
func (s *Service) enqueue(ctx context.Context, t otp.Ticket) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enqueueTimeout)
	defer cancel()
	err := s.Queue.Enqueue(ctx, t.ID, t.Send)
	if err != nil {
		s.Challenges.TakeBack(ctx, t)
	}
	return err
}

// destination reads the address.
func (s *Service) destination(r CodeRequest) (address.Address, error) {
	if r.Email != "" && !s.Mail {
		return address.Address{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("No e-mail is sent here.")
	}
	if r.Email != "" {
		return address.ParseEmail(r.Email)
	}
	addr, err := address.ParsePhone(r.Phone, s.region(r.Region))
	if err != nil {
		return address.Address{}, err
	}
	return addr, s.admitted(r, addr)
}

// admitted refuses a number to which no code is sent here, or none by the channel.
func (s *Service) admitted(r CodeRequest, address address.Address) error {
	if err := s.Numbers.Admit(address); err != nil {
		return err
	}
	return s.offered(address, r.channel(address))
}

// holds is a Proof.Still of a code. It fails with errNotHolder for a user without
// the address, and with apperr.OtpInvalid where the code was another user's, or
// has become void since it was asked for.
func holds(v otp.Verified) func(context.Context, *model.User) error {
	return func(_ context.Context, user *model.User) error {
		switch {
		case !v.Address.Is(textOf(user, v.Address.Kind())):
			return errNotHolder
		case v.Holder != 0 && v.Holder != user.Id, v.Epoch != user.Epoch:
			return apperr.New(apperr.OtpInvalid).Wrap(errVoid)
		}
		return nil
	}
}

func channelOf(addr address.Address) string {
	if addr.Kind() == address.KindEmail {
		return string(delivery.Email)
	}
	return string(delivery.SMS)
}

// epochOf is the epoch of a user, 0 for nobody.
func epochOf(user *model.User) int64 {
	if user == nil {
		return 0
	}
	return user.Epoch
}

// maySignIn reports whether the user is one who may; nil is nobody.
func (s *Service) maySignIn(user *model.User) bool { return user != nil && !s.Accounts.Banned(user) }
