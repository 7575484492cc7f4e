package token

import "time"

// Client holds the claims of a client's access token. Such a token is not for a user: its
// subject is the client itself (RFC 9068 section 2.2).
type Client struct {
	ID       string
	ClientID string
	// Scope is a list separated by spaces.
	Scope string
	// Audience is the intended recipient; empty means this service.
	Audience  string
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// MintClient signs the access token of a client. It has no userId, role or sid, so
// ParseAccess rejects it.
func (c *Codec) MintClient(t Client) (string, error) {
	aud := t.Audience
	if aud == "" {
		aud = c.audience
	}
	return c.signAccess(clientClaims{
		common: common{
			Issuer: c.issuer, Audience: audience(aud), Subject: t.ClientID, IssuedAt: t.IssuedAt.Unix(), Expires: t.ExpiresAt.Unix(), ID: t.ID,
		},
		ClientID: t.ClientID, Scope: t.Scope,
	})
}

// ParseClient verifies the access token of a client for this service. It rejects user
// tokens, whose claims a client token must not have. It fails like ParseAccess.
func (c *Codec) ParseClient(raw string) (Client, error) {
	var claims clientClaims
	p, err := split(raw)
	if err != nil {
		return Client{}, err
	}
	if _, err := c.verifyAccess(p); err != nil {
		return Client{}, err
	}
	if err := decode(p.payload, &claims, "iss", "aud", "sub", "iat", "exp", "nbf", "jti", "client_id", "scope"); err != nil {
		return Client{}, err
	}
	switch err := c.check(claims.common, claims.ClientID, true); {
	case err != nil:
		return Client{}, err
	case claims.Subject != claims.ClientID:
		return Client{}, invalid("subject and client_id do not match")
	case claims.Expires-claims.IssuedAt > c.accessLife:
		return Client{}, invalid("lifetime longer than this service issues")
	}
	return Client{
		ID: claims.ID, ClientID: claims.ClientID, Scope: claims.Scope, Audience: string(claims.Audience),
		IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.Expires, 0),
	}, nil
}
