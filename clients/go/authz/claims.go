package authz

import (
	"strconv"
	"strings"
	"time"
)

// claims are those of RFC 9068 and the issuer's own. Of what may be missing, the pointer
// tells.
type claims struct {
	issuer, audience, subject, id    string
	issued, expires, notBefore       int64
	clientID, sessionID, role, scope *string
	userID, authTime                 *int64
	amr                              []string
	hasIssued, hasExpires, hasAMR    bool
}

// readClaims reads one JSON object in which no name occurs twice, also when case is
// ignored. Claims that are not known stay unread.
func readClaims(data []byte) (*claims, error) {
	c := &claims{}
	if err := members(data, c.member); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *claims) member(name string, value []byte) error {
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
		c.hasIssued = true
		return whole(value, &c.issued)
	case "exp":
		c.hasExpires = true
		return whole(value, &c.expires)
	case "nbf":
		return whole(value, &c.notBefore)
	case "client_id":
		c.clientID = new(string)
		return text(value, c.clientID)
	case "sid":
		c.sessionID = new(string)
		return text(value, c.sessionID)
	case "role":
		c.role = new(string)
		return text(value, c.role)
	case "scope":
		c.scope = new(string)
		return text(value, c.scope)
	case "userId":
		c.userID = new(int64)
		return whole(value, c.userID)
	case "auth_time":
		c.authTime = new(int64)
		return whole(value, c.authTime)
	case "amr":
		c.hasAMR = true
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

// token judges what stays as it is for as long as the token lives.
func (c *claims) token(issuer, audience, machineAudience string) (*token, error) {
	user := c.userID != nil || c.sessionID != nil || c.role != nil || c.authTime != nil || c.hasAMR
	if !user {
		audience = machineAudience
	}
	switch {
	case c.issuer != issuer:
		return nil, invalid("issuer")
	case c.audience != audience:
		return nil, invalid("audience")
	case c.subject == "" || c.id == "" || !c.hasIssued || !c.hasExpires:
		return nil, invalid("a claim is missing")
	case c.issued <= 0 || c.expires <= c.issued:
		return nil, invalid("times")
	}
	t := &token{issued: c.issued, expires: c.expires, notBefore: c.notBefore}
	if !user {
		return t, c.machine(t)
	}
	return t, c.principal(t)
}

// machine reads the token of a machine: its subject is the client itself (RFC 9068
// section 2.2), and nothing in it is a user's.
func (c *claims) machine(t *token) error {
	if c.clientID == nil || *c.clientID != c.subject {
		return invalid("subject and client_id do not fit")
	}
	t.machine = Machine{ClientID: c.subject, Scopes: c.scopes(), ExpiresAt: time.Unix(c.expires, 0)}
	return nil
}

func (c *claims) principal(t *token) error {
	switch {
	case c.userID == nil || *c.userID <= 0 || c.subject != strconv.FormatInt(*c.userID, 10):
		return invalid("subject and userId do not fit")
	case c.sessionID == nil || *c.sessionID == "" || c.role == nil || *c.role == "":
		return invalid("a claim is missing")
	case c.authTime != nil && (*c.authTime <= 0 || *c.authTime > c.issued+int64(leeway/time.Second)):
		return invalid("the sign-in is later than the token")
	}
	t.user = true
	t.principal = Principal{
		UserID: *c.userID, SessionID: *c.sessionID, Role: *c.role, Scopes: c.scopes(), AMR: c.amr,
		ExpiresAt: time.Unix(c.expires, 0),
	}
	if c.clientID != nil {
		t.principal.ClientID = *c.clientID
	}
	if c.authTime != nil {
		t.principal.AuthTime = time.Unix(*c.authTime, 0)
	}
	return nil
}

func (c *claims) scopes() []string {
	if c.scope == nil {
		return nil
	}
	return strings.Fields(*c.scope)
}
