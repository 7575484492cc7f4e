package client

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

// invalidScope is the token endpoint's error for scopes that a client lacks (RFC 6749
// section 5.2).
const invalidScope = "invalid_scope"

// Grant is an access token for a client itself.
type Grant struct {
	AccessToken string
	Life        time.Duration
	Scope       string
}

// App returns an enabled client with redirect URIs, which can sign users in; found is false
// if there is none. It fails with apperr.Unavailable.
func (c *Clients) App(ctx context.Context, id string) (one Client, found bool, err error) {
	valid := func(one Client) bool { return len(one.Redirects) > 0 }
	if one, found, err = c.find(ctx, id, maxAge, maxStale, valid); err == nil && !found {
		one, found, err = c.find(ctx, id, recent, recent, valid)
	}
	return one, found, err
}

// Authenticate returns the client that calls the token endpoint, from the Authorization
// headers and the form: a confidential client authenticates, a public one only names
// itself. It fails with apperr.InvalidRequest, and as ByBasic does.
func (c *Clients) Authenticate(ctx context.Context, authorization []string, params url.Values) (Client, error) {
	id, secret, err := credentials(authorization, params)
	if err != nil {
		return Client{}, err
	}
	if len(authorization) == 0 && params.Get("client_secret") == "" {
		return c.admit(ctx, id, func(one Client) bool { return one.Kind == Public })
	}
	return c.authenticate(ctx, id, secret)
}

// Grant issues a token to an authenticated client, with the requested scopes or all that it
// has. It fails with apperr.InvalidRequest.
func (c *Clients) Grant(ctx context.Context, one Client, scope string) (Grant, error) {
	scopes, ok := scopesOf(scope)
	if !ok || len(intersection(scopes, one.Scopes)) != len(scopes) {
		return Grant{}, apperr.New(apperr.InvalidRequest).WithOAuth(invalidScope).WithDetail("The client does not have all of these scopes.")
	}
	if len(scopes) == 0 {
		scopes = one.Scopes
	}
	return c.grant(ctx, one, strings.Join(scopes, " "))
}

// grant mints a client's token. It is valid from the moment that the client's tokens are.
func (c *Clients) grant(ctx context.Context, one Client, scope string) (Grant, error) {
	raw := make([]byte, 16)
	if _, err := io.ReadFull(c.Rand, raw); err != nil {
		return Grant{}, fmt.Errorf("client: token id: %w", err)
	}
	issued := c.Now()
	if from := time.Unix(one.validFrom, 0); issued.Before(from) {
		issued = from
	}
	access, err := c.Codec.MintClient(token.Client{
		ID: base64.RawURLEncoding.EncodeToString(raw), ClientID: one.ID, Scope: scope, Audience: one.Audience,
		IssuedAt: issued, ExpiresAt: issued.Add(c.Life),
	})
	if err != nil {
		return Grant{}, err
	}
	c.Events.Keep(reqctx.WithActor(ctx, machine(one, nil).Actor()), event.Event{Kind: event.ClientToken})
	return Grant{AccessToken: access, Life: c.Life, Scope: scope}, nil
}

// credentials returns the credentials in the header or the form, never both (RFC 6749
// section 2.3). Without any the client is unknown.
func credentials(authorization []string, params url.Values) (id, secret string, err error) {
	switch {
	case len(authorization) > 1 || len(authorization) == 1 && params.Get("client_secret") != "":
		return "", "", apperr.New(apperr.InvalidRequest).WithDetail("The client must authenticate in one way only.")
	case len(authorization) == 0:
		return params.Get("client_id"), params.Get("client_secret"), nil
	}
	id, secret, _ = ParseBasic(authorization[0])
	if named := params.Get("client_id"); named != "" && named != id {
		return "", "", apperr.New(apperr.InvalidRequest).WithDetail("The client must authenticate in one way only.")
	}
	return id, secret, nil
}
