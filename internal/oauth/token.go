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

// Grant types.
const (
	grantAuthorizationCode = "authorization_code"
	grantClientCredentials = "client_credentials"
	grantRefreshToken      = "refresh_token"
)

// Answer is the response of the token endpoint (RFC 6749 section 5.1).
type Answer struct {
	AccessToken string
	// RefreshToken is empty for a token of the client itself.
	RefreshToken string
	Life         time.Duration
	Scope        string
}

// Token handles a token request with the given Authorization headers and body. It fails with
// apperr.InvalidRequest, like client.Clients.Authenticate, with RateLimited or Unavailable.
func (s *Service) Token(ctx context.Context, authorization []string, form string) (Answer, error) {
	params, err := url.ParseQuery(form)
	if err != nil {
		return Answer{}, wrong(errRequest, "The form is malformed.")
	}
	if repeated(params) {
		return Answer{}, wrong(errRequest, "A parameter is repeated.")
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
		return Answer{}, wrong(errUnsupportedGrant, "grant_type must be authorization_code, refresh_token or client_credentials.")
	}
	app, err := s.Clients.Authenticate(ctx, authorization, params)
	if err != nil {
		return Answer{}, err
	}
	return give(ctx, app, params)
}

func (s *Service) byCode(ctx context.Context, app client.Client, params url.Values) (Answer, error) {
	if len(app.Redirects) == 0 {
		return Answer{}, wrong(errUnauthorized, "The client has no redirect URI, so it cannot sign in users.")
	}
	text, verifier := params.Get("code"), params.Get("code_verifier")
	switch {
	case text == "":
		return Answer{}, wrong(errRequest, "code is missing.")
	case !verifierForm.MatchString(verifier):
		return Answer{}, wrong(errRequest, "code_verifier must have 43 to 128 letters, digits, dots, hyphens, underscores and tildes.")
	}
	h := signin.Handover{Code: text}
	if code, ok := s.open(text); ok && code.valid(app, verifier, params.Get("redirect_uri"), s.Now()) {
		h.SessionID, h.UserID, h.Epoch = code.Session, code.User, code.Epoch
	}
	return answer(s.Signin.ByHandover(ctx, h, application(app)))
}

func (s *Service) byRefreshToken(ctx context.Context, app client.Client, params url.Values) (Answer, error) {
	switch {
	case params.Get("refresh_token") == "":
		return Answer{}, wrong(errRequest, "refresh_token is missing.")
	case strings.TrimSpace(params.Get("scope")) != "":
		return Answer{}, wrong(errScope, "User tokens have no scopes: omit scope.")
	}
	return answer(s.Signin.Refresh(ctx, params.Get("refresh_token"), application(app)))
}

func (s *Service) byClient(ctx context.Context, app client.Client, params url.Values) (Answer, error) {
	if app.Kind == client.Public {
		return Answer{}, wrong(errUnauthorized, "A public client cannot authenticate, so it gets no token for itself.")
	}
	grant, err := s.Clients.Grant(ctx, app, params.Get("scope"))
	return Answer{AccessToken: grant.AccessToken, Life: grant.Life, Scope: grant.Scope}, err
}

func application(app client.Client) signin.Application {
	return signin.Application{ID: app.ID, Name: app.Name, Authenticated: app.Kind == client.Confidential}
}

// answer returns the token response, or an OAuth error for an invalid code or refresh token.
func answer(pair signin.Pair, err error) (Answer, error) {
	if err == nil {
		return Answer{AccessToken: pair.AccessToken, RefreshToken: pair.RefreshToken, Life: pair.AccessExpires}, nil
	}
	switch apperr.From(err).Code {
	case apperr.OtpInvalid:
		return Answer{}, wrong(errGrant, "The code is invalid, used, expired or another client's.").Wrap(err)
	case apperr.RefreshInvalid, apperr.RefreshReused, apperr.SessionEnded:
		return Answer{}, wrong(errGrant, "The refresh token is invalid or another client's, or its session has ended.").Wrap(err)
	}
	return Answer{}, err
}

func wrong(name, sentence string) *apperr.Error {
	return apperr.New(apperr.InvalidRequest).WithOAuth(name).WithDetail(sentence)
}
