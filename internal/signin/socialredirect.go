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
	"user-api/internal/base64url"
	"user-api/internal/event"
	"user-api/internal/social"
)

const (
	// cookieLife is how long a browser may stay at a provider.
	cookieLife = 10 * time.Minute
	// answerLife is the lifetime of the code that the browser takes back to the app.
	answerLife = time.Minute
	// maxAppState bounds the state of the app.
	maxAppState = 256
)

var (
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

	// cancelErrors are the error codes of providers for users who did not consent.
	cancelErrors = []string{"access_denied", "consent_required", "interaction_required", "login_required", "user_cancelled_authorize"}
	// providerErrors are those for their own failures.
	providerErrors = []string{"server_error", "temporarily_unavailable"}
)

type (
	// SocialBegin is a request to sign in with a provider by redirect.
	SocialBegin struct {
		// ReturnTo is the final destination, exactly one of Social.Redirects.
		ReturnTo string
		// Challenge is the code_challenge (S256) of the app's verifier.
		Challenge string
		// State is returned to the app.
		State string
		// Fresh requires a new sign-in even if there is a session at the provider.
		Fresh bool
	}

	// Cookie is a cookie to set.
	Cookie struct {
		Name, Value string
		Life        time.Duration
		Secure      bool
	}

	// SocialCallback is the request with which a browser returns from a provider.
	SocialCallback struct {
		Code, State, Error string
		// Issuer is nil if the provider did not send one.
		Issuer *string
		// Cookie is the value of the cookie from BeginSocial.
		Cookie string
	}
)

// SocialCookie returns the cookie that binds a sign-in to the browser, without its value. It
// requires TLS unless the service runs on localhost without it.
func (s *Service) SocialCookie() Cookie {
	if strings.HasPrefix(s.Social.Base, "http:") {
		return Cookie{Name: "user-api-social", Life: cookieLife}
	}
	return Cookie{Name: "__Host-user-api-social", Life: cookieLife, Secure: true}
}

// BeginSocial returns the URL at which the browser signs in with a provider, and the cookie to set.
// It fails with apperr.NotFound for an unknown provider or if redirects are not configured, with
// InvalidRequest for a ReturnTo that is not allowed, with RateLimited or Unavailable.
func (s *Service) BeginSocial(ctx context.Context, name string, b SocialBegin) (location string, cookie Cookie, err error) {
	provider, err := s.redirectProvider(ctx, name)
	if err != nil {
		return "", cookie, err
	}
	if err := s.checkBegin(b); err != nil {
		return "", cookie, s.chargeLookup(ctx, err)
	}
	begun, err := s.newBegunSocial(name, b)
	if err != nil {
		return "", cookie, err
	}
	location, err = provider.AuthURL(ctx, social.Begin{
		State: begun.State, Nonce: begun.Nonce, Challenge: base64url.SHA256(begun.Verifier), RedirectURI: s.callbackURL(name), Fresh: b.Fresh,
	})
	if err != nil {
		return begun.answer(url.Values{"error": {string(apperr.From(fromProvider(err)).Code)}}), cookie, nil
	}
	cookie = s.SocialCookie()
	cookie.Value, err = s.Ring.SealText(begunContext, begun)
	return location, cookie, err
}

// EndSocial returns the URL for a browser that has returned from a provider: with a code for
// BySocial, or with an error code. It fails with apperr.InvalidRequest, without redirecting, if
// this browser did not begin the sign-in, and otherwise like BeginSocial.
func (s *Service) EndSocial(ctx context.Context, name string, c SocialCallback) (location string, err error) {
	provider, err := s.redirectProvider(ctx, name)
	if err != nil {
		return "", err
	}
	begun, ok := s.openBegunSocial(c.Cookie)
	if !ok || begun.Provider != name || subtle.ConstantTimeCompare([]byte(begun.State), []byte(c.State)) != 1 {
		return "", s.chargeLookup(ctx, apperr.New(apperr.InvalidRequest).WithField("state").
			WithDetail("This browser did not start this sign-in, or started it too long ago. Start again."))
	}
	code, err := s.completeCallback(ctx, provider, begun, c)
	if err != nil {
		return begun.answer(url.Values{"error": {string(apperr.From(err).Code)}}), nil
	}
	return begun.answer(url.Values{"code": {code}}), nil
}

