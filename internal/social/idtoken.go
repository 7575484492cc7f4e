package social

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"user-api/internal/base64url"
)

const (
	// maxToken bounds an id_token. Real ones have 1 to 3 kilobytes.
	maxToken = 16 << 10
	// leeway allows for clock differences.
	leeway = 30 * time.Second
	// maxAge bounds the age of an id_token, whatever its exp. The service remembers used tokens at
	// least that long.
	maxAge = 24*time.Hour - time.Minute
	// maxSubject is the limit of OpenID Connect, in ASCII.
	maxSubject = 255
)

type (
	// idToken is a parsed token; only verify verifies it.
	idToken struct {
		header
		claims
		signing   string
		signature []byte
	}

	header struct {
		Alg  string          `json:"alg"`
		ID   string          `json:"kid"`
		Typ  *string         `json:"typ"`
		Crit json.RawMessage `json:"crit"`
		B64  json.RawMessage `json:"b64"`
		Zip  json.RawMessage `json:"zip"`
	}

	claims struct {
		Issuer     string    `json:"iss"`
		Subject    string    `json:"sub"`
		Audience   audience  `json:"aud"`
		Authorized *string   `json:"azp"`
		Expires    *float64  `json:"exp"`
		Issued     *float64  `json:"iat"`
		NotBefore  *float64  `json:"nbf"`
		AuthTime   *float64  `json:"auth_time"`
		Nonce      *string   `json:"nonce"`
		TokenHash  *string   `json:"at_hash"`
		CodeHash   *string   `json:"c_hash"`
		Tenant     string    `json:"tid"`
		Email      string    `json:"email"`
		Verified   looseBool `json:"email_verified"`
		Hosted     string    `json:"hd"`
		Name       string    `json:"name"`
		Locale     string    `json:"locale"`
	}

	// audience is a string or a list of strings.
	audience []string

	// looseBool is a boolean that may be the string "true", as with Apple.
	looseBool bool

	// expected holds the expected values of a token.
	expected struct {
		// nonce is compared if set, and required if needsNonce.
		nonce      string
		needsNonce bool
		// accessToken and code were received with the token; empty if there were none.
		accessToken, code string
	}
)

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var list []string
	err := json.Unmarshal(text, &list)
	*a = list
	return err
}

// UnmarshalJSON implements json.Unmarshaler. Any other value is false.
func (v *looseBool) UnmarshalJSON(text []byte) error {
	*v = string(text) == "true" || string(text) == `"true"`
	return nil
}

// errNoKey reports a token signed by a key that the provider does not have.
var errNoKey = refused("the provider has no such key")

// Digest returns a digest of an id_token without its signature, which may have several spellings.
// Text in another format is digested as a whole.
func Digest(idToken string) string {
	signed := idToken
	if strings.Count(idToken, ".") == 2 {
		signed = idToken[:strings.LastIndexByte(idToken, '.')]
	}
	return base64url.SHA256("id_token " + signed)
}

// parse parses a token without verifying it.
func parse(text string, byHMAC bool) (t idToken, err error) {
	t, payload, err := splitToken(text)
	if err != nil {
		return t, err
	}
	if !readObject(payload, &t.claims) {
		return t, refused("the id_token is malformed or has duplicate members")
	}
	return t, t.header.check(byHMAC)
}

// splitToken decodes a token except for its payload, which it returns undecoded.
func splitToken(text string) (t idToken, payload []byte, err error) {
	if len(text) > maxToken {
		return t, nil, refused("the id_token is too long")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return t, nil, refused("the id_token does not have three parts")
	}
	var raw [3][]byte
	for i, part := range parts {
		if raw[i], err = base64url.Strict.DecodeString(part); err != nil {
			return t, nil, refused("the id_token is not canonical base64url")
		}
	}
	if !readObject(raw[0], &t.header) {
		return t, nil, refused("the id_token is malformed or has duplicate members")
	}
	t.signing, t.signature = parts[0]+"."+parts[1], raw[2]
	return t, raw[1], nil
}

// check refuses unknown algorithms, extensions that may change the meaning of the token, and other
// types of token: logout and event tokens are signed by the same keys.
func (h header) check(byHMAC bool) error {
	hmac := byHMAC && h.Alg == algHS256 && h.ID == ""
	switch {
	case !hmac && !slices.Contains([]string{algES256, algEdDSA, algPS256, algRS256}, h.Alg):
		return refused("the algorithm is not accepted")
	case h.Crit != nil, h.B64 != nil, h.Zip != nil:
		return refused("the header has an extension")
	case h.Typ != nil && !strings.EqualFold(*h.Typ, "JWT"):
		return refused("the token has another type")
	}
	return nil
}

