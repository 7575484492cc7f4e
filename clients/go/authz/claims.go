package authz

import (
	"strconv"
	"strings"
	"time"
)

// claims holds the claims of RFC 9068 and the private claims of the issuer.
type claims struct {
	issuer, audience, subject, id string
	issued, expires, notBefore    int64

	clientID, sessionID, role, scope string
	userID, authTime                 int64
	amr                              []string

	has has
}

// has is the set of claims that are present, whatever their values.
type has uint16

const (
	hasIssued has = 1 << iota
	hasExpires
	hasClientID
	hasSessionID
	hasRole
	hasUserID
	hasAuthTime
	hasAMR

	// ofUsers are claims that a machine token must not have.
	ofUsers = hasSessionID | hasRole | hasUserID | hasAuthTime | hasAMR
)

// readHeader parses one JSON object with alg, typ and kid only. Any other parameter could
// supply a key (jwk, jku, x5u, x5c) or change the meaning of the token (crit, b64, zip).
func readHeader(data []byte) (alg, kid string, err error) {
	var typ string
	err = members(data, func(name, value string) error {
		switch name {
		case "alg":
			return text(value, &alg)
		case "typ":
			return text(value, &typ)
		case "kid":
			return text(value, &kid)
		}
		return invalid("an unknown header parameter")
	})
	switch {
	case err != nil:
		return "", "", err
	case typ != typAccess:
		return "", "", invalid("type")
	case alg != algES256 && alg != algEdDSA:
		return "", "", invalid("algorithm")
	case !isThumbprint(kid):
		return "", "", invalid("unknown key")
	}
	return alg, kid, nil
}

// readClaims parses one JSON object in which no name occurs twice, even in different case.
// Unknown claims are ignored.
func readClaims(data []byte) (*claims, error) {
	c := &claims{}
	if err := members(data, c.member); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *claims) member(name, value string) error {
	switch name {
	case "iss":
		return text(value, &c.issuer)
	case "aud":
		return one(value, &c.audience)
	case "sub":
		return text(value, &c.subject)
	case "jti":
		return text(value, &c.id)
	case "iat":
		c.has |= hasIssued
		return whole(value, &c.issued)
	case "exp":
		c.has |= hasExpires
		return whole(value, &c.expires)
	case "nbf":
		return whole(value, &c.notBefore)
	case "client_id":
		c.has |= hasClientID
		return text(value, &c.clientID)
	case "scope":
		return text(value, &c.scope)
	default:
		return c.userMember(name, value)
	}
}

func (c *claims) userMember(name, value string) error {
	switch name {
	case "sid":
		c.has |= hasSessionID
		return text(value, &c.sessionID)
	case "role":
		c.has |= hasRole
		return text(value, &c.role)
	case "userId":
		c.has |= hasUserID
		return whole(value, &c.userID)
	case "auth_time":
		c.has |= hasAuthTime
		return whole(value, &c.authTime)
	case "amr":
		c.has |= hasAMR
		return texts(value, &c.amr)
	}
	for _, known := range claimNames {
		if strings.EqualFold(name, known) {
			return invalid("a claim is spelled in another case")
		}
	}
	return nil
}

var claimNames = []string{"iss", "aud", "sub", "jti", "iat", "exp", "nbf", "client_id", "sid", "role", "scope", "userId", "auth_time", "amr"}

// token checks what does not change during the life of the token.
func (c *claims) token(issuer, audience, machineAudience string) (*token, error) {
	user := c.has&ofUsers != 0
	if !user {
		audience = machineAudience
	}
	switch {
	case c.issuer != issuer:
		return nil, invalid("issuer")
	case c.audience != audience:
		return nil, invalid("audience")
	case c.subject == "" || c.id == "" || c.has&hasIssued == 0 || c.has&hasExpires == 0:
		return nil, invalid("a claim is missing")
	case c.issued <= 0 || c.expires <= c.issued:
		return nil, invalid("times")
	}
	t := &token{user: user, issued: c.issued, expires: c.expires, notBefore: c.notBefore}
	if user {
		return t, c.principal(t)
	}
	return t, c.machine(t)
}

// machine reads a machine token: its subject is the client itself (RFC 9068 section 2.2), and
// it has no claims of users.
func (c *claims) machine(t *token) error {
	if c.has&hasClientID == 0 || c.clientID != c.subject {
		return invalid("subject and client_id do not match")
	}
	t.machine = Machine{ClientID: c.clientID, Scopes: strings.Fields(c.scope), ExpiresAt: time.Unix(c.expires, 0)}
	return nil
}

func (c *claims) principal(t *token) error {
	switch {
	case c.userID <= 0 || c.subject != strconv.FormatInt(c.userID, 10):
		return invalid("subject and userId do not match")
	case c.sessionID == "" || c.role == "":
		return invalid("a claim is missing")
	case c.has&hasAuthTime != 0 && (c.authTime <= 0 || c.authTime > c.issued+int64(leeway/time.Second)):
		return invalid("the sign-in is later than the token")
	}
	t.principal = Principal{
		UserID: c.userID, SessionID: c.sessionID, Role: c.role, ClientID: c.clientID, Scopes: strings.Fields(c.scope), AMR: c.amr,
		ExpiresAt: time.Unix(c.expires, 0),
	}
	if c.has&hasAuthTime != 0 {
		t.principal.AuthTime = time.Unix(c.authTime, 0)
	}
	return nil
}
