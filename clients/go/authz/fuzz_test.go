package authz_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"user-api/clients/go/authz"
)

// fixed is an issuer whose keys and clock never change, so that seeds keep their meaning.
type fixed struct {
	auth *authz.Auth
	ec   *ecdsa.PrivateKey
	ed   ed25519.PrivateKey
	keys map[string]crypto.PublicKey // by kid
	kids map[string]string           // by algorithm
}

const fixedIssuer = "https://id.example.com"

var fixedNow = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func newFixed(t testing.TB) *fixed {
	t.Helper()
	seed := sha256.Sum256([]byte("a key of a test"))
	ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		t.Fatal(err)
	}
	f := &fixed{ec: ec, ed: ed25519.NewKeyFromSeed(seed[:]), keys: map[string]crypto.PublicKey{}, kids: map[string]string{}}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	set := []string{
		f.publish("ES256", &ec.PublicKey, fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"`, part(string(point[1:33])), part(string(point[33:])))),
		f.publish("EdDSA", f.ed.Public(), fmt.Sprintf(`{"crv":"Ed25519","kty":"OKP","x":"%s"`, part(string(f.ed[32:])))),
	}
	tr := newTransport()
	tr.set(metadataPath, func(*http.Request) (*http.Response, error) {
		return respond(200, fmt.Sprintf(`{"issuer":%q}`, fixedIssuer)), nil
	})
	tr.set(jwksPath, func(*http.Request) (*http.Response, error) {
		return respond(200, `{"keys":[`+strings.Join(set, ",")+`]}`), nil
	})
	f.auth, err = authz.New(fixedIssuer, authz.WhenLate(authz.AllowUntilExpiry), authz.Now(func() time.Time { return fixedNow }), tr.option())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.auth.Close)
	return f
}

// publish returns the JWK of a key that begins with open.
func (f *fixed) publish(alg string, key crypto.PublicKey, open string) string {
	sum := sha256.Sum256([]byte(open + "}"))
	kid := part(string(sum[:]))
	f.keys[kid], f.kids[alg] = key, kid
	return open + fmt.Sprintf(`,"alg":"%s","kid":"%s"}`, alg, kid)
}

