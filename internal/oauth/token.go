package oauth

import (
	"context"
	"net/url"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/signin"
)

// The grants.
const (
	grantAuthorizationCode = "authorization_code"
	grantClientCredentials = "client_credentials"
	grantRefreshToken      = "refresh_token"
)

// Answer is what the token endpoint answers (RFC 6749 section 5.1).
type Answer struct {
	AccessToken string
	// RefreshToken is empty for a token of the client's own.
	RefreshToken string
	Life         time.Duration
	Scope        string
}

// Token answers a request of the token endpoint: authorization are its Authorization
// headers, form is its body. Fails with apperr.InvalidRequest, as
// client.Clients.Authenticate does, with RateLimited or Unavailable.
func (s *Service) Token(ctx context.Context, authorization []string, form string) (Answer, error) {
	params, err := url.ParseQuery(form)
	if err != nil {
		return Answer{}, wrong(errRequest, "The form is malformed.")
	}
	if twice(params) {
		return Answer{}, wrong(errRequest, "A parameter is given twice.")
	}
	var give func(context.Context, client.Client, url.Values) (Answer, error)
	switch params.Get("grant_type") {
	case "":
		return Answer{}, wrong(errRequest, "grant_type is missing.")
	case grantAuthorizationCode:
		give = s.byCode
	case grantRefreshToken:
		give = s.byRefreshToken
	case grantClientCredentials:
		give = s.byClient
	default:
		return Answer{}, wrong(errUnsupportedGrant, "The grant types are authorization_code, refresh_token and client_credentials.")
	}
	one, err := s.Clients.Authenticate(ctx, authorization, params)
	if err != nil {
		return Answer{}, err
	}
	return give(ctx, one, params)
}

func (s *Service) byCode(ctx context.Context, one client.Client, params url.Values) (Answer, error) {
	if len(one.Redirects) == 0 {
		return Answer{}, wrong(errUnauthorized, "The client signs nobody in: it has no redirect URI.")
	}
	text, verifier := params.Get("code"), params.Get("code_verifier")
	switch {
	case text == "":
		return Answer{}, wrong(errRequest, "code is missing.")
	case !verifierForm.MatchString(verifier):
		return Answer{}, wrong(errRequest, "code_verifier has 43 to 128 letters, digits, dots, hyphens, underscores and tildes.")
	}
	h := signin.Handover{Code: text}
	if code, ok := s.open(text); ok && code.fits(one, verifier, params.Get("redirect_uri"), s.Now()) {
		h.SessionID, h.UserID, h.Epoch = code.Session, code.User, code.Epoch
	}
	return answer(s.Signin.ByHandover(ctx, h, application(one)))
}

func (s *Service) byRefreshToken(ctx context.Context, one client.Client, params url.Values) (Answer, error) {
	switch {
	case params.Get("refresh_token") == "":
		return Answer{}, wrong(errRequest, "refresh_token is missing.")
	case strings.TrimSpace(params.Get("scope")) != "":
		return Answer{}, wrong(errScope, "Tokens of users have no scopes: leave scope out.")
	}
	return answer(s.Signin.Refresh(ctx, params.Get("refresh_token"), application(one)))
}

func (s *Service) byClient(ctx context.Context, one client.Client, params url.Values) (Answer, error) {
	if one.Kind == client.Public {
		return Answer{}, wrong(errUnauthorized, "A public client has no token of its own: it cannot prove who it is.")
	}
	grant, err := s.Clients.Grant(ctx, one, params.Get("scope"))
	return Answer{AccessToken: grant.AccessToken, Life: grant.Life, Scope: grant.Scope}, err
}

func application(one client.Client) signin.Application {
	return signin.Application{ID: one.ID, Name: one.Name, Authenticated: one.Kind == client.Confidential}
}

// answer hands a pair out, or says by the one word of RFC 6749 that what was shown for it
// does not hold.
func answer(pair signin.Pair, err error) (Answer, error) {
	if err == nil {
		return Answer{AccessToken: pair.AccessToken, RefreshToken: pair.RefreshToken, Life: pair.AccessExpires}, nil
	}
	switch apperr.From(err).Code {
	case apperr.OtpInvalid:
		return Answer{}, wrong(errGrant, "The code is wrong, was used, is another client's or has expired.").Wrap(err)
	case apperr.RefreshInvalid, apperr.RefreshReused, apperr.SessionEnded:
		return Answer{}, wrong(errGrant, "The refresh token is wrong or another client's, or its session has ended.").Wrap(err)
	}
	return Answer{}, err
}

func wrong(name, sentence string) *apperr.Error {
	return apperr.New(apperr.InvalidRequest).WithOAuth(name).WithDetail(sentence)
}
