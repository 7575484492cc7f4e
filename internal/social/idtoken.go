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
)

const (
	// maxToken bounds an id_token. Those of providers have 1 to 3 kilobytes.
	maxToken = 16 << 10
	// leeway is what clocks may be apart.
	leeway = 30 * time.Second
	// maxAge bounds how old an id_token may be, whatever it says itself: for so long at
	// least it is remembered which of them has opened a session.
	maxAge = 24*time.Hour - time.Minute
	// maxSubject is what OpenID Connect allows, in ASCII.
	maxSubject = 255
)

type (
	// idToken is a token that was taken apart; only verify says that it holds.
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
		Issuer     string     `json:"iss"`
		Subject    string     `json:"sub"`
		Audience   audience   `json:"aud"`
		Authorized *string    `json:"azp"`
		Expires    *float64   `json:"exp"`
		Issued     *float64   `json:"iat"`
		NotBefore  *float64   `json:"nbf"`
		AuthTime   *float64   `json:"auth_time"`
		Nonce      *string    `json:"nonce"`
		TokenHash  *string    `json:"at_hash"`
		CodeHash   *string    `json:"c_hash"`
		Tenant     string     `json:"tid"`
		Email      string     `json:"email"`
		Verified   looseTruth `json:"email_verified"`
		Hosted     string     `json:"hd"`
		Name       string     `json:"name"`
		Locale     string     `json:"locale"`
	}

	// audience is one text or a list of them.
	audience []string

	// looseTruth is true, or the text "true", which Apple writes.
	looseTruth bool

	// expected is what a token must say beside what every one must.
	expected struct {
		// nonce is compared where it is given, and must be given where needsNonce.
		nonce      string
		needsNonce bool
		// accessToken and code are those that came with it; empty if none did.
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

// UnmarshalJSON implements json.Unmarshaler. What is neither is not true.
func (v *looseTruth) UnmarshalJSON(text []byte) error {
	*v = string(text) == "true" || string(text) == `"true"`
	return nil
}

// errNoKey is ErrRefused, of a token by a key that the provider does not have.
var errNoKey = refused("no key of the provider is that of the token")

// Digest stands for an id_token: for what is signed in it, as a signature may have more
// than one spelling. Of what has another form it stands for all.
func Digest(idToken string) string {
	signed := idToken
	if strings.Count(idToken, ".") == 2 {
		signed = idToken[:strings.LastIndexByte(idToken, '.')]
	}
	sum := sha256.Sum256([]byte("id_token " + signed))
	return encoding.EncodeToString(sum[:])
}

// parse takes a token apart. It verifies nothing.
func parse(text string, byHMAC bool) (t idToken, err error) {
	t, said, err := takeApart(text)
	if err != nil {
		return t, err
	}
	if !readObject(said, &t.claims) {
		return t, refused("the id_token is not two JSON objects, each member once")
	}
	return t, t.header.check(byHMAC)
}

// takeApart reads all of a token but what it says, which is returned beside it.
func takeApart(text string) (t idToken, said []byte, err error) {
	if len(text) > maxToken {
		return t, nil, refused("the id_token is too long")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return t, nil, refused("the id_token has not three parts")
	}
	var raw [3][]byte
	for i, part := range parts {
		if raw[i], err = encoding.DecodeString(part); err != nil {
			return t, nil, refused("the id_token is not canonical base64url")
		}
	}
	if !readObject(raw[0], &t.header) {
		return t, nil, refused("the id_token is not two JSON objects, each member once")
	}
	t.signing, t.signature = parts[0]+"."+parts[1], raw[2]
	return t, raw[1], nil
}

// check refuses an algorithm that is none of ours, what may change the meaning of the
// token, and a token of another type: those of logouts and of events are signed by the
// same keys.
func (h header) check(byHMAC bool) error {
	hmac := byHMAC && h.Alg == algHS256 && h.ID == ""
	switch {
	case !hmac && !slices.Contains([]string{algES256, algEdDSA, algPS256, algRS256}, h.Alg):
		return refused("the algorithm is not taken")
	case h.Crit != nil, h.B64 != nil, h.Zip != nil:
		return refused("the header has an extension")
	case h.Typ != nil && !strings.EqualFold(*h.Typ, "JWT"):
		return refused("it is another type of token")
	}
	return nil
}

// verify judges a token: first by what costs nothing, so that only one that says to be for
// us makes us ask for keys.
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
		return t, refused("the issuer is another one")
	}
	if err := p.verifySignature(ctx, t); err != nil {
		return t, err
	}
	return t, t.checkHashes(want)
}

