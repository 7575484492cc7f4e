package signin

import (
	"context"
	"crypto/subtle"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/social"
)

const (
	// cookieLife is for how long a browser may be at a provider.
	cookieLife = 10 * time.Minute
	// answerLife is how long the code works with which a browser goes on from here.
	answerLife = time.Minute
	// maxAppState bounds what an app gets back.
	maxAppState = 256
)

var (
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

	// cancelled are the words of providers for people who have not agreed.
	cancelled = []string{"access_denied", "consent_required", "interaction_required", "login_required", "user_cancelled_authorize"}
	// troubled are those for a failure of their own.
	troubled = []string{"server_error", "temporarily_unavailable"}
)

type (
	// SocialBegin is what a browser brings that is to sign in by a provider.
	SocialBegin struct {
		// ReturnTo is where it goes in the end, letter by letter one of Social.Redirects.
		ReturnTo string
		// Challenge is the code_challenge (S256) of the app's verifier.
		Challenge string
		// State is what the app gets back.
		State string
		// Fresh asks for a sign-in now, whatever session there is at the provider.
		Fresh bool
	}

	// Cookie is what a browser keeps.
	Cookie struct {
		Name, Value string
		Life        time.Duration
		Secure      bool
	}

	// SocialCallback is what a browser brings that comes back from a provider.
	SocialCallback struct {
		Code, State, Error string
		// Issuer is nil where the provider does not say who it is.
		Issuer *string
		// Cookie is what BeginSocial gave.
		Cookie string
	}
)

// SocialCookie is the cookie that binds a sign-in to the browser, without its value. It is
// for TLS alone, unless the service is on this host without it.
func (s *Service) SocialCookie() Cookie {
	if strings.HasPrefix(s.Social.Base, "http:") {
		return Cookie{Name: "user-api-social", Life: cookieLife}
	}
	return Cookie{Name: "__Host-user-api-social", Life: cookieLife, Secure: true}
}

// BeginSocial returns where a browser is sent to sign in by a provider, and what it keeps
// meanwhile. Fails with apperr.NotFound for a provider that is not there, or where
// browsers cannot come back, with InvalidRequest where nobody is to be sent to ReturnTo,
// with RateLimited or Unavailable.
func (s *Service) BeginSocial(ctx context.Context, name string, b SocialBegin) (location string, cookie Cookie, err error) {
	provider, err := s.redirecting(ctx, name)
	if err != nil {
		return "", cookie, err
	}
	if err := s.mayReturn(b); err != nil {
		return "", cookie, s.refusedLookup(ctx, err)
	}
	begun, err := s.newBegun(name, b)
	if err != nil {
		return "", cookie, err
	}
	location, err = provider.AuthURL(ctx, social.Begin{
		State: begun.State, Nonce: begun.Nonce, Challenge: challengeOf(begun.Verifier), RedirectURI: s.callbackURL(name), Fresh: b.Fresh,
	})
	if err != nil {
		return begun.answer(url.Values{"error": {string(apperr.From(fromProvider(err)).Code)}}), cookie, nil
	}
	cookie = s.SocialCookie()
	cookie.Value, err = s.Ring.SealText(begunContext, begun)
	return location, cookie, err
}

// EndSocial returns where a browser goes that comes back from a provider: with a code that
// BySocial takes, or with the code of an error. Fails with apperr.InvalidRequest, and
// sends nobody anywhere, for an answer that this browser has not asked for, else as
// BeginSocial does.
func (s *Service) EndSocial(ctx context.Context, name string, c SocialCallback) (location string, err error) {
	provider, err := s.redirecting(ctx, name)
	if err != nil {
		return "", err
	}
	begun, ok := s.openBegun(c.Cookie)
	if !ok || begun.Provider != name || subtle.ConstantTimeCompare([]byte(begun.State), []byte(c.State)) != 1 {
		return "", s.refusedLookup(ctx, apperr.New(apperr.InvalidRequest).WithField("state").
			WithDetail("This browser has not asked for this answer, or too long ago. Begin again."))
	}
	code, err := s.answerOf(ctx, provider, begun, c)
	if err != nil {
		return begun.answer(url.Values{"error": {string(apperr.From(err).Code)}}), nil
	}
	return begun.answer(url.Values{"code": {code}}), nil
}

