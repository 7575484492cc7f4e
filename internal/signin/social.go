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

// socialRetryAfter is when a client may retry after a provider did not answer.
const socialRetryAfter = 5 * time.Second

type (
	// Social configures sign-in with external providers.
	Social struct {
		Providers *social.Providers
		// Base is the URL of the service for browsers; without it no browser can return from a
		// provider. Redirects are the URLs to which browsers may be sent afterwards.
		Base      string
		Redirects []string
	}

	// SocialProof proves an identity at a provider. It is an id_token, with its nonce if it has
	// one; or the code with which a browser returned and the verifier of its challenge; or the code
	// that the provider gave to its mini program, optionally with the code of a number.
	SocialProof struct {
		Provider, IDToken, Nonce, Code, Verifier, ProviderCode, PhoneCode string
	}

	// SocialLogin is a sign-in with a SocialProof.
	SocialLogin struct {
		SocialProof
		// Invite is required for a new account if SignUp is SignUpInvite.
		Invite string
	}

	// socialUser is the identity that a SocialProof proves.
	socialUser struct {
		social.Identity
		// replayKey opens at most one session.
		replayKey string
		// userID and epoch are those of the user when the browser returned, 0 if there was none.
		userID, epoch int64
	}
)

// SocialProviders returns the configured providers.
func (s *Service) SocialProviders() []social.Listed { return s.Social.Providers.List() }

// BySocial signs in with an identity at a provider. It creates the account if there is none and
// sign-up is allowed. An account that merely has the same address is not used. It fails with
// apperr.BadCredentials for an invalid proof, with NotFound for an unknown provider, with
// EmailTaken or PhoneTaken if the address proven by the provider belongs to another account, with
// Forbidden if no account may be created, with RateLimited, or with Unavailable.
func (s *Service) BySocial(ctx context.Context, l SocialLogin, d session.Device) (Pair, error) {
	who, charge, err := s.verifySocial(ctx, l.SocialProof)
	if err != nil {
		return Pair{}, s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, Reason: event.WrongToken}, by: []apperr.Code{apperr.BadCredentials}, limited: event.WhenSigningIn,
		}, err)
	}
	pair, err := s.admitSocial(ctx, who, l.Invite, d)
	if err == nil {
		reqctx.IfLost(ctx, func(ctx context.Context) { s.Sessions.Undelivered(ctx, who.replayKey) })
		return pair, nil
	}
	if serverFault(err) {
		charge.Void(ctx)
	}
	if apperr.Is(err, apperr.EmailTaken) || apperr.Is(err, apperr.PhoneTaken) {
		s.Events.Keep(ctx, event.Event{Kind: event.SignInFailed, Address: who.proven(), Reason: event.Taken})
	}
	return Pair{}, err
}

func (s *Service) admitSocial(ctx context.Context, who socialUser, invited string, d session.Device) (Pair, error) {
	user, link, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject)
	if err != nil {
		return Pair{}, err
	}
	opener := session.Opener{Digest: token.Digest(who.replayKey)}
	if !who.AuthTime.IsZero() && who.AuthTime.Before(s.Sessions.Now()) {
		opener.AuthTime = who.AuthTime
	}
	pair, err := s.Admit(ctx, Proof{
		By: event.BySocial, UserID: idOf(user), Address: who.proven(), Locale: who.Locale, RefusalCode: apperr.BadCredentials, Opener: opener,
		FindOrCreate: func(ctx context.Context) (*model.User, bool, error) { return s.joinSocial(ctx, who, invited) },
		Recheck:      s.recheckLink(who),
	}, d)
	if err == nil && link != nil {
		if err := s.Accounts.LinkUsed(ctx, link, who.account()); err != nil {
			logx.WithContext(ctx).Errorf("signin: record link use: %v", err)
		}
	}
	return pair, err
}

// verifySocial verifies a proof. It is charged before any provider is asked. For a valid proof,
// only the attempt itself remains charged.
func (s *Service) verifySocial(ctx context.Context, p SocialProof) (who socialUser, charge guard.Charge, err error) {
	provider, err := s.provider(ctx, p.Provider)
	if err != nil {
		return who, charge, err
	}
	once := p.replayKey()
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
	who.replayKey = once
	switch {
	case err == nil:
		charge.Refund(ctx)
	case serverFault(err):
		charge.Void(ctx)
	}
	return who, charge, err
}

// replayKey identifies the proof, which must not open two sessions.
func (p SocialProof) replayKey() string {
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

// provider returns a provider. Unknown names are charged to the client.
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

// fromProvider translates an error of a provider.
func fromProvider(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, social.ErrRefused):
		return apperr.New(apperr.BadCredentials).Wrap(err)
	case errors.Is(err, social.ErrUnsupported):
		return apperr.New(apperr.InvalidRequest).WithField("provider").WithDetail("This provider does not work in this way.").Wrap(err)
	}
	return apperr.Down(err).WithRetryAfter(socialRetryAfter)
}

// joinSocial finds the user of an identity, or creates the account if sign-up is allowed. It fails
// with apperr.EmailTaken or PhoneTaken if the proven address belongs to another account: its owner
// may be somebody else, and can link the two after proving both.
func (s *Service) joinSocial(ctx context.Context, who socialUser, invited string) (*model.User, bool, error) {
	if s.SignUp == SignUpOpen {
		return s.Accounts.FindOrLink(ctx, who.account())
	}
	if address := who.proven(); !address.IsZero() {
		holder, err := s.Accounts.ByAddress(ctx, address)
		if err != nil {
			return nil, false, err
		}
		if holder != nil {
			return nil, false, takenError(address)
		}
	}
	keys, err := s.maySignUp(ctx, invited, who.proven())
	if err != nil {
		return nil, false, err
	}
	user, isNew, err := s.Accounts.FindOrLink(ctx, who.account(), keys...)
	return user, isNew, s.noInvite(ctx, err)
}

// takenError returns the error for an address of another account.
func takenError(addr address.Address) error {
	if addr.Kind() == address.KindEmail {
		return apperr.New(apperr.EmailTaken).WithField("email")
	}
	return apperr.New(apperr.PhoneTaken).WithField("phone")
}

// recheckLink returns a Proof.Recheck for an identity. It fails with errNotOwner for a user without
// the link, and with apperr.BadCredentials if the proof has been invalidated since the browser
// returned.
func (s *Service) recheckLink(who socialUser) func(context.Context, *model.User) error {
	return func(ctx context.Context, user *model.User) error {
		holder, _, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject)
		switch {
		case err != nil:
			return err
		case idOf(holder) != user.Id:
			return errNotOwner
		case who.userID == user.Id && who.epoch != user.Epoch:
			return apperr.New(apperr.BadCredentials).Wrap(errInvalidated)
		}
		return nil
	}
}

// proven returns the address proven by the provider, or zero if there is none.
func (o socialUser) proven() address.Address {
	switch {
	case o.EmailProven:
		return o.Email
	case o.PhoneProven:
		return o.Phone
	}
	return address.Address{}
}

// account converts the identity for package account.
func (o socialUser) account() account.ExternalIdentity {
	who := account.ExternalIdentity{Provider: o.Provider, Subject: o.Subject, Claimed: o.Email}
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