// SocialForm handles a provider that answers with a form: it returns the URL of the same answer by
// GET, because the cookie is not sent with a form from another site. It fails like EndSocial.
func (s *Service) SocialForm(ctx context.Context, name, form string) (location string, err error) {
	if _, err := s.redirectProvider(ctx, name); err != nil {
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
			return "", apperr.New(apperr.InvalidRequest).WithField(name).WithDetail("The field is given twice.")
		}
	}
	return "?" + kept.Encode(), nil // relative to the requested URL
}

// completeCallback returns the code for a browser that has returned.
func (s *Service) completeCallback(ctx context.Context, provider social.Provider, b begunSocial, c SocialCallback) (string, error) {
	switch {
	case slices.Contains(cancelErrors, c.Error):
		return "", apperr.New(apperr.Forbidden)
	case slices.Contains(providerErrors, c.Error):
		return "", apperr.Down(social.ErrUnavailable)
	}
	charge, err := s.Guard.Try(ctx, s.Guard.ForSocial(client(ctx)), b.State)
	if err != nil {
		return "", s.report(ctx, outcome{limited: event.WhenSigningIn}, err)
	}
	who, err := s.exchangeCallback(ctx, provider, b, c)
	if err != nil {
		if serverFault(err) {
			charge.Void(ctx)
		}
		return "", s.report(ctx, outcome{
			refused: event.Event{Kind: event.SignInFailed, Reason: event.WrongToken}, by: []apperr.Code{apperr.BadCredentials},
		}, err)
	}
	charge.Refund(ctx)
	return s.sealAnswer(b, who)
}

// exchangeCallback identifies the user who has returned. It remembers the user's current epoch, so
// that whatever invalidates proofs also invalidates the code.
func (s *Service) exchangeCallback(ctx context.Context, provider social.Provider, b begunSocial, c SocialCallback) (who socialUser, err error) {
	if c.Error != "" || c.Code == "" {
		return who, fromProvider(social.ErrRefused)
	}
	if a, ok := provider.(social.IssuerChecker); ok {
		if err := a.CheckIssuer(ctx, c.Issuer); err != nil {
			return who, fromProvider(err)
		}
	}
	who.Identity, err = provider.Exchange(ctx, c.Code, b.Verifier, b.Nonce, s.callbackURL(b.Provider))
	if err != nil {
		return who, fromProvider(err)
	}
	// The provider's code is used up by now, so a failing database must not waste it. The resulting
	// code is then valid for its full minute, even if proofs are invalidated meanwhile.
	if user, _, err := s.Accounts.ByLink(ctx, who.Provider, who.Subject); err == nil {
		who.userID, who.epoch = idOf(user), epochOf(user)
	}
	return who, nil
}

// redirectProvider returns a provider for a sign-in by redirect.
func (s *Service) redirectProvider(ctx context.Context, name string) (social.Provider, error) {
	if s.Social.Base == "" {
		return nil, apperr.New(apperr.NotFound).WithDetail("Sign-in by redirect needs Auth.Issuer to be the URL of this service.")
	}
	return s.provider(ctx, name)
}

func (s *Service) checkBegin(b SocialBegin) error {
	switch {
	case !slices.Contains(s.Social.Redirects, b.ReturnTo):
		return apperr.New(apperr.InvalidRequest).WithField("returnTo").WithDetail("returnTo must be exactly one of Social.Redirects.")
	case !challengeForm.MatchString(b.Challenge):
		return apperr.New(apperr.InvalidRequest).WithField("challenge").WithDetail("challenge must be the SHA-256 of a verifier in base64url.")
	case len(b.State) > maxAppState:
		return apperr.New(apperr.InvalidRequest).WithField("state").WithDetail("state must have at most 256 bytes.")
	}
	return nil
}

// callbackURL returns the redirect URI of a provider. Each has its own, so that one provider cannot
// answer in place of another (RFC 9700 section 4.4.2).
func (s *Service) callbackURL(name string) string {
	return s.Social.Base + "/user/login/social/" + name + "/callback"
}
