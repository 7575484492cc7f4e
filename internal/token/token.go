// Package token mints and checks the service's two kinds of JWT (RFC 7519):
//
//	access   typ at+jwt (RFC 9068), valid for minutes, identifies the user; signed by a key
//	         pair (ES256 or EdDSA), which others can verify, or by a secret (HS256)
//	refresh  typ rt+jwt, names a session and its generation; always signed with HS256
//	         under a separate secret
//
// A refresh token is a pure function of its claims: the same claims always give the same
// token. A lost response can therefore be repeated without a second token ever existing.
//
// Parsing is strict (RFC 8725): each key has one algorithm and is selected by kid alone;
// the type must match; the header has only alg, typ and kid; base64url is canonical; there
// are no duplicate keys and no trailing data; every claim is present; and no access token
// lives longer than the service issues them. golang-jwt signs and verifies signatures. Its
// parser is not used because it is more lenient.
package token

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"user-api/internal/keyring"
)

const (
	// Leeway is how far in the future iat and nbf may lie. It covers a clock that is slow
	// and has not been corrected yet, see package clock.
	Leeway = 30 * time.Second
	// MinSecret is the shortest secret accepted, in bytes (RFC 7518 section 3.2).
	MinSecret = 32

	typAccess  = "at+jwt"
	typRefresh = "rt+jwt"
	maxLength  = 4096
)

// ErrInvalid is returned for every token that fails verification, whatever the reason.
// The reason is wrapped for the log.
var ErrInvalid = errors.New("token: invalid")

type (
	// Options configure a Codec. A previous secret verifies but never signs.
	Options struct {
		// Signing is HS256, ES256 or EdDSA; empty means HS256. Tokens of the other
		// algorithms are still verified if Keys or AccessSecret is set.
		Signing string
		// Keys are the key pairs; nil if there are none.
		Keys Keys
		// AccessSecret may be empty if a key pair signs.
		AccessSecret, PrevAccessSecret   string
		RefreshSecret, PrevRefreshSecret string
		Issuer, Audience                 string
		// PrevIssuer is accepted in addition to Issuer; it may be empty.
		PrevIssuer string
		// AccessLife is the longest lifetime of an access token. No leeway applies, because
		// iat and exp come from the same clock.
		AccessLife time.Duration
		Now        func() time.Time
	}

	// Codec mints and parses tokens. It is safe for concurrent use.
	Codec struct {
		signing          string
		keys             Keys
		cache            verifiedCache
		access, refresh  [][]byte
		issuer, audience string
		issuers          []string // accepted issuers
		accessLife       int64    // in seconds
		now              func() time.Time
	}

	// Access holds the claims of an access token.
	Access struct {
		ID        string
		SessionID string
		UserID    int64
		Role      string
		// ClientID, AuthTime and AMR say for which client, when and how (RFC 8176) the user
		// signed in; Scope is a list separated by spaces. All four are zero in tokens of an
		// earlier release.
		ClientID  string
		AuthTime  time.Time
		AMR       []string
		Scope     string
		IssuedAt  time.Time
		ExpiresAt time.Time
		// Claims are additional claims, each a JSON scalar. They are minted in the order of
		// their names. Parsing ignores them: they are for other services.
		Claims map[string]json.RawMessage
	}

	// Refresh holds the claims of a refresh token.
	Refresh struct {
		SessionID  string
		UserID     int64
		Generation int64
		IssuedAt   time.Time
		ExpiresAt  time.Time
	}
)

// New returns a codec.
func New(o Options) (*Codec, error) {
	c := &Codec{issuer: o.Issuer, audience: o.Audience, accessLife: int64(o.AccessLife / time.Second), now: o.Now}
	if c.accessLife <= 0 {
		return nil, errors.New("token: AccessLife is missing")
	}
	if err := c.setSigning(o); err != nil {
		return nil, err
	}
	var err error
	c.refresh, err = secrets("refresh", o.RefreshSecret, o.PrevRefreshSecret)
	return c, err
}

// Digest returns the form in which a refresh token is stored: SHA-256 in hex.
func Digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// MintAccess signs an access token. Times are truncated to whole seconds.
func (c *Codec) MintAccess(a Access) (string, error) {
	claims, err := json.Marshal(accessClaims{
		common: common{
			Issuer: c.issuer, Audience: audience(c.audience), Subject: strconv.FormatInt(a.UserID, 10),
			IssuedAt: a.IssuedAt.Unix(), Expires: a.ExpiresAt.Unix(), ID: a.ID,
		},
		SessionID: a.SessionID, UserID: a.UserID, Role: a.Role,
		ClientID: a.ClientID, AuthTime: seconds(a.AuthTime), AMR: a.AMR, Scope: a.Scope,
	})
	if err == nil && len(a.Claims) > 0 {
		var further []byte
		further, err = json.Marshal(a.Claims)
		claims = append(append(claims[:len(claims)-1], ','), further[1:]...)
	}
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return c.signAccess(json.RawMessage(claims))
}

