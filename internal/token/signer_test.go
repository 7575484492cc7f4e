package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"user-api/internal/token"
)

// errDown is returned by keys that cannot decide.
var errDown = errors.New("the keys cannot be read")

// keys are key pairs; the first one signs.
type keys struct {
	all  []*token.Key
	down bool
}

func (k *keys) Signing() (*token.Key, error) {
	if len(k.all) == 0 {
		return nil, errDown
	}
	return k.all[0], nil
}

func (k *keys) Verifying(id string) (*token.Key, error) {
	for _, key := range k.all {
		if key.ID == id {
			return key, nil
		}
	}
	if k.down {
		return nil, errDown
	}
	return nil, fmt.Errorf("%w: unknown key", token.ErrInvalid)
}

func newKey(t testing.TB, alg string) *token.Key {
	t.Helper()
	key, err := token.NewKey(alg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signedBy returns a codec that signs access tokens with a key pair and has no secret for them.
func signedBy(t testing.TB, k *keys) *token.Codec {
	return newCodec(t, func(o *token.Options) {
		o.Signing, o.Keys, o.AccessSecret = k.all[0].Alg, k, ""
	})
}

// A token signed by a key pair follows RFC 9068, and other libraries verify it with the JWK.
func TestSigned(t *testing.T) {
	for _, alg := range []string{token.ES256, token.EdDSA} {
		k := &keys{all: []*token.Key{newKey(t, alg)}}
		codec := signedBy(t, k)
		raw, err := codec.MintAccess(access())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time from the cache
			if got, err := codec.ParseAccess(raw); err != nil || got.UserID != 42 || got.SessionID != "s1" || got.Role != "user" {
				t.Fatalf("%s: %+v, %v", alg, got, err)
			}
		}
		parsed, err := jwt.NewParser(jwt.WithoutClaimsValidation()).Parse(raw, func(*jwt.Token) (any, error) { return published(t, k.all[0].JWK()), nil })
		if err != nil || parsed.Header["kid"] != k.all[0].ID || parsed.Header["alg"] != alg || parsed.Header["typ"] != "at+jwt" || len(parsed.Header) != 3 {
			t.Errorf("%s: %v, %v", alg, parsed.Header, err)
		}
		client, err := codec.MintClient(token.Client{ID: "j", ClientID: "abcd", Scope: "users:read", IssuedAt: now, ExpiresAt: now.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := codec.ParseClient(client); err != nil || got.ClientID != "abcd" {
			t.Errorf("%s: %+v, %v", alg, got, err)
		}
	}
}

// published parses a JWK as other services do.
func published(t *testing.T, jwk token.JWK) any {
	t.Helper()
	x, err := base64.RawURLEncoding.DecodeString(jwk.X)
	if err != nil {
		t.Fatal(err)
	}
	if jwk.Kty == "OKP" && jwk.Crv == "Ed25519" {
		return ed25519.PublicKey(x)
	}
	y, err := base64.RawURLEncoding.DecodeString(jwk.Y)
	if err != nil || jwk.Kty != "EC" || jwk.Crv != "P-256" {
		t.Fatalf("%+v, %v", jwk, err)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The thumbprint follows RFC 7638 and matches RFC 8037 appendix A.3. Keys survive a round
// trip, and malformed ones are rejected.
func TestKey_thumbprint(t *testing.T) {
	x, _ := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	key, err := token.PublicKey(token.EdDSA, x)
	if err != nil || key.ID != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Errorf("%v, %v", key, err)
	}
	for _, alg := range []string{token.ES256, token.EdDSA} {
		pair := newKey(t, alg)
		private, err := pair.Private()
		if err != nil {
			t.Fatal(err)
		}
		again, err := token.PrivateKey(alg, private)
		if err != nil || again.ID != pair.ID || len(pair.ID) != 43 {
			t.Errorf("%s: %v, %v", alg, again, err)
		}
		half, err := token.PublicKey(alg, pair.Public())
		if err != nil || half.ID != pair.ID || half.JWK() != pair.JWK() {
			t.Errorf("%s: %v, %v", alg, half, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", pair, pair, *pair); bytes.Contains([]byte(text), private) {
			t.Errorf("%s: the private key is printed: %s", alg, text)
		}
	}
	for _, wrong := range [][]byte{nil, make([]byte, 31), make([]byte, 33), bytes.Repeat([]byte{255}, 32)} {
		if key, err := token.PrivateKey(token.ES256, wrong); err == nil {
			t.Errorf("%x is accepted as %v", wrong, key)
		}
	}
	if key, err := token.PublicKey(token.ES256, make([]byte, 64)); err == nil {
		t.Errorf("an invalid point is accepted as %v", key)
	}
}

// Everything the standards allow except the one form in which we sign is rejected, and so is
// every attempt to have one key used as another.
func TestParseAccess_forgedKeys(t *testing.T) {
	es, ed := newKey(t, token.ES256), newKey(t, token.EdDSA)
	k := &keys{all: []*token.Key{es, ed}}
	codec := newCodec(t, func(o *token.Options) { o.Signing, o.Keys = token.ES256, k })
	good, err := codec.MintAccess(access())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	header := func(alg, kid, more string) string {
		return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"at+jwt"%s}`, alg, kid, more)
	}
	stranger, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	jwk, _ := json.Marshal(es.JWK())
	spki, _ := x509.MarshalPKIXPublicKey(published(t, es.JWK()))
	by := func(key *token.Key, header string) string { // signed with the right key
		private, _ := key.Private()
		if key.Alg == token.EdDSA {
			return forge(jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(private), header, string(payload))
		}
		scalar, _ := ecdsa.ParseRawPrivateKey(elliptic.P256(), private)
		return forge(jwt.SigningMethodES256, scalar, header, string(payload))
	}
	if _, err := codec.ParseAccess(by(ed, header("EdDSA", ed.ID, ""))); err != nil {
		t.Fatalf("the other key pair: %v", err)
	}
	if _, err := codec.ParseAccess(by(es, `{"typ":"at+jwt","kid":"`+es.ID+`","alg":"ES256"}`)); err != nil {
		t.Fatalf("another spelling: %v", err)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	with := func(signature []byte) string {
		return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	der, _ := stranger.Sign(rand.Reader, make([]byte, 32), nil)
	forgeries := map[string]string{
		"an unknown key":            forge(jwt.SigningMethodES256, stranger, header("ES256", es.ID, ""), string(payload)),
		"none":                      segment(header("none", es.ID, "")) + "." + parts[1] + ".",
		"no signature":              parts[0] + "." + parts[1] + ".",
		"zeros":                     with(make([]byte, 64)),
		"a short signature":         with(signature[:63]),
		"a long signature":          with(append(signature, 0)),
		"DER":                       with(der),
		"the other's algorithm":     by(es, header("EdDSA", es.ID, "")),
		"the other's kid":           by(es, header("ES256", ed.ID, "")),
		"an unknown kid":            by(es, header("ES256", newKey(t, token.ES256).ID, "")),
		"an empty kid":              by(es, header("ES256", "", "")),
		"no kid":                    by(es, `{"alg":"ES256","typ":"at+jwt"}`),
		"kid null":                  by(es, `{"alg":"ES256","kid":null,"typ":"at+jwt"}`),
		"kid a number":              by(es, `{"alg":"ES256","kid":1,"typ":"at+jwt"}`),
		"kid twice":                 by(es, header("ES256", "x", `,"kid":"`+es.ID+`"`)),
		"kid with a path":           by(es, header("ES256", "../"+es.ID, "")),
		"kid with white space":      by(es, header("ES256", es.ID+" ", "")),
		"embedded jwk":              by(es, header("ES256", es.ID, `,"jwk":`+string(jwk))),
		"jku":                       by(es, header("ES256", es.ID, `,"jku":"https://evil.example/jwks.json"`)),
		"x5u":                       by(es, header("ES256", es.ID, `,"x5u":"https://evil.example/c.pem"`)),
		"x5c":                       by(es, header("ES256", es.ID, `,"x5c":["MA=="]`)),
		"crit":                      by(es, header("ES256", es.ID, `,"crit":["exp"]`)),
		"type JWT":                  by(es, `{"alg":"ES256","kid":"`+es.ID+`","typ":"JWT"}`),
		"type of a refresh":         by(es, `{"alg":"ES256","kid":"`+es.ID+`","typ":"rt+jwt"}`),
		"ES384":                     by(es, header("ES384", es.ID, "")),
		"HS256 by the public point": forge(jwt.SigningMethodHS256, es.Public(), header("HS256", es.ID, ""), string(payload)),
		"the same without kid":      forge(jwt.SigningMethodHS256, es.Public(), `{"alg":"HS256","typ":"at+jwt"}`, string(payload)),
		"HS256 by the SPKI":         forge(jwt.SigningMethodHS256, spki, `{"alg":"HS256","typ":"at+jwt"}`, string(payload)),
		"HS256 by the JWK":          forge(jwt.SigningMethodHS256, jwk, header("HS256", es.ID, ""), string(payload)),
		"the secret, with a kid":    forge(jwt.SigningMethodHS256, []byte(accessSecret), header("HS256", es.ID, ""), string(payload)),
		"the secret, as ES256":      forge(jwt.SigningMethodHS256, []byte(accessSecret), header("ES256", es.ID, ""), string(payload)),
	}
	for name, raw := range forgeries {
		for range 2 {
			if got, err := codec.ParseAccess(raw); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if got, err := codec.ParseRefresh(raw); err == nil {
			t.Errorf("%s is a refresh token: %+v", name, got)
		}
	}
	// The secret is accepted only while it is configured.
	secret := forge(jwt.SigningMethodHS256, []byte(accessSecret), `{"alg":"HS256","typ":"at+jwt"}`, string(payload))
	if _, err := codec.ParseAccess(secret); err != nil {
		t.Errorf("a token from before the change: %v", err)
	}
	if _, err := signedBy(t, k).ParseAccess(secret); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("without the secret: %v", err)
	}
}

// A cached token ends with its expiry and with its key, like any other.
func TestParseAccess_cached(t *testing.T) {
	at := now
	k := &keys{all: []*token.Key{newKey(t, token.ES256)}}
	codec := newCodec(t, func(o *token.Options) { o.Signing, o.Keys, o.Now = token.ES256, k, func() time.Time { return at } })
	raw, err := codec.MintAccess(access())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		do   func()
		want error
	}{
		{"fresh", func() {}, nil},
		{"seen", func() {}, nil},
		{"the last second", func() { at = now.Add(899 * time.Second) }, nil},
		{"its expiry", func() { at = now.Add(900 * time.Second) }, token.ErrInvalid},
		{"again", func() { at = now }, nil},
		{"the keys are unavailable", func() { k.all, k.down = nil, true }, errDown},
		{"the key is gone", func() { k.down = false }, token.ErrInvalid},
	} {
		step.do()
		if _, err := codec.ParseAccess(raw); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
	}
	if _, err := codec.MintAccess(access()); !errors.Is(err, errDown) {
		t.Errorf("minted without a key: %v", err)
	}
}

// While the algorithm and the issuer are changed on one node after the other, each node
// accepts the tokens of the other.
func TestCodec_rollingChange(t *testing.T) {
	k := &keys{all: []*token.Key{newKey(t, token.ES256)}}
	ed := &keys{all: []*token.Key{newKey(t, token.EdDSA), k.all[0]}}
	old := func(o *token.Options) { o.Keys, o.PrevIssuer = ed, "https://id.example" }
	news := func(signing string, k *keys) func(*token.Options) {
		return func(o *token.Options) {
			o.Signing, o.Keys, o.Issuer, o.PrevIssuer = signing, k, "https://id.example", "user-api"
		}
	}
	nodes := map[string]*token.Codec{
		"HS256": newCodec(t, old), "ES256": newCodec(t, news(token.ES256, k)), "EdDSA": newCodec(t, news(token.EdDSA, ed)),
	}
	// Each node knows the keys of both.
	k.all = append(k.all, ed.all[0])
	row := token.Refresh{SessionID: "s1", UserID: 42, Generation: 3, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	for from, minting := range nodes {
		raw, err := minting.MintAccess(access())
		if err != nil {
			t.Fatal(err)
		}
		refresh, err := minting.MintRefresh(row)
		if err != nil {
			t.Fatal(err)
		}
		for at, parsing := range nodes {
			if _, err := parsing.ParseAccess(raw); err != nil {
				t.Errorf("access token of %s at %s: %v", from, at, err)
			}
			if _, err := parsing.ParseRefresh(refresh); err != nil {
				t.Errorf("refresh token of %s at %s: %v", from, at, err)
			}
			if again, err := parsing.MintRefreshAs(row, token.Digest(refresh)); err != nil || again != refresh {
				t.Errorf("refresh token of %s cannot be repeated at %s: %v", from, at, err)
			}
		}
	}
}
