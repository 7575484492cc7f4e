package signin

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/social"
	"user-api/internal/token"
	"user-api/model"
)

// socialPause is for how long a client leaves a provider alone that does not answer.
const socialPause = 5 * time.Second

type (
	// Social is what signing in by other sites needs.
	Social struct {
		Providers *social.Providers
		// Base is where browsers reach the service; empty means that none comes back from a
		// provider. Redirects are where they may go from here.
		Base      string
		Redirects []string
	}

	// SocialProof is what a client shows of who somebody is at a provider: an id_token, with
	// the nonce it was asked with if there was one, the code that a browser came back with
	// and the verifier of its challenge, or the code that a provider gave its mini program,
	// with that of a number if there was one.
	SocialProof struct {
		Provider, IDToken, Nonce, Code, Verifier, ProviderCode, PhoneCode string
	}

	// SocialLogin is a sign-in by such a proof.
	SocialLogin struct {
		SocialProof
		// Invite is needed by a new account where SignUp is SignUpInvite.
		Invite string
	}

	// outsider is who a SocialProof is of.
	outsider struct {
		social.Identity
		// once is what must not open two sessions.
		once string
		// userID and epoch are those of the user when the browser came back, 0 for nobody.
		userID, epoch int64
	}
)

// SocialProviders lists the providers.
func (s *Service) SocialProviders() []social.Listed { return s.Social.Providers.List() }

// BySocial signs in by who somebody is at a provider, making the account if there is none
// and the user may sign up. An account that only has the address is not that account.
// Fails with apperr.BadCredentials for a proof that does not hold, with NotFound for a
// provider that is not there, EmailTaken or PhoneTaken where the address that the provider
// has proven is another account's, Forbidden where no account is made, RateLimited, or
// Unavailable.
func (s *Service) BySocial(ctx context.Context, l SocialLogin, d session.Device) (Pair, error) {
	who, charge, err := s.provenOutside(ctx, l.SocialProof)
	if err != nil {
		return Pair{}, s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, Reason: event.WrongToken}, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn,
		}, err)
	}
	pair, err := s.admitOutsider(ctx, who, l.Invite, d)
	if err == nil {
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, who.once) })
		return pair, nil
	}
	if ours(err) {
		charge.Void(ctx)
	}
	if apperr.Is(err, apperr.EmailTaken) || apperr.Is(err, apperr.PhoneTaken) {
		s.Events.Keep(ctx, event.Event{Kind: event.SignInFailed, Address: who.proven(), Reason: event.Taken})
	}
	return Pair{}, err
}

func (s *Service) admitOutsider(ctx context.Context, who outsider, invited string, d session.Device) (Pair, error) {
	user, link, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject)
	if err != nil {
		return Pair{}, err
	}
	opener := session.Opener{Digest: token.Digest(who.once)}
	if !who.AuthTime.IsZero() && who.AuthTime.Before(s.Sessions.Now()) {
		opener.AuthTime = who.AuthTime
	}
	pair, err := s.Admit(ctx, Proof{
		By: event.BySocial, UserID: idOf(user), Address: who.proven(), Locale: who.Locale, Refused: apperr.BadCredentials, Opener: opener,
		Make:  func(ctx context.Context) (*model.User, bool, error) { return s.joinOutsider(ctx, who, invited) },
		Still: s.stillLinked(who),
	}, d)
	if err == nil && link != nil {
		if err := s.Accounts.LinkUsed(ctx, link, who.account()); err != nil {
			logx.WithContext(ctx).Errorf("signin: last use of a link: %v", err)
		}
	}
	return pair, err
}

// provenOutside finds out who a proof is of. It is charged before anybody is asked; what
// is left of the charge of a proof that holds is that it was tried.
func (s *Service) provenOutside(ctx context.Context, p SocialProof) (who outsider, charge guard.Charge, err error) {
	provider, err := s.provider(ctx, p.Provider)
	if err != nil {
		return who, charge, err
	}
	once := p.once()
	charge, err = s.Guard.Try(ctx, s.Guard.ForSocial(client(ctx)), token.Digest(once))
	if err != nil {
		return who, charge, err
	}
	switch {
	case p.IDToken != "":
		who.Identity, err = provider.Verify(ctx, p.IDToken, p.Nonce)
		err = fromProvider(err)
	case p.ProviderCode != "":
		who.Identity, err = redeem(ctx, provider, p)
		err = fromProvider(err)
	default:
		who, err = s.openAnswer(p)
	}
	who.once = once
	switch {
	case err == nil:
		charge.Refund(ctx)
	case ours(err):
		charge.Void(ctx)
	}
	return who, charge, err
}

