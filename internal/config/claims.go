package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	// maxClaims bounds the claims of an app, so that a token stays short.
	maxClaims = 8
	// claimSource is what the value of a claim begins with: what users cannot write.
	claimSource = "appMetadata."
)

// Claims are claims of access tokens by name, each with the key of appMetadata that its
// value is read from, as {plan: appMetadata.plan}.
type Claims map[string]string

// reservedClaims are those that this service writes, or may write, and those of the
// standards that say who somebody is, how that was proven, or what a token may be used
// for: a service that checks a token would believe them.
var reservedClaims = []string{
	// JWT (RFC 7519), the profile of access tokens (RFC 9068), and this service.
	"iss", "aud", "sub", "iat", "exp", "nbf", "jti", "sid", "typ", "gen", "userId", "role",
	"client_id", "auth_time", "acr", "amr", "scope", "roles", "groups", "entitlements",
	// Proof of possession (RFC 7800), token exchange (RFC 8693), rich requests (RFC 9396), events (RFC 8417).
	"cnf", "act", "may_act", "authorization_details", "events", "toe", "txn", "sub_id", "status", "active", "token_type",
	// OpenID Connect.
	"azp", "nonce", "at_hash", "c_hash", "s_hash", "sub_jwk", "username", "preferred_username",
	"email", "email_verified", "phone_number", "phone_number_verified",
	// The header of a JWT, where careless readers look for both in one place.
	"alg", "kid", "crit", "jku", "jwk", "x5u", "x5c", "x5t", "cty", "zip", "b64",
}

var (
	claimName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_:/.-]{0,63}$`)
	claimKey  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)
)

// Key is the key of appMetadata that a claim is read from.
func (c Claims) Key(name string) string { return strings.TrimPrefix(c[name], claimSource) }

func (c Claims) check(k *checker) {
	const section = "Auth.Claims"
	if len(c) > maxClaims {
		k.add(section, "must be at most %d claims, are %d: every request carries them", maxClaims, len(c))
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
			k.add(section, "must have names of 1 to 64 of A-Z a-z 0-9 _ : / . -, one is %q", name)
		case taken[small]:
			// Readers differ in whether they tell names apart by their case.
			k.add(at, "must have another name: this one is taken, by a claim of this service or of a standard")
		case strings.HasPrefix(source, "metadata"):
			k.add(at, "must be a key of appMetadata, as appMetadata.plan: metadata is written by the users themselves")
		case !ours || !claimKey.MatchString(key):
			k.add(at, "must be a key of appMetadata, as appMetadata.plan, is %q", source)
		default:
			taken[small] = true
		}
	}
}
