package authz_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"user-api/clients/go/authz"
	"user-api/clients/go/authz/authztest"
)

// forger derives tokens from a real one, mostly signed with the issuer's key, so that a
// rejection must be due to the form.
type forger struct {
	t                   *testing.T
	issuer              *authztest.Issuer
	alg, kid            string
	real, header        string
	claims              map[string]any
	parts               []string // of the real token
	public              map[string]string
	der, pemText, asJWK []byte // the public key in every spelling
}

func newForger(t *testing.T, issuer *authztest.Issuer, real string) *forger {
	t.Helper()
	f := &forger{t: t, issuer: issuer, real: real, parts: strings.Split(real, "."), kid: issuer.KeyID()}
	var header struct{ Alg string }
	f.header = string(unpart(t, f.parts[0]))
	dec := json.NewDecoder(strings.NewReader(string(unpart(t, f.parts[1]))))
	dec.UseNumber()
	if err := errors.Join(json.Unmarshal([]byte(f.header), &header), dec.Decode(&f.claims)); err != nil {
		t.Fatal(err)
	}
	f.alg = header.Alg
	f.fetchKey()
	return f
}

// fetchKey fetches the public key like anyone can.
func (f *forger) fetchKey() {
	f.t.Helper()
	resp, err := http.Get(f.issuer.URL() + "/.well-known/jwks.json")
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	var set struct{ Keys []map[string]string }
	if err = errors.Join(err, json.Unmarshal(body, &set)); err != nil {
		f.t.Fatal(err)
	}
	for _, k := range set.Keys {
		if k["kid"] != f.kid {
			continue
		}
		f.public = k
		f.asJWK, _ = json.Marshal(k)
		var public any = ed25519.PublicKey(unpart(f.t, k["x"]))
		if f.alg == "ES256" {
			point := append(append([]byte{4}, unpart(f.t, k["x"])...), unpart(f.t, k["y"])...)
			if public, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err != nil {
				f.t.Fatal(err)
			}
		}
		if f.der, err = x509.MarshalPKIXPublicKey(public); err != nil {
			f.t.Fatal(err)
		}
		f.pemText = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: f.der})
	}
}

func (f *forger) payload() string { return jsonOf(f.claims) }

// head returns the header with changed members; gone removes one.
func (f *forger) head(pairs ...any) string {
	header := map[string]any{"alg": f.alg, "kid": f.kid, "typ": "at+jwt"}
	return jsonOf(change(header, pairs))
}

// signed signs another header with the real claims.
func (f *forger) signed(header string) string { return f.issuer.Sign(header, f.payload()) }

// with signs changed claims.
func (f *forger) with(pairs ...any) string {
	return f.issuer.Sign(f.header, jsonOf(change(f.claims, pairs)))
}

func (f *forger) claimsText(text string) string { return f.issuer.Sign(f.header, text) }

// mac signs the real claims with a secret, as is possible with the public key alone.
func (f *forger) mac(alg string, header string, secret []byte) string {
	signing := part(header) + "." + f.parts[1]
	m := hmac.New(map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}[alg], secret)
	m.Write([]byte(signing))
	return signing + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func change(m map[string]any, pairs []any) map[string]any {
	m = maps.Clone(m)
	for i := 0; i < len(pairs); i += 2 {
		if m[pairs[i].(string)] = pairs[i+1]; pairs[i+1] == gone {
			delete(m, pairs[i].(string))
		}
	}
	return m
}

// gone removes a member.
var gone = new(int)

