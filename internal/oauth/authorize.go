package oauth

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/model"
)

// pageTime is how old a sign-in may be whatever max_age says: that at the page is younger
// than the request, and it takes a moment to come back from there.
const pageTime = time.Minute

type (
	// Next is what comes after an authorization request: the page, for an application of a
	// name, or an address that the browser is sent to.
	Next struct {
		Name, Location string
	}

	// request is an authorization request whose client and redirect URI are right.
	request struct {
		client            client.Client
		redirect          string
		state, issuer     string
		challenge         string
		maxAge            time.Duration
		silent, hasMaxAge bool
	}

	// refusal is an error that the application is told by a redirect (RFC 6749 section
	// 4.1.2.1).
	refusal struct{ name, description string }
)

// Authorize judges an authorization request as it comes from an application, in a browser.
// What is wrong about the client or the redirect URI is an error, and nobody is sent
// there: apperr.InvalidRequest. Fails also with NotFound where this is not offered, with
// RateLimited or Unavailable.
func (s *Service) Authorize(ctx context.Context, query string) (Next, error) {
	r, wrong, err := s.read(ctx, query)
	switch {
	case err != nil:
		return Next{}, err
	case wrong == nil && r.silent:
		wrong = &refusal{errInteraction, "The user has to sign in: there is no session in the browser."}
	}
	if wrong != nil {
		return Next{Location: r.refused(*wrong)}, nil
	}
	return Next{Name: r.client.Name}, nil
}

// Agree makes a code for an authorization request of a user who has just signed in at the
// page, ends the session there, and returns where the browser goes. Fails as Authorize
// does, and with apperr.Reauthenticate for a sign-in that is too old, and Forbidden for one
// that was for an application, or of an anonymous user: the session at the page ends, and
// with it all that leads to such a user.
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
		return "", apperr.New(apperr.Forbidden).WithDetail("An application cannot sign its user in at another one.")
	}
	if page.Anonymous {
		return "", apperr.New(apperr.Forbidden).WithDetail("An anonymous user cannot sign in for an application.")
	}
	if limit := r.limit(); s.Now().Sub(page.AuthTime) > limit {
		return "", apperr.New(apperr.Reauthenticate).WithMaxAge(limit)
	}
	code, err := s.seal(grantCode{
		Client: r.client.ID, Redirect: digest(r.redirect), Challenge: r.challenge,
		Session: p.SessionID, User: page.UserID, Epoch: page.Epoch, Expires: s.Now().Add(codeLife).UnixMilli(),
	})
	if err != nil {
		return "", err
	}
	// The epoch is older than this end: whatever else ends the session, or will, voids the code.
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

// limit is how old the sign-in may be.
func (r request) limit() time.Duration {
	if !r.hasMaxAge {
		return session.Recent
	}
	return max(pageTime, min(session.Recent, r.maxAge))
}

// read judges a request: first whose it is and where its answer goes, then the rest.
func (s *Service) read(ctx context.Context, query string) (request, *refusal, error) {
	if s.Issuer == "" {
		return request{}, nil, apperr.New(apperr.NotFound).WithDetail("Auth.Issuer must be the URL of this service for this.")
	}
	params, err := url.ParseQuery(query)
	if err != nil {
		return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("The query string is malformed.")
	}
	for _, name := range []string{"client_id", "redirect_uri"} {
		if len(params[name]) != 1 || params.Get(name) == "" {
			return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("client_id and redirect_uri must be there, once each.")
		}
	}
	one, err := s.known(ctx, params.Get("client_id"))
	if err != nil {
		return request{}, nil, err
	}
	r := request{client: one, redirect: params.Get("redirect_uri"), issuer: s.Issuer}
	if !registered(one, r.redirect) {
		return request{}, nil, apperr.New(apperr.InvalidRequest).WithDetail("redirect_uri is none of the application's, letter by letter.")
	}
	return r, r.fill(params), nil
}

// fill reads the parameters whose errors the application is told.
func (r *request) fill(params url.Values) *refusal {
	if len(params["state"]) == 1 {
		r.state = params.Get("state")
	}
	if twice(params) {
		return &refusal{errRequest, "A parameter is given twice."}
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
		return &refusal{errUnsupportedAnswer, "The one response_type is code."}
	case params.Has("response_mode") && params.Get("response_mode") != "query":
		return &refusal{errRequest, "The one response_mode is query."}
	case params.Get("code_challenge_method") != "S256":
		return &refusal{errRequest, "PKCE is needed, and the one code_challenge_method is S256."}
	case !challengeForm.MatchString(r.challenge):
		return &refusal{errRequest, "code_challenge is the SHA-256 of the verifier in base64url, 43 characters."}
	case strings.TrimSpace(params.Get("scope")) != "":
		return &refusal{errScope, "Tokens of users have no scopes: leave scope out."}
	}
	return r.age(params.Get("max_age"))
}

func (r *request) age(text string) *refusal {
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return &refusal{errRequest, "max_age is a number of seconds."}
	}
	r.maxAge, r.hasMaxAge = time.Duration(seconds)*time.Second, true
	return nil
}

// refused is where the application is told of an error.
func (r request) refused(wrong refusal) string {
	return r.answer(url.Values{"error": {wrong.name}, "error_description": {wrong.description}})
}

// answer is the redirect URI as it was given, with more parameters: also who answers, so
// that an application that uses several services cannot be given one's code for another
// (RFC 9207).
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

// twice reports whether a parameter is given more than once (RFC 6749 section 3.1).
func twice(params url.Values) bool {
	for _, values := range params {
		if len(values) > 1 {
			return true
		}
	}
	return false
}
