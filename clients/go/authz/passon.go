package authz

import (
	"errors"
	"net/http"
	"net/url"

	"user-api/clients/go/internal/carry"
)

// passing adds the caller's token to requests to one host.
type passing struct {
	base         http.RoundTripper
	scheme, host string
}

// PassOn returns a transport for requests to another service, given by its URL, on behalf of
// the caller in their context. Requests to any other host are sent without the token, so that
// a redirect cannot take it elsewhere. base sends the requests; nil means
// http.DefaultTransport.
func PassOn(service string, base http.RoundTripper) (http.RoundTripper, error) {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || u.User != nil || !secure(u) {
		return nil, errors.New("authz: tokens are passed on only to https URLs; http is permitted only for loopback")
	}
	if base == nil {
		base = http.DefaultTransport
	}
	return &passing{base: base, scheme: u.Scheme, host: u.Host}, nil
}

// RoundTrip does not change a request that already has an Authorization header.
func (p *passing) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, ok := carry.Token(r.Context())
	if ok && r.URL.Scheme == p.scheme && r.URL.Host == p.host && r.Header.Get("Authorization") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+raw)
	}
	return p.base.RoundTrip(r)
}