// MintRefresh signs the refresh token of a session's generation with the
// current secret.
func (c *Codec) MintRefresh(r Refresh) (string, error) {
	return c.mintRefresh(r, c.issuer, c.refresh[0])
}

// MintRefreshAs returns the refresh token whose digest is stored. It tries every secret and
// issuer: after either has changed, a successor minted shortly before was signed with the
// previous one.
func (c *Codec) MintRefreshAs(r Refresh, digest string) (string, error) {
	for _, secret := range c.refresh {
		for _, issuer := range c.issuers {
			token, err := c.mintRefresh(r, issuer, secret)
			if err != nil {
				return "", err
			}
			if Digest(token) == digest {
				return token, nil
			}
		}
	}
	return "", fmt.Errorf("%w: no secret yields the stored token", ErrInvalid)
}

// parseAccess is ParseAccess without the cache. It also returns the id of the key that
// signed the token, or "" for a secret.
func (c *Codec) parseAccess(raw string) (Access, string, error) {
	p, err := split(raw)
	if err != nil {
		return Access{}, "", err
	}
	key, err := c.verifyAccess(p)
	if err != nil {
		return Access{}, "", err
	}
	access, err := c.readAccess(p.payload)
	return access, key, err
}

// readAccess reads the claims of a token whose signature has been verified.
func (c *Codec) readAccess(payload string) (Access, error) {
	var claims accessClaims
	if err := decode(payload, &claims); err != nil {
		return Access{}, err
	}
	if err := c.check(claims.common, claims.SessionID, true); err != nil {
		return Access{}, err
	}
	if claims.Expires-claims.IssuedAt > c.accessLife {
		return Access{}, invalid("lifetime longer than this service issues")
	}
	if claims.Role == "" || claims.Subject != strconv.FormatInt(claims.UserID, 10) {
		return Access{}, invalid("subject, userId and role do not match")
	}
	return Access{
		ID: claims.ID, SessionID: claims.SessionID, UserID: claims.UserID, Role: claims.Role,
		ClientID: claims.ClientID, AuthTime: instant(claims.AuthTime), AMR: claims.AMR, Scope: claims.Scope,
		IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.Expires, 0),
	}, nil
}

// ParseRefresh verifies a refresh token except for its expiry, which the session
// decides: an expired token may still name the session that is to be ended.
func (c *Codec) ParseRefresh(raw string) (Refresh, error) {
	p, err := split(raw)
	if err != nil {
		return Refresh{}, err
	}
	if err := c.verifyRefresh(p); err != nil {
		return Refresh{}, err
	}
	var claims refreshClaims
	if err := decode(p.payload, &claims); err != nil {
		return Refresh{}, err
	}
	if err := c.check(claims.common, claims.SessionID, false); err != nil {
		return Refresh{}, err
	}
	userID, err := strconv.ParseInt(claims.Subject, 10, 64)
	if err != nil || claims.Generation == nil {
		return Refresh{}, invalid("subject or generation")
	}
	return Refresh{
		SessionID: claims.SessionID, UserID: userID, Generation: *claims.Generation,
		IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.Expires, 0),
	}, nil
}

// check checks the common claims. holder is the session or client of the token.
func (c *Codec) check(claims common, holder string, expiry bool) error {
	now := c.now()
	switch {
	case !slices.Contains(c.issuers, claims.Issuer):
		return invalid("issuer")
	case string(claims.Audience) != c.audience:
		return invalid("audience")
	case claims.Subject == "" || claims.ID == "" || holder == "":
		return invalid("a claim is missing")
	case claims.IssuedAt <= 0 || claims.Expires <= claims.IssuedAt:
		return invalid("times")
	case time.Unix(claims.IssuedAt, 0).After(now.Add(Leeway)):
		return invalid("issued in the future")
	case time.Unix(claims.NotBefore, 0).After(now.Add(Leeway)):
		return invalid("not valid yet")
	case expiry && !now.Before(time.Unix(claims.Expires, 0)):
		return invalid("expired")
	}
	return nil
}

// mintRefresh derives jti, the token's 128 unguessable bits, from the secret and the
// session's random id.
func (c *Codec) mintRefresh(r Refresh, issuer string, secret []byte) (string, error) {
	generation := strconv.FormatInt(r.Generation, 10)
	jti := keyring.NewMAC(secret).Sum("refresh token id", r.SessionID, generation)[:16]
	return sign(typRefresh, secret, refreshClaims{
		common: common{
			Issuer: issuer, Audience: audience(c.audience), Subject: strconv.FormatInt(r.UserID, 10),
			IssuedAt: r.IssuedAt.Unix(), Expires: r.ExpiresAt.Unix(),
			ID: base64.RawURLEncoding.EncodeToString(jti),
		},
		SessionID: r.SessionID, Generation: &r.Generation,
	})
}

func invalid(reason string) error { return fmt.Errorf("%w: %s", ErrInvalid, reason) }