// SocialForm returns where a browser goes that comes back by a form: to where it would have
// come by GET. Its cookie does not go with a form of another site. Fails as EndSocial does.
func (s *Service) SocialForm(ctx context.Context, name, form string) (location string, err error) {
	if _, err := s.redirecting(ctx, name); err != nil {
		return "", err
	}
	params, err := url.ParseQuery(form)
	if err != nil {
		return "", apperr.New(apperr.InvalidRequest).WithDetail("The form is malformed.")
	}
	kept := url.Values{}
	for _, name := range []string{"code", "state", "error", "iss"} {
		switch given := params[name]; len(given) {
		case 0:
		case 1:
			kept[name] = given
		default:
			return "", apperr.New(apperr.InvalidRequest).WithField(name).WithDetail("A field is given twice.")
		}
	}
	return "?" + kept.Encode(), nil // below the very address that the browser has asked
}

// answerOf is the code for who came back.
func (s *Service) answerOf(ctx context.Context, provider social.Provider, b begun, c SocialCallback) (string, error) {
	switch {
	case slices.Contains(cancelled, c.Error):
		return "", apperr.New(apperr.Forbidden)
	case slices.Contains(troubled, c.Error):
		return "", apperr.Down(social.ErrUnavailable)
	}
	charge, err := s.Guard.Try(ctx, s.Guard.ForSocial(client(ctx)), b.State)
	if err != nil {
		return "", s.report(ctx, outcome{limited: event.WhenSigningIn}, err)
	}
	who, err := s.cameBack(ctx, provider, b, c)
	if err != nil {
		if ours(err) {
			charge.Void(ctx)
		}
		return "", s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, Reason: event.WrongToken}, by: []apperr.Code{apperr.BadCredentials},
		}, err)
	}
	charge.Refund(ctx)
	return s.sealAnswer(b, who)
}

// cameBack finds out who came back. The user's epoch is told as it is now, so that what
// ends proofs ends the code as well.
func (s *Service) cameBack(ctx context.Context, provider social.Provider, b begun, c SocialCallback) (who outsider, err error) {
	if c.Error != "" || c.Code == "" {
		return who, fromProvider(social.ErrRefused)
	}
	if a, ok := provider.(social.Answering); ok {
		if err := a.Answers(ctx, c.Issuer); err != nil {
			return who, fromProvider(err)
		}
	}
	who.Identity, err = provider.Exchange(ctx, c.Code, b.Verifier, b.Nonce, s.callbackURL(b.Provider))
	if err != nil {
		return who, fromProvider(err)
	}
	// The provider's code is used up by now, so a database that cannot be asked must not
	// lose what it was for: the code then works whatever ends proofs within its minute.
	if user, _, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject); err == nil {
		who.userID, who.epoch = idOf(user), epochOf(user)
	}
	return who, nil
}

// redirecting finds a provider for a browser.
func (s *Service) redirecting(ctx context.Context, name string) (social.Provider, error) {
	if s.Social.Base == "" {
		return nil, apperr.New(apperr.NotFound).WithDetail("Auth.Issuer must be the URL of this service for this.")
	}
	return s.provider(ctx, name)
}

func (s *Service) mayReturn(b SocialBegin) error {
	switch {
	case !slices.Contains(s.Social.Redirects, b.ReturnTo):
		return apperr.New(apperr.InvalidRequest).WithField("returnTo").WithDetail("returnTo is none of Social.Redirects, letter by letter.")
	case !challengeForm.MatchString(b.Challenge):
		return apperr.New(apperr.InvalidRequest).WithField("challenge").WithDetail("challenge is the SHA-256 of a verifier, in base64url.")
	case len(b.State) > maxAppState:
		return apperr.New(apperr.InvalidRequest).WithField("state").WithDetail("state has at most 256 bytes.")
	}
	return nil
}

// refusedLookup charges a refusal to the client.
func (s *Service) refusedLookup(ctx context.Context, refusal error) error {
	if limited := s.Guard.Spend(ctx, s.Guard.ForLookup(client(ctx))); apperr.Is(limited, apperr.RateLimited) {
		return limited
	}
	return refusal
}

// callbackURL is where a provider sends browsers back: each to an address of its own, so
// that one cannot answer in the place of another (RFC 9700 section 4.4.2).
func (s *Service) callbackURL(name string) string {
	return s.Social.Base + "/user/login/social/" + name + "/callback"
}
