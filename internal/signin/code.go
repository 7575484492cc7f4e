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

// enqueueTimeout bounds the one step that completes even if the client disconnects: a message must
// be sent for every challenge that was opened.
const enqueueTimeout = 3 * time.Second

// CodeRequest is a request for a code to Phone or Email.
type CodeRequest struct {
	Phone, Email string
	Region       string
	// Locale is the requested language, Languages the client's preferred languages.
	Locale, Languages string
	// Channel defaults to SMS for a phone number. An e-mail address has only one channel.
	Channel string
	// Purpose defaults to PurposeLogin.
	Purpose otp.Purpose
	// Captcha is the token of a solved captcha.
	Captcha string
}

// CodeLogin is a sign-in with the code of a challenge.
type CodeLogin struct {
	OtpID, Code string
	// AskedWith is the key with which the code must have been requested; "" accepts any.
	AskedWith string
	// Invite is required for a new account if SignUp is SignUpInvite.
	Invite string
	Second Confirmation
}

// ByCode signs in with the code of a challenge. It creates the account if there is none and sign-up
// is allowed. It fails with apperr.OtpInvalid, RateLimited or Unavailable, with MfaRequired if a
// second factor is due or the account is dormant and has another proof, and with Forbidden if no
// account may be created.
func (s *Service) ByCode(ctx context.Context, l CodeLogin, d session.Device) (pair Pair, err error) {
	err = s.withCode(ctx, otp.Answer{ID: l.OtpID, Code: l.Code, Purpose: otp.PurposeLogin, AskedWith: l.AskedWith}, func(ctx context.Context, v otp.Verified) error {
		proof := Proof{
			By: event.ByCode, UserID: v.Holder, Address: v.Address, Locale: locale.First(v.Locale), RefusalCode: apperr.OtpInvalid, Recheck: recheckCode(v),
			Opener: session.Opener{Digest: token.Digest(l.OtpID), Returned: v.Returned, Methods: methodsOf(v)},
			SecondProof: func(ctx context.Context, g session.Grant) ([]string, error) {
				return s.requireAwake(ctx, g.User, v, otp.PurposeLogin, l.Second)
			},
		}
		if v.Holder == 0 { // the address had no account when the code was requested
			proof.FindOrCreate = func(ctx context.Context) (*model.User, bool, error) { return s.join(ctx, v.Address, l.Invite) }
		}
		pair, err = s.Admit(ctx, proof, d)
		return err
	})
	return pair, err
}

// CodeStatus returns the delivery status of a challenge's message. It fails like
// otp.Challenges.Status, and with apperr.RateLimited.
func (s *Service) CodeStatus(ctx context.Context, otpID string) (status otp.Status, err error) {
	err = s.lookUp(ctx, func() error {
		status, err = s.Challenges.Status(ctx, otpID)
		return err
	})
	return status, err
}

// ResendCode sends the code of a live challenge again, by the same channel or another one. It uses
// only Channel and Captcha of the request.
func (s *Service) ResendCode(ctx context.Context, otpID string, r CodeRequest) (ticket otp.Ticket, err error) {
	err = s.lookUp(ctx, func() error {
		ticket, err = s.resend(ctx, otpID, r)
		return err
	})
	return ticket, err
}

func (s *Service) resend(ctx context.Context, otpID string, r CodeRequest) (otp.Ticket, error) {
	challenge, err := s.Challenges.Find(ctx, otpID)
	if err == nil && r.Channel != "" && !challenge.Address.IsZero() {
		err = s.checkChannel(challenge.Address, r.Channel)
	}
	if err != nil {
		return otp.Ticket{}, err
	}
	ask := otp.Request{Address: challenge.Address, Channel: r.Channel, Purpose: challenge.Purpose, UserID: challenge.UserID}
	owner := cmp.Or(challenge.UserID, event.OfAddress)
	ticket, err := s.grantTicket(ctx, ask, r.Captcha, func(ctx context.Context, ask otp.Request) (otp.Ticket, error) {
		return s.Challenges.Resend(ctx, otpID, ask)
	})
	return ticket, s.send(ctx, challenge.Address, owner, challenge.Purpose, ticket, err)
}