// verifySignature looks for the key, and once a minute for one that is new.
func (p *oidc) verifySignature(ctx context.Context, t idToken) error {
	if t.Alg == algHS256 { // which check lets through for LINE alone
		return p.verifyHMAC(t)
	}
	keys, err := p.keys.get(ctx)
	if err != nil {
		return err
	}
	found := p.signers(keys, t)
	if len(found) == 0 {
		if keys, err = p.keys.renewed(ctx); err != nil {
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

// signers are the keys that may have signed a token. One that names no key is of the only
// one there is.
func (p *oidc) signers(keys []key, t idToken) []key {
	var found []key
	for _, k := range keys {
		issuer := strings.Replace(k.issuer, tenantMark, t.Tenant, 1)
		if p.tenants && issuer != "" && issuer != t.claims.Issuer {
			continue
		}
		if k.fits(t.Alg, t.ID) || t.ID == "" && slices.Contains(k.algs, t.Alg) {
			found = append(found, k)
		}
	}
	if t.ID == "" && len(found) > 1 {
		return nil
	}
	return found
}

// check judges the claims by OpenID Connect Core 1.0 section 3.1.3.7.
func (c claims) check(clients []string, now time.Time, want expected) error {
	ours := func(id string) bool { return slices.Contains(clients, id) }
	others := slices.ContainsFunc(c.Audience, func(id string) bool { return !ours(id) })
	switch {
	case len(c.Audience) == 0 || others:
		return refused("the audience is another one")
	case c.Authorized != nil && !ours(*c.Authorized), c.Authorized == nil && len(c.Audience) > 1:
		return refused("the authorized party is another one")
	case !validSubject(c.Subject):
		return refused("the subject is none")
	case c.Nonce == nil && (want.nonce != "" || want.needsNonce), want.needsNonce && want.nonce == "":
		return refused("the nonce is missing")
	case want.nonce != "" && subtle.ConstantTimeCompare([]byte(*c.Nonce), []byte(want.nonce)) != 1:
		return refused("the nonce is another one")
	}
	return c.checkTimes(now)
}

// validSubject reports whether somebody can be known by a text.
func validSubject(subject string) bool {
	return subject != "" && len(subject) <= maxSubject && !strings.ContainsFunc(subject, func(r rune) bool { return r < '!' || r > '~' })
}

func (c claims) checkTimes(now time.Time) error {
	expires, ok := moment(c.Expires)
	issued, ok2 := moment(c.Issued)
	notBefore, ok3 := moment(c.NotBefore)
	switch {
	case !ok, !ok2, !ok3 && c.NotBefore != nil:
		return refused("a time is missing or none")
	case !now.Before(expires.Add(leeway)):
		return refused("it has expired")
	case issued.After(now.Add(leeway)), notBefore.After(now.Add(leeway)):
		return refused("it is of the future")
	case now.Sub(issued) > maxAge:
		return refused("it is too old")
	}
	return nil
}

// moment reads a NumericDate; ok is false for none, and for what is no time.
func moment(seconds *float64) (at time.Time, ok bool) {
	if seconds == nil || *seconds < 0 || *seconds > 1<<40 {
		return at, false
	}
	whole, rest := math.Modf(*seconds)
	return time.Unix(int64(whole), int64(rest*1e9)), true
}

// checkHashes compares what the token says of the access token and the code that came with
// it.
func (t idToken) checkHashes(want expected) error {
	for _, pair := range []struct {
		hash *string
		of   string
	}{{t.TokenHash, want.accessToken}, {t.CodeHash, want.code}} {
		if pair.hash == nil || pair.of == "" {
			continue
		}
		sum := sha256.Sum256([]byte(pair.of))
		half := sum[:16]
		if t.Alg == algEdDSA { // whose own hash is that of Ed25519
			long := sha512.Sum512([]byte(pair.of))
			half = long[:32]
		}
		if *pair.hash != encoding.EncodeToString(half) {
			return refused("a hash is of another token")
		}
	}
	return nil
}
