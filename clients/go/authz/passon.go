package authz

import (
	"errors"
	"net/http"
	"net/url"

	"user-api/clients/go/internal/carry"
)

// passing adds the caller's token to requests for one host.
type passing struct {
	base         http.RoundTripper
	scheme, host string
}

// PassOn returns a transport that makes requests to another service, whose URL is given,
// on behalf of the caller that their context has. Requests to any other host go without
// the token, so that a redirect does not take it there. base is what sends them; nil is
// http.DefaultTransport.
func PassOn(service string, base http.RoundTripper) (http.RoundTripper, error) {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || u.User != nil || !secure(u) {
		return nil, errors.New("authz: a token is passed on to an https URL alone; http is for loopback")
	}
	if base == nil {
		base = http.DefaultTransport
	}
	return &passing{base: base, scheme: u.Scheme, host: u.Host}, nil
}

// RoundTrip leaves a request alone that has an Authorization of its own.
func (p *passing) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, ok := carry.Token(r.Context())
	if ok && r.URL.Scheme == p.scheme && r.URL.Host == p.host && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+raw)
	}
	return p.base.RoundTrip(r)
}