// SendCode opens a challenge and queues its message. The answer and the work are the same whether
// or not the address has an account. A sign-in code goes to any address unless sign-up is closed; a
// reset code for an address without an active account is a decoy.
func (s *Service) SendCode(ctx context.Context, r CodeRequest) (otp.Ticket, error) {
	addr, err := s.destination(r)
	if apperr.Is(err, apperr.InvalidPhone) {
		addr, err = s.retiredNumber(ctx, r, err)
	}
	if err != nil {
		return otp.Ticket{}, err
	}
	if r.Purpose == "" {
		r.Purpose = otp.PurposeLogin
	}
	if r.Purpose == otp.PurposeLogin && addr.Kind() == address.KindEmail && !s.ByEmail {
		return otp.Ticket{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("Sign-in by e-mail is not enabled.")
	}
	ask := otp.Request{Address: addr, Channel: r.channel(addr), Purpose: r.Purpose, Locale: cmp.Or(r.Locale, r.Languages), Said: r.Locale != "", Client: client(ctx),
		Key: reqctx.IdempotencyKeyFrom(ctx)}
	if err := s.Challenges.Recall(ask); err != nil {
		return otp.Ticket{}, s.withLiveChallenge(ctx, ask, err)
	}
	user, err := s.Accounts.ByAddress(ctx, addr)
	if err != nil {
		return otp.Ticket{}, err
	}
	ask.Holder, ask.Epoch, ask.Decoy = idOf(user), epochOf(user), s.decoy(r.Purpose, user)
	ask.Hidden = s.SignUp == SignUpClosed
	ticket, err := s.grantTicket(ctx, ask, r.Captcha, s.Challenges.Issue)
	return ticket, s.withLiveChallenge(ctx, ask, s.send(ctx, addr, idOf(user), r.Purpose, ticket, err))
}

// decoy reports whether a code would be useless. No message is sent then, and the client cannot
// tell. A stranger gets a sign-in code unless sign-up is closed.
func (s *Service) decoy(purpose otp.Purpose, user *model.User) bool {
	if purpose == otp.PurposeLogin {
		return user == nil && s.SignUp == SignUpClosed
	}
	return !s.maySignIn(user)
}

// send records the request of a code and queues its message. err is the reason why there is no
// ticket.
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

// enqueue queues a send. If that fails, it takes the send back, so that no message counts that was
// never sent.
func (s *Service) enqueue(ctx context.Context, t otp.Ticket) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), enqueueTimeout)
	defer cancel()
	err := s.Queue.Enqueue(ctx, t.ID, t.Send)
	if err != nil {
		s.Challenges.TakeBack(ctx, t)
	}
	return err
}

// destination parses the address of the request.
func (s *Service) destination(r CodeRequest) (address.Address, error) {
	if r.Email != "" && !s.Mail {
		return address.Address{}, apperr.New(apperr.InvalidRequest).WithField("email").WithDetail("E-mail is not enabled.")
	}
	if r.Email != "" {
		return address.ParseEmail(r.Email)
	}
	addr, err := address.ParsePhone(r.Phone, s.region(r.Region))
	if err != nil {
		return address.Address{}, err
	}
	return addr, s.checkNumber(r, addr)
}

// checkNumber fails for a number that receives no codes, or none by the requested channel.
func (s *Service) checkNumber(r CodeRequest, address address.Address) error {
	if err := s.Numbers.Admit(address); err != nil {
		return err
	}
	return s.checkChannel(address, r.channel(address))
}

// recheckCode returns a Proof.Recheck for a code. It fails with errNotOwner for a user without the
// address, and with apperr.OtpInvalid if the code was another user's or has been invalidated since
// it was requested.
func recheckCode(v otp.Verified) func(context.Context, *model.User) error {
	return func(_ context.Context, user *model.User) error {
		switch {
		case !v.Address.Is(textOf(user, v.Address.Kind())):
			return errNotOwner
		case v.Holder != 0 && v.Holder != user.Id, v.Epoch != user.Epoch:
			return apperr.New(apperr.OtpInvalid).Wrap(errInvalidated)
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

// epochOf returns the epoch of a user, or 0 if user is nil.
func epochOf(user *model.User) int64 {
	if user == nil {
		return 0
	}
	return user.Epoch
}

// maySignIn reports whether user exists and is not banned.
func (s *Service) maySignIn(user *model.User) bool { return user != nil && !s.Accounts.Banned(user) }