// Only tokens as the issuer mints them are accepted.
func TestForged(t *testing.T) {
	for _, alg := range []string{authztest.ES256, authztest.EdDSA} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			issuer := authztest.New(t)
			old := issuer.KeyID()
			issuer.RotateKey(alg)
			auth := issuer.Auth()
			real := issuer.Token(authztest.User{ID: 42, Role: "user"})
			f := newForger(t, issuer, real)
			for name, raw := range f.right() {
				if p, err := auth.Verify(t.Context(), raw); err != nil || p.UserID != 42 {
					t.Errorf("%s: %+v, %v, want the user", name, p, err)
				}
			}
			all := f.confusions(old)
			maps.Copy(all, f.shapes())
			maps.Copy(all, f.wrongClaims())
			if len(all) < 150 {
				t.Errorf("only %d forgeries", len(all))
			}
			for name, raw := range all {
				f.refused(auth, name, raw)
			}
			if _, err := auth.Verify(t.Context(), real); err != nil {
				t.Errorf("the real token after all forgeries: %v", err)
			}
		})
	}
}

func (f *forger) refused(auth *authz.Auth, name, raw string) {
	f.t.Helper()
	p, err := auth.Verify(f.t.Context(), raw)
	if !errors.Is(err, authz.ErrUnauthorized) || p.UserID != 0 || p.SessionID != "" || p.Role != "" {
		f.t.Errorf("%s: Verify = %+v, %v, want ErrUnauthorized", name, p, err)
	}
	if m, err := auth.VerifyMachine(f.t.Context(), raw); err == nil {
		f.t.Errorf("%s: VerifyMachine = %+v", name, m)
	}
}

