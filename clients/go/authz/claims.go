package authz

import (
	"strconv"
	"strings"
	"time"
)

var (
	headerNames = []string{"alg", "typ", "kid"}
	claimNames  = []string{"iss", "aud", "sub", "jti", "iat", "exp", "nbf", "client_id", "sid", "role", "scope", "userId", "auth_time", "amr"}
)

// claims are the claims of RFC 9068 and those of the issuer.
type claims struct {
	Issuer    string   `json:"iss"`
	Audience  audience `json:"aud"`
	Subject   string   `json:"sub"`
	ID        string   `json:"jti"`
	IssuedAt  int64    `json:"iat"`
	Expires   int64    `json:"exp"`
	NotBefore int64    `json:"nbf"`
	ClientID  string   `json:"client_id"`
	Scope     string   `json:"scope"`

	// A machine token must not have any of the following.
	SessionID *string  `json:"sid"`
	Role      *string  `json:"role"`
	UserID    *int64   `json:"userId"`
	AuthTime  *int64   `json:"auth_time"`
	AMR       []string `json:"amr"`
}

// readHeader parses a header with alg, typ and kid only. Any other parameter could supply a
// key (jwk, jku, x5u, x5c) or change the meaning of the token (crit, b64, zip).
func readHeader(data []byte) (alg, kid string, err error) {
	var h struct{ Alg, Typ, Kid string }
	switch err := object(data, &h, headerNames, true); {
	case err != nil:
		return "", "", err
	case h.Typ != typAccess:
		return "", "", invalid("type")
	case h.Alg != algES256 && h.Alg != algEdDSA:
		return "", "", invalid("algorithm")
	case !isThumbprint(h.Kid):
		return "", "", invalid("unknown key")
	}
	return h.Alg, h.Kid, nil
}

// readClaims parses claims. Unknown claims are ignored.
func readClaims(data []byte) (*claims, error) {
	c := &claims{}
	if err := object(data, c, claimNames, false); err != nil {
		return nil, err
	}
	return c, nil
}

// token checks what does not change during the life of the token.
func (c *claims) token(issuer, users, machines string) (*token, error) {
	user := c.SessionID != nil || c.Role != nil || c.UserID != nil || c.AuthTime != nil || c.AMR != nil
	audience := users
	if !user {
		audience = machines
	}
	switch {
	case c.Issuer != issuer:
		return nil, invalid("issuer")
	case string(c.Audience) != audience:
		return nil, invalid("audience")
	case c.Subject == "" || c.ID == "":
		return nil, invalid("a claim is missing")
	case c.IssuedAt <= 0 || c.Expires <= c.IssuedAt:
		return nil, invalid("times")
	}
	t := &token{user: user, issued: c.IssuedAt, expires: c.Expires, notBefore: c.NotBefore}
	if user {
		return t, c.principal(t)
	}
	return t, c.machine(t)
}

// machine reads a machine token: its subject is the client itself (RFC 9068 section 2.2).
func (c *claims) machine(t *token) error {
	if c.ClientID != c.Subject {
		return invalid("subject and client_id do not match")
	}
	t.machine = Machine{ClientID: c.ClientID, Scopes: strings.Fields(c.Scope), ExpiresAt: time.Unix(c.Expires, 0)}
	return nil
}

func (c *claims) principal(t *token) error {
	switch {
	case c.UserID == nil || *c.UserID <= 0 || c.Subject != strconv.FormatInt(*c.UserID, 10):
		return invalid("subject and userId do not match")
	case c.SessionID == nil || *c.SessionID == "" || c.Role == nil || *c.Role == "":
		return invalid("a claim is missing")
	case c.AuthTime != nil && (*c.AuthTime <= 0 || *c.AuthTime > c.IssuedAt+int64(leeway/time.Second)):
		return invalid("the sign-in is later than the token")
	}
	t.principal = Principal{
		UserID: *c.UserID, SessionID: *c.SessionID, Role: *c.Role, ClientID: c.ClientID, Scopes: strings.Fields(c.Scope), AMR: c.AMR,
		ExpiresAt: time.Unix(c.Expires, 0),
	}
	if c.AuthTime != nil {
		t.principal.AuthTime = time.Unix(*c.AuthTime, 0)
	}
	return nil
}
