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

// Errors of the token endpoint (RFC 6749 section 5.2); that of credentials that are
// refused, invalid_client, is what apperr.Unauthorized is called there.
const (
	invalidScope     = "invalid_scope"
	unsupportedGrant = "unsupported_grant_type"
)

// grantClientCredentials is the one grant there is.
const grantClientCredentials = "client_credentials"

// Grant is what the token endpoint answers (RFC 6749 section 5.1).
type Grant struct {
	AccessToken string
	Life        time.Duration
	Scope       string
}

// Grant answers a request of the token endpoint: authorization are its Authorization
// headers, form is its body. Fails with apperr.InvalidRequest, and as ByBasic does.
func (c *Clients) Grant(ctx context.Context, authorization []string, form string) (Grant, error) {
	params, err := url.ParseQuery(form)
	if err != nil {
		return Grant{}, apperr.New(apperr.InvalidRequest).WithDetail("The form is malformed.")
	}
	for _, name := range []string{"grant_type", "scope", "client_id", "client_secret"} {
		if len(params[name]) > 1 {
			return Grant{}, apperr.New(apperr.InvalidRequest).WithDetail("A parameter is given twice.")
		}
	}
	id, secret, err := credentials(authorization, params)
	if err != nil {
		return Grant{}, err
	}
	switch params.Get("grant_type") {
	case "":
		return Grant{}, apperr.New(apperr.InvalidRequest).WithDetail("grant_type is missing.")
	case grantClientCredentials:
	default:
		return Grant{}, apperr.New(apperr.InvalidRequest).WithOAuth(unsupportedGrant).WithDetail("The one grant_type is client_credentials.")
	}
	one, err := c.authenticate(ctx, id, secret)
	if err != nil {
		return Grant{}, err
	}
	scopes, ok := scopesOf(params.Get("scope"))
	if !ok || len(both(scopes, one.Scopes)) != len(scopes) {
		return Grant{}, apperr.New(apperr.InvalidRequest).WithOAuth(invalidScope).WithDetail("The client does not have all of these scopes.")
	}
	if len(scopes) == 0 {
		scopes = one.Scopes
	}
	return c.grant(ctx, one, strings.Join(scopes, " "))
}

// grant mints the token of a client. It holds from the moment on from which the
// client's tokens do.
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

// credentials are those of the header or of the form, never of both (RFC 6749 section
// 2.3). Without any the client is unknown.
func credentials(authorization []string, params url.Values) (id, secret string, err error) {
	switch {
	case len(authorization) > 1 || len(authorization) == 1 && params.Has("client_secret"):
		return "", "", apperr.New(apperr.InvalidRequest).WithDetail("A client proves itself in one way.")
	case len(authorization) == 0:
		return params.Get("client_id"), params.Get("client_secret"), nil
	}
	id, secret, _ = ParseBasic(authorization[0])
	if named := params.Get("client_id"); named != "" && named != id {
		return "", "", apperr.New(apperr.InvalidRequest).WithDetail("A client proves itself in one way.")
	}
	return id, secret, nil
}