// verify verifies a token. It does the cheap checks first, so that only a token addressed to us
// makes us fetch keys.
func (p *oidc) verify(ctx context.Context, text string, want expected) (t idToken, err error) {
	if t, err = parse(text, p.byHMAC); err != nil {
		return t, err
	}
	if err := t.claims.check(p.clients, p.client.Now(), want); err != nil {
		return t, err
	}
	m, err := p.metadata.get(ctx)
	if err != nil {
		return t, err
	}
	if t.claims.Issuer == "" || t.claims.Issuer != m.issuerOf(t.Tenant) {
		return t, refused("the issuer does not match")
	}
	if err := p.verifySignature(ctx, t); err != nil {
		return t, err
	}
	return t, t.checkHashes(want)
}

// verifySignature verifies the signature. For an unknown key it refetches the keys at most once a
// minute.
func (p *oidc) verifySignature(ctx context.Context, t idToken) error {
	if t.Alg == algHS256 { // check accepts it only for LINE
		return p.verifyHMAC(t)
	}
	keys, err := p.keys.get(ctx)
	if err != nil {
		return err
	}
	found := p.signers(keys, t)
	if len(found) == 0 {
		if keys, err = p.keys.refreshed(ctx); err != nil {
			return err
		}
		found = p.signers(keys, t)
	}
	for _, k := range found {
		if k.verifies(t.Alg, t.signing, t.signature) {
			return nil
		}
	}
	if len(found) == 0 {
		return errNoKey
	}
	return refused("the signature is wrong")
}

// signers returns the keys that may have signed a token. A token without a key id must be signed by
// the only key.
func (p *oidc) signers(keys []key, t idToken) []key {
	var found []key
	for _, k := range keys {
		issuer := strings.Replace(k.issuer, tenantMark, t.Tenant, 1)
		if p.tenants && issuer != "" && issuer != t.claims.Issuer {
			continue
		}
		if k.matches(t.Alg, t.ID) || t.ID == "" && slices.Contains(k.algs, t.Alg) {
			found = append(found, k)
		}
	}
	if t.ID == "" && len(found) > 1 {
		return nil
	}
	return found
}

// check checks the claims by OpenID Connect Core 1.0 section 3.1.3.7.
func (c claims) check(clients []string, now time.Time, want expected) error {
	ours := func(id string) bool { return slices.Contains(clients, id) }
	others := slices.ContainsFunc(c.Audience, func(id string) bool { return !ours(id) })
	switch {
	case len(c.Audience) == 0 || others:
		return refused("the audience does not match")
	case c.Authorized != nil && !ours(*c.Authorized), c.Authorized == nil && len(c.Audience) > 1:
		return refused("the authorized party does not match")
	case !validSubject(c.Subject):
		return refused("the subject is invalid")
	case c.Nonce == nil && (want.nonce != "" || want.needsNonce), want.needsNonce && want.nonce == "":
		return refused("the nonce is missing")
	case want.nonce != "" && subtle.ConstantTimeCompare([]byte(*c.Nonce), []byte(want.nonce)) != 1:
		return refused("the nonce does not match")
	}
	return c.checkTimes(now)
}

// validSubject reports whether a text can identify a user.
func validSubject(subject string) bool {
	return subject != "" && len(subject) <= maxSubject && !strings.ContainsFunc(subject, func(r rune) bool { return r < '!' || r > '~' })
}

func (c claims) checkTimes(now time.Time) error {
	expires, ok := numericDate(c.Expires)
	issued, ok2 := numericDate(c.Issued)
	notBefore, ok3 := numericDate(c.NotBefore)
	switch {
	case !ok, !ok2, !ok3 && c.NotBefore != nil:
		return refused("a time is missing or invalid")
	case !now.Before(expires.Add(leeway)):
		return refused("the token has expired")
	case issued.After(now.Add(leeway)), notBefore.After(now.Add(leeway)):
		return refused("the token is from the future")
	case now.Sub(issued) > maxAge:
		return refused("the token is too old")
	}
	return nil
}

// numericDate parses a NumericDate; ok is false if it is missing or out of range.
func numericDate(seconds *float64) (at time.Time, ok bool) {
	if seconds == nil || *seconds < 0 || *seconds > 1<<40 {
		return at, false
	}
	whole, rest := math.Modf(*seconds)
	return time.Unix(int64(whole), int64(rest*1e9)), true
}

// checkHashes compares the hashes in the token with the access token and the code received with it.
func (t idToken) checkHashes(want expected) error {
	for _, pair := range []struct {
		hash  *string
		value string
	}{{t.TokenHash, want.accessToken}, {t.CodeHash, want.code}} {
		if pair.hash == nil || pair.value == "" {
			continue
		}
		sum := sha256.Sum256([]byte(pair.value))
		half := sum[:16]
		if t.Alg == algEdDSA { // hashed with SHA-512, as Ed25519 does
			long := sha512.Sum512([]byte(pair.value))
			half = long[:32]
		}
		if *pair.hash != base64url.Strict.EncodeToString(half) {
			return refused("a token hash does not match")
		}
	}
	return nil
}