func (f *fixed) sign(t testing.TB, alg string, change map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": fixedIssuer, "aud": "user-api", "sub": "42", "iat": fixedNow.Unix(), "exp": fixedNow.Unix() + 900, "jti": "j", "sid": "s",
		"client_id": "user-api", "auth_time": fixedNow.Unix(), "amr": []string{"otp"}, "userId": 42, "role": "user",
	}
	for name, value := range change {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	tok := jwt.NewWithClaims(jwt.GetSigningMethod(alg), claims)
	tok.Header["typ"], tok.Header["kid"] = "at+jwt", f.kids[alg]
	var key any = f.ec
	if alg == "EdDSA" {
		key = f.ed
	}
	raw, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// reference verifies a token's signature with golang-jwt and returns its claims.
func (f *fixed) reference(raw string) (jwt.MapClaims, error) {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256", "EdDSA"}), jwt.WithJSONNumber(), jwt.WithoutClaimsValidation())
	claims := jwt.MapClaims{}
	_, err := parser.ParseWithClaims(raw, claims, func(tok *jwt.Token) (any, error) {
		kid, _ := tok.Header["kid"].(string)
		if key, ok := f.keys[kid]; ok && f.kids[tok.Method.Alg()] == kid {
			return key, nil
		}
		return nil, fmt.Errorf("no such key")
	})
	return claims, err
}

// golang-jwt accepts every token that is accepted here, and reads the same claims.
func FuzzVerify(f *testing.F) {
	fix := newFixed(f)
	for _, alg := range []string{"ES256", "EdDSA"} {
		f.Add(fix.sign(f, alg, nil))
		f.Add(fix.sign(f, alg, map[string]any{"scope": "a b", "aud": []string{"user-api"}}))
		f.Add(fix.sign(f, alg, map[string]any{"userId": nil, "sid": nil, "role": nil, "auth_time": nil, "amr": nil, "sub": "billing", "client_id": "billing", "scope": "a"}))
	}
	f.Fuzz(fix.judge)
}

// The same for headers and claims signed with the issuer's key, so that a rejection must be
// due to the form.
func FuzzVerify_signed(f *testing.F) {
	fix := newFixed(f)
	header := `{"alg":"EdDSA","kid":"` + fix.kids["EdDSA"] + `","typ":"at+jwt"}`
	claims := fmt.Sprintf(`{"iss":%q,"aud":"user-api","sub":"42","iat":%d,"exp":%d,"jti":"j","sid":"s","userId":42,"role":"user"}`, fixedIssuer, fixedNow.Unix(), fixedNow.Unix()+900)
	f.Add(header, claims)
	f.Add(strings.Replace(header, "alg", `\u0061lg`, 1), strings.Replace(claims, "exp", `\u0065xp`, 1))
	f.Add(strings.Replace(header, "{", `{"crit":["exp"],`, 1), claims)
	f.Add(header, strings.Replace(claims, "{", `{ "x" : [ {"]":"\\\""} ] , "amr":["otp"], "auth_time":1,`, 1))
	f.Add(header, strings.Replace(claims, "{", `{"exp":1,`, 1))
	f.Add(header, strings.Replace(claims, "{", `{"EXP":1,`, 1))
	f.Add(header, strings.Replace(claims, `"aud":"user-api"`, `"aud":["user-api"]`, 1))
	f.Fuzz(func(t *testing.T, header, claims string) {
		signing := part(header) + "." + part(claims)
		fix.judge(t, signing+"."+part(string(ed25519.Sign(fix.ed, []byte(signing)))))
	})
}

// judge fails unless a token is rejected, or accepted by golang-jwt too.
func (f *fixed) judge(t *testing.T, raw string) {
	p, err := f.auth.Verify(t.Context(), raw)
	m, machineErr := f.auth.VerifyMachine(t.Context(), raw)
	if err != nil && machineErr != nil {
		if p.UserID != 0 || p.SessionID != "" || p.Role != "" || m.ClientID != "" {
			t.Fatalf("rejected, but with %+v, %+v", p, m)
		}
		return
	}
	if err == nil && machineErr == nil {
		t.Fatal("the token is accepted as a user's and as a machine's")
	}
	claims, refErr := f.reference(raw)
	if refErr != nil {
		t.Fatalf("%q is accepted, but golang-jwt rejects it: %v", raw, refErr)
	}
	exp, expErr := claims["exp"].(json.Number).Int64()
	if claims["iss"] != fixedIssuer || expErr != nil || exp <= fixedNow.Unix()-30 || !claims.VerifyAudience("user-api", true) {
		t.Fatalf("%q is accepted with claims %v", raw, claims)
	}
	if machineErr == nil && (claims["sub"] != m.ClientID || claims["userId"] != nil) ||
		err == nil && (claims["sub"] != strconv.FormatInt(p.UserID, 10) || claims["sid"] != p.SessionID || claims["role"] != p.Role || p.ExpiresAt.Unix() != exp) {
		t.Fatalf("%q is read as %+v %+v, by golang-jwt as %v", raw, p, m, claims)
	}
}

// The base64 decoder ignores line breaks, which would allow a second spelling.
func TestVerify_lineBreaks(t *testing.T) {
	f := newFixed(t)
	signed := func(signing string) string { return signing + "." + part(string(ed25519.Sign(f.ed, []byte(signing)))) }
	raw := f.sign(t, "EdDSA", nil)
	signing := raw[:strings.LastIndexByte(raw, '.')]
	wantVerify(t, "without one", f.auth, signed(signing), nil)
	for i := range signing {
		if i%37 == 0 {
			wantVerify(t, fmt.Sprintf("one at %d", i), f.auth, signed(signing[:i]+"\n"+signing[i:]), authz.ErrUnauthorized)
		}
	}
}

// The committed seeds exist, and some of them are valid tokens.
func TestFuzzSeeds(t *testing.T) {
	fix := newFixed(t)
	files, err := filepath.Glob("testdata/fuzz/FuzzVerify/*")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d seeds, %v", len(files), err)
	}
	good := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(string(text), "\nstring(")
		raw, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(line), ")"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, err := fix.auth.Verify(t.Context(), raw); err == nil {
			good++
		}
	}
	if good < 4 {
		t.Errorf("%d of %d seeds are valid tokens", good, len(files))
	}
}
