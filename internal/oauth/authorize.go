package oauth

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/base64url"
	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// minMaxAge is the minimum limit for the age of a sign-in, whatever max_age says: the user signs in on
// the page after the request, and returning from there takes a moment.
const minMaxAge = time.Minute

type (
	// Next is the next step of an authorization request: the sign-in page for the application Name,
	// or a redirect to Location.
	Next struct {
		Name, Location string
	}

	// request is an authorization request with a valid client and redirect URI.
	request struct {
		client            client.Client
		redirect          string
		state, issuer     string
		challenge         string
		maxAge            time.Duration
		silent, hasMaxAge bool
	}

	// refusal is an error reported to the application by a redirect (RFC 6749 section 4.1.2.1).
	refusal struct{ name, description string }
)

// Authorize checks an authorization request from an application's browser. An invalid client or
// redirect URI is apperr.InvalidRequest, without a redirect. It also fails with NotFound if OAuth
// is disabled, with RateLimited or Unavailable.
func (s *Service) Authorize(ctx context.Context, query string) (Next, error) {
	r, wrong, err := s.read(ctx, query)
	switch {
	case err != nil:
		return Next{}, err
	case wrong == nil && r.silent:
		wrong = &refusal{errInteraction, "The user must sign in: the browser has no session."}
	}
	if wrong != nil {
		return Next{Location: r.refused(*wrong)}, nil
	}
	return Next{Name: r.client.Name}, nil
}

// Agree returns the redirect with a code for a user who has just signed in on the page, and ends
// the session of the page. It fails like Authorize, with apperr.Reauthenticate if the sign-in is
// too old, and with Forbidden for a session of an application or of an anonymous user, who would
// lose the only access to the account.
func (s *Service) Agree(ctx context.Context, p reqctx.Principal, query string) (location string, err error) {
	r, wrong, err := s.read(ctx, query)
	if err != nil {
		return "", err
	}
	if wrong != nil {
		return r.refused(*wrong), nil
	}
	page, err := s.Sessions.Proof(ctx, p.SessionID)
	if err != nil {
		return "", err
	}
	if page.ClientID != "" {
		return "", apperr.New(apperr.Forbidden).WithDetail("An application cannot sign in its user to another application.")
	}
	if page.Anonymous {
		return "", apperr.New(apperr.Forbidden).WithDetail("An anonymous user cannot sign in for an application.")
	}
	if limit := r.limit(); s.Now().Sub(page.AuthTime) > limit {
		return "", apperr.New(apperr.Reauthenticate).WithMaxAge(limit)
	}
	code, err := s.seal(grantCode{
		Client: r.client.ID, Redirect: base64url.SHA256(r.redirect), Challenge: r.challenge,
		Session: p.SessionID, User: page.UserID, Epoch: page.Epoch, Expires: s.Now().Add(codeLife).UnixMilli(),
	})
	if err != nil {
		return "", err
	}
	// The epoch was read before this end, so whatever else ends the session invalidates the code.
	lived, err := s.Sessions.End(ctx, p.SessionID, model.EndedBySignOut)
	if err != nil {
		return "", err
	}
	if !lived {
		return "", apperr.New(apperr.SessionEnded)
	}
	s.Events.Keep(ctx, event.Event{Kind: event.SignOut, UserID: p.UserID, SessionID: p.SessionID, Reason: event.ByApplication})
	return r.answer(url.Values{"code": {code}}), nil
}

// limit returns the maximum age of the sign-in.
func (r request) limit() time.Duration {
	if !r.hasMaxAge {
		return session.Recent
	}
	return max(minMaxAge, min(session.Recent, r.maxAge))
}

// read parses a request: first the client and the redirect URI, then the rest.
func (s *Service) read(ctx context.Context, query string) (request, *refusal, error) {
	if s.Issuer == "" {
		return request{}, nil, apperr.New(apperr.NotFound).WithDetail("OAuth needs Auth.Issuer to be the URL of this service.")
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("The query string is malformed.")
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(params[name]) != 1 || params.Get(name) == "" {
			return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("client_id and redirect_uri must be given once each.")
		}
	}
	app, err := s.lookUp(ctx, params.Get("client_id"))
	if err != nil {
		return request{}, nil, err
	}
	r := request{client: app, redirect: params.Get("redirect_uri"), issuer: s.Issuer}
	if !registered(app, r.redirect) {
		return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("redirect_uri must be exactly app of the application's.")
	}
	return r, r.fill(params), nil
}

// fill parses the parameters whose errors are reported to the application.
func (r *request) fill(params url.Values) *refusal {
	if len(params["state"]) == 1 {
		r.state = params.Get("state")
	}
	if repeated(params) {
		return &refusal{errRequest, "A parameter is repeated."}
	}
	r.challenge = params.Get("code_challenge")
	r.silent = slices.Contains(strings.Fields(params.Get("prompt")), "none")
	switch {
	case params.Has("request"):
		return &refusal{errRequestObject, "Request objects are not supported."}
	case params.Has("request_uri"):
		return &refusal{errRequestURI, "Request objects are not supported."}
	case params.Get("response_type") == "":
		return &refusal{errRequest, "response_type is missing."}
	case params.Get("response_type") != "code":
		return &refusal{errUnsupportedAnswer, "response_type must be code."}
	case params.Has("response_mode") && params.Get("response_mode") != "query":
		return &refusal{errRequest, "response_mode must be query."}
	case params.Get("code_challenge_method") != "S256":
		return &refusal{errRequest, "PKCE is required, and code_challenge_method must be S256."}
	case !challengeForm.MatchString(r.challenge):
		return &refusal{errRequest, "code_challenge must be the SHA-256 of the verifier in base64url, 43 characters."}
	case strings.TrimSpace(params.Get("scope")) != "":
		return &refusal{errScope, "User tokens have no scopes: omit scope."}
	}
	return r.age(params.Get("max_age"))
}

func (r *request) age(text string) *refusal {
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return &refusal{errRequest, "max_age must be a number of seconds."}
	}
	r.maxAge, r.hasMaxAge = time.Duration(seconds)*time.Second, true
	return nil
}

// refused returns the redirect that reports an error.
func (r request) refused(wrong refusal) string {
	return r.answer(url.Values{"error": {wrong.name}, "error_description": {wrong.description}})
}

// answer returns the redirect URI with additional parameters. They include the issuer, so that an
// application with several services cannot be given one's code for another (RFC 9207).
func (r request) answer(values url.Values) string {
	values.Set("iss", r.issuer)
	if r.state != "" {
		values.Set("state", r.state)
	}
	between := "?"
	if strings.Contains(r.redirect, "?") {
		between = "&"
	}
	return r.redirect + between + values.Encode()
}

// repeated reports whether a parameter occurs more than once (RFC 6749 section 3.1).
func repeated(params url.Values) bool {
	for _, values := range params {
		if len(values) > 1 {
			return true
		}
	}
	return false
}
