package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxClaims limits the number of custom claims, which keeps tokens short.
	maxClaims = 8
	// claimSource is the prefix of a claim's value. Users cannot write appMetadata.
	claimSource = "appMetadata."
)

// Claims maps custom claims of access tokens to the keys of appMetadata with their values,
// as in {plan: appMetadata.plan}.
type Claims map[string]string

// reservedClaims are the claims that this service writes or may write, and the standard
// claims that say who a user is, how that was proven, or what a token may be used for: a
// resource server would trust them.
var reservedClaims = []string{
	// JWT (RFC 7519), the profile of access tokens (RFC 9068), and this service.
	"iss", "aud", "sub", "iat", "exp", "nbf", "jti", "sid", "typ", "gen", "userId", "role",
	"client_id", "auth_time", "acr", "amr", "scope", "roles", "groups", "entitlements",
	// Proof of possession (RFC 7800), token exchange (RFC 8693), rich requests (RFC 9396), events (RFC 8417).
	"cnf", "act", "may_act", "authorization_details", "events", "toe", "txn", "sub_id", "status", "active", "token_type",
	// OpenID Connect.
	"azp", "nonce", "at_hash", "c_hash", "s_hash", "sub_jwk", "username", "preferred_username",
	"email", "email_verified", "phone_number", "phone_number_verified",
	// The JWT header, which careless parsers merge with the claims.
	"alg", "kid", "crit", "jku", "jwk", "x5u", "x5c", "x5t", "cty", "zip", "b64",
}

var (
	claimName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_:/.-]{0,63}$`)
	claimKey  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
)

// Key returns the key of appMetadata with the value of a claim.
func (c Claims) Key(name string) string { return strings.TrimPrefix(c[name], claimSource) }

func (c Claims) check(k *checker) {
	const section = "Auth.Claims"
	if len(c) > maxClaims {
		k.add(section, "must be at most %d claims, are %d: they are sent with every request", maxClaims, len(c))
	}
	taken := map[string]bool{}
	for _, name := range reservedClaims {
		taken[strings.ToLower(name)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		source := c[name]
		key, ours := strings.CutPrefix(source, claimSource)
		switch at, small := join(section, name), strings.ToLower(name); {
		case !claimName.MatchString(name):
			k.add(section, "must have names of 1 to 64 of A-Z a-z 0-9 _ : / . -, %q is not", name)
		case taken[small]:
			// Parsers differ in whether names are case-sensitive.
			k.add(at, "must have another name: this service or a standard uses this one")
		case strings.HasPrefix(source, "metadata"):
			k.add(at, "must be a key of appMetadata, such as appMetadata.plan: users can write metadata")
		case !ours || !claimKey.MatchString(key):
			k.add(at, "must be a key of appMetadata, such as appMetadata.plan, is %q", source)
		default:
			taken[small] = true
		}
	}
}