// right are other spellings that are equally valid.
func (f *forger) right() map[string]string {
	now := f.issuer.Now().Unix()
	return map[string]string{
		"the real one":               f.real,
		"its header in other order":  f.signed(fmt.Sprintf(`{"typ":"at+jwt","kid":"%s","alg":"%s"}`, f.kid, f.alg)),
		"its header with a space":    f.signed(strings.Replace(f.header, ":", ": ", 1)),
		"its header with an escape":  f.signed(strings.Replace(f.header, "alg", `\u0061lg`, 1)),
		"a list of its one audience": f.with("aud", []any{"user-api"}),
		"a claim of the app's":       f.with("plan", map[string]any{"exp": 1, "list": []any{"]", "}", `"`, `\`}}),
		"iat 29 s ahead":             f.with("iat", now+29, "exp", now+600),
		"nbf now":                    f.with("nbf", now),
		"nbf 29 s ahead":             f.with("nbf", now+29),
		"expired 29 s ago":           f.with("iat", now-600, "auth_time", now-600, "exp", now-29),
		"as long as the feed keeps":  f.with("exp", now+930),
		"of the last release":        f.with("client_id", gone, "auth_time", gone, "amr", gone),
	}
}

// shapes are not exactly one token.
func (f *forger) shapes() map[string]string {
	payload := f.payload()
	before := func(member string) string { return f.claimsText(strings.Replace(payload, "{", "{"+member+",", 1)) }
	h := strings.TrimSuffix(f.header, "}")
	return map[string]string{
		"empty": "", "dots": "..", "one part": f.parts[0], "two parts": f.parts[0] + "." + f.parts[1], "four parts": f.real + ".x", "five parts": f.real + ".x.y",
		"padding": f.real + "=", "a space before": " " + f.real, "a space behind": f.real + " ", "4 KB more": f.real + strings.Repeat("A", 4096), "NUL": "\x00" + f.real,
		"a nested token": f.claimsText(f.real), "a token in a token": f.claimsText(`"` + f.real + `"`),
		"as JSON":  `{"protected":"` + f.parts[0] + `","payload":"` + f.parts[1] + `","signature":"` + f.parts[2] + `"}`,
		"type JWT": f.signed(f.head("typ", "JWT")), "type rt+jwt": f.signed(f.head("typ", "rt+jwt")), "type in capitals": f.signed(f.head("typ", "AT+JWT")), "the long type": f.signed(f.head("typ", "application/at+jwt")),
		"no type": f.signed(f.head("typ", gone)), "type null": f.signed(f.head("typ", nil)), "type id_token": f.signed(f.head("typ", "id_token")),
		"alg twice": f.signed(h + `,"alg":"` + f.alg + `"}`), "alg none and alg": f.signed(strings.Replace(f.header, "{", `{"alg":"none",`, 1)), "alg in two cases": f.signed(h + `,"ALG":"none"}`),
		"kid twice": f.signed(h + `,"kid":"` + f.kid + `"}`), "typ twice": f.signed(h + `,"typ":"at+jwt"}`), "an escaped alg beside alg": f.signed(h + `,"\u0061lg":"none"}`),
		"data behind the header": f.signed(f.header + "{}"), "a header list": f.signed("[" + f.header + "]"), "an empty header": f.signed(""), "header null": f.signed("null"), "header text": f.signed(`"x"`), "header not UTF-8": f.signed(h + `,"kid":"` + "\xff" + `"}`),
		"a header with an open end": f.signed(h), "white space behind the header": f.signed(f.header + " "),
		"claims empty": f.claimsText(""), "claims {}": f.claimsText("{}"), "claims null": f.claimsText("null"), "claims text": f.claimsText(`"x"`), "claims a list": f.claimsText("[" + payload + "]"), "claims twice": f.claimsText(payload + payload),
		"data behind the claims": f.claimsText(payload + "x"), "white space behind the claims": f.claimsText(payload + "\n"), "a BOM": f.claimsText("\ufeff" + payload), "claims with an open end": f.claimsText(strings.TrimSuffix(payload, "}")),
		"claims not UTF-8": before(`"x":"` + "\xff" + `"`), "too many claims": before(manyClaims()), "a trailing comma": f.claimsText(strings.TrimSuffix(payload, "}") + ",}"),
		"exp twice": before(`"exp":1`), "exp in two cases": before(`"EXP":9999999999`), "sid twice": before(`"sid":"x"`), "role twice": before(`"role":"admin"`), "userId twice": before(`"userId":1`), "userId in two cases": before(`"USERID":1`),
		"a claim of the app's twice": before(`"plan":1,"plan":2`), "an escaped exp beside exp": before(`"\u0065xp":1`), "exp by the long s": before(`"iſs":"x"`),
	}
}

func manyClaims() string {
	var text []string
	for i := range 60 {
		text = append(text, fmt.Sprintf(`"c%d":%d`, i, i))
	}
	return strings.Join(text, ",")
}

// wrongClaims have the wrong issuer, audience, time or subject.
func (f *forger) wrongClaims() map[string]string {
	now := f.issuer.Now().Unix()
	all := map[string]string{
		"another issuer": f.with("iss", "https://evil.example"), "the issuer with /": f.with("iss", f.issuer.URL()+"/"), "iss a list": f.with("iss", []any{f.issuer.URL()}), "issuer in capitals": f.with("iss", strings.ToUpper(f.issuer.URL())),
		"another audience": f.with("aud", "other"), "two audiences": f.with("aud", []any{"user-api", "other"}), "no audience in a list": f.with("aud", []any{}), "a list in a list": f.with("aud", []any{[]any{"user-api"}}), "aud null": f.with("aud", nil), "aud null in a list": f.with("aud", []any{nil}),
		"expired": f.with("iat", now-900, "auth_time", now-900, "exp", now-30), "expired long ago": f.with("iat", now-90000, "auth_time", now-90000, "exp", now-89100), "exp 0": f.with("exp", 0), "exp negative": f.with("exp", -1), "exp before iat": f.with("exp", now-1, "iat", now),
		"exp a fraction": f.with("exp", float64(now)+60.5), "exp a text": f.with("exp", fmt.Sprint(now+60)), "exp null": f.with("exp", nil), "exp true": f.with("exp", true), "exp with an exponent": f.with("exp", json.Number("1e10")), "exp .0": f.with("exp", json.Number(fmt.Sprint(now+60)+".0")),
		"exp beyond 64 bits": f.with("exp", json.Number("99999999999999999999")), "exp without end": f.with("exp", int64(1<<63-1)), "exp a list": f.with("exp", []any{now + 60}),
		"iat 0": f.with("iat", 0), "iat negative": f.with("iat", -5), "iat 31 s ahead": f.with("iat", now+31, "exp", now+600), "iat a text": f.with("iat", fmt.Sprint(now)),
		"iat and exp far ahead": f.with("iat", int64(1<<62), "exp", int64(1<<62)+60), "nbf 31 s ahead": f.with("nbf", now+31), "nbf far ahead": f.with("nbf", int64(1<<62)), "nbf a text": f.with("nbf", fmt.Sprint(now)), "nbf null": f.with("nbf", nil),
		"a longer life than the feed goes back": f.with("exp", now+931), "a day long": f.with("exp", now+86400), "long, and from before": f.with("iat", now-3600, "auth_time", now-3600, "exp", now+60),
		"sub of another": f.with("sub", "43"), "sub a number": f.with("sub", 42), "sub with a zero": f.with("sub", "042"), "sub with a plus": f.with("sub", "+42"), "sub with a space": f.with("sub", " 42"),
		"userId of another": f.with("userId", 43), "userId a text": f.with("userId", "42"), "userId a fraction": f.with("userId", 42.5), "userId .0": f.with("userId", json.Number("42.0")), "userId 0": f.with("userId", 0, "sub", "0"), "userId negative": f.with("userId", -42, "sub", "-42"), "userId null": f.with("userId", nil), "userId beyond 64 bits": f.with("userId", json.Number("9223372036854775808"), "sub", "9223372036854775808"),
		"sid null": f.with("sid", nil), "sid a number": f.with("sid", 1), "role null": f.with("role", nil), "role a list": f.with("role", []any{"admin"}), "scope a list": f.with("scope", []any{"a"}), "amr a text": f.with("amr", "otp"), "amr of numbers": f.with("amr", []any{1}), "amr null": f.with("amr", nil),
		"auth_time a text": f.with("auth_time", fmt.Sprint(now)), "auth_time after the token": f.with("auth_time", now+31), "auth_time 0": f.with("auth_time", 0), "client_id a number": f.with("client_id", 7), "client_id null": f.with("client_id", nil),
		"a user without userId":          f.with("userId", gone),
		"a machine with a session":       f.with("userId", gone, "role", gone, "sub", "user-api"),
		"a machine with a role":          f.with("userId", gone, "sid", gone, "sub", "user-api"),
		"a machine with amr":             f.with("userId", gone, "sid", gone, "role", gone, "auth_time", gone, "sub", "user-api"),
		"a machine of another name":      f.with("userId", gone, "sid", gone, "role", gone, "auth_time", gone, "amr", gone),
		"a machine without a name":       f.with("userId", gone, "sid", gone, "role", gone, "auth_time", gone, "amr", gone, "client_id", gone),
		"UserId in place of userId":      f.with("userId", gone, "UserId", 42),
		"ROLE beside a user's token":     f.with("role", gone, "ROLE", "admin"),
		"the claims of an id_token":      f.claimsText(jsonOf(map[string]any{"iss": f.issuer.URL(), "aud": "user-api", "sub": "42", "iat": now, "exp": now + 60, "nonce": "x"})),
		"a claim's name with a NUL":      f.with("exp", gone, "exp\x00", now+60),
		"NBF in place of nbf":            f.with("NBF", 1),
		"a name that folds to a claim's": f.with("exp", now+60, "EXP", now+60),
	}
	for _, claim := range []string{"iss", "aud", "sub", "iat", "exp", "jti", "sid", "userId", "role"} {
		all["no "+claim] = f.with(claim, gone)
	}
	for _, claim := range []string{"iss", "aud", "sub", "jti", "sid", "role"} {
		all["an empty "+claim] = f.with(claim, "")
	}
	return all
}

func part(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func unpart(t *testing.T, s string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