// once is what must not open two sessions.
func (p SocialProof) once() string {
	switch {
	case p.IDToken != "":
		return "social token " + social.Digest(p.IDToken)
	case p.ProviderCode != "":
		return "social code of " + p.Provider + " " + p.ProviderCode
	}
	return "social code " + p.Code
}

func redeem(ctx context.Context, provider social.Provider, p SocialProof) (social.Identity, error) {
	r, ok := provider.(social.Redeemer)
	if !ok {
		return social.Identity{}, social.ErrUnsupported
	}
	return r.Redeem(ctx, p.ProviderCode, p.PhoneCode)
}

// provider finds a provider. One that is not there is charged to the client.
func (s *Service) provider(ctx context.Context, name string) (found social.Provider, err error) {
	err = s.lookUp(ctx, func() error {
		var ok bool
		if found, ok = s.Social.Providers.Find(name); !ok {
			return apperr.New(apperr.NotFound).WithField("provider")
		}
		return nil
	})
	return found, err
}

// fromProvider says what a client is told of an error of a provider.
func fromProvider(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, social.ErrRefused):
		return apperr.New(apperr.BadCredentials).Wrap(err)
	case errors.Is(err, social.ErrUnsupported):
		return apperr.New(apperr.InvalidRequest).WithField("provider").WithDetail("This provider does not work in this way.").Wrap(err)
	}
	return apperr.Down(err).WithRetryAfter(socialPause)
}

// joinOutsider finds the user of somebody at a provider, or makes the account if such a user
// may sign up. Fails with apperr.EmailTaken or PhoneTaken where the proven address is
// another account's: whoever has it here may be somebody else, and links the two after
// both were proven.
func (s *Service) joinOutsider(ctx context.Context, who outsider, invited string) (*model.User, bool, error) {
	if s.SignUp == SignUpOpen {
		return s.Accounts.FindOrLink(ctx, who.account())
	}
	if address := who.proven(); !address.IsZero() {
		holder, err := s.Accounts.ByAddress(ctx, address)
		if err != nil {
			return nil, false, err
		}
		if holder != nil {
			return nil, false, takenBy(address)
		}
	}
	keys, err := s.maySignUp(ctx, invited, who.proven())
	if err != nil {
		return nil, false, err
	}
	user, isNew, err := s.Accounts.FindOrLink(ctx, who.account(), keys...)
	return user, isNew, s.noInvite(ctx, err)
}

// takenBy is the refusal of an address that another account has.
func takenBy(addr address.Address) error {
	if addr.Kind() == address.KindEmail {
		return apperr.New(apperr.EmailTaken).WithField("email")
	}
	return apperr.New(apperr.PhoneTaken).WithField("phone")
}

// stillLinked is a Proof.Still of somebody at a provider. It fails with errNotHolder for a
// user without the link, and with apperr.BadCredentials where what ends proofs has
// happened since the browser came back.
func (s *Service) stillLinked(who outsider) func(context.Context, *model.User) error {
	return func(ctx context.Context, user *model.User) error {
		holder, _, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject)
		switch {
		case err != nil:
			return err
		case idOf(holder) != user.Id:
			return errNotHolder
		case who.userID == user.Id && who.epoch != user.Epoch:
			return apperr.New(apperr.BadCredentials).Wrap(errVoid)
		}
		return nil
	}
}

// proven is the address that the provider has proven, zero if there is none.
func (o outsider) proven() address.Address {
	switch {
	case o.EmailProven:
		return o.Email
	case o.PhoneProven:
		return o.Phone
	}
	return address.Address{}
}

// account is who it is to package account.
func (o outsider) account() account.Outsider {
	who := account.Outsider{Provider: o.Provider, Subject: o.Subject, Told: o.Email}
	if o.EmailProven {
		who.Email = o.Email
	}
	if o.PhoneProven {
		who.Phone = o.Phone
	}
	if name, err := address.ParseDisplayName(o.Name); err == nil {
		who.DisplayName = name
	}
	return who
}
