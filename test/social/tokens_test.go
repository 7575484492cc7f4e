package social

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// attacks lists invalid id_tokens, each replacing a valid one.
func (w *world) attacks(evil string) map[string]string {
	t, g, now := w.t, w.google, w.Clock.Now().Unix()
	key, foreign, ec := g.Key(), socialtest.Foreign(t, "key-1"), socialtest.NewKey(t, "ES256", "key-1")
	good := g.Claims("ann", claims{"nonce": "n-1"})
	with := func(changes claims) string {
		return key.Sign(t, nil, g.Claims("ann", merged(claims{"nonce": "n-1"}, changes)))
	}
	signed := func(header claims) string { return key.Sign(t, header, good) }
	forged := func(header claims) string { return foreign.Sign(t, header, good) }
	hmac := func(secret string) string {
		return socialtest.HMAC(t, secret, claims{"alg": "HS256", "typ": "JWT", "kid": "key-1"}, good)
	}
	whole, _ := json.Marshal(good)
	text := func(header, rest string) string { return key.SignText(t, header, rest) }
	twice := func(name, value string) string {
		return text(`{"alg":"RS256","kid":"key-1"}`, strings.Replace(string(whole), "{", `{"`+name+`":`+value+`,`, 1))
	}
	parts := strings.Split(signed(nil), ".")
	jwk, _ := json.Marshal(key.JWK())
	jwks, _ := json.Marshal(claims{"keys": []any{key.JWK()}})
	der, pemText := publicKey(t, key)
	return map[string]string{
		"of another client":                         with(claims{"aud": "evil"}),
		"for another client too":                    with(claims{"aud": []string{socialtest.ClientID, "evil"}, "azp": socialtest.ClientID}),
		"for nobody":                                with(claims{"aud": nil}),
		"for a list of nobody":                      with(claims{"aud": []string{}}),
		"of another issuer":                         with(claims{"iss": "https://evil.example"}),
		"of the other provider, signed here":        with(claims{"iss": w.other.URL}),
		"of the issuer with a slash":                with(claims{"iss": g.URL + "/"}),
		"of no issuer":                              with(claims{"iss": nil}),
		"of the issuer, twice":                      twice("iss", `"https://evil.example"`),
		"with another nonce":                        with(claims{"nonce": "n-2"}),
		"without a nonce":                           with(claims{"nonce": nil}),
		"with an empty nonce":                       with(claims{"nonce": ""}),
		"with a nonce that is a number":             with(claims{"nonce": 1}),
		"with a nonce in a list":                    with(claims{"nonce": []string{"n-1"}}),
		"with a second nonce":                       twice("nonce", `"n-2"`),
		"with another authorized party":             with(claims{"azp": "evil"}),
		"for two, and nobody authorized":            with(claims{"aud": []string{socialtest.ClientID, iosClient}}),
		"expired":                                   with(claims{"exp": now - 60}),
		"that never expires":                        with(claims{"exp": nil}),
		"that expires by a text":                    with(claims{"exp": "9999999999"}),
		"that expires beyond all time":              with(claims{"exp": 1e300}),
		"not yet valid":                             with(claims{"nbf": now + 3600}),
		"issued far ahead":                          with(claims{"iat": now + 3600}),
		"issued last week":                          with(claims{"iat": now - 7*86400, "exp": now + 600}),
		"issued at no time":                         with(claims{"iat": nil}),
		"unsigned, alg none":                        base64Of(`{"alg":"none"}`) + "." + parts[1] + ".",
		"unsigned, alg nOnE":                        base64Of(`{"alg":"nOnE","kid":"key-1"}`) + "." + parts[1] + ".",
		"unsigned, alg none, with a signature":      base64Of(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2],
		"unsigned, alg RS256":                       parts[0] + "." + parts[1] + ".",
		"of no algorithm":                           signed(claims{"alg": nil}),
		"HS256 under the public key, PEM":           hmac(pemText),
		"HS256 under the public key, DER":           hmac(der),
		"HS256 under the public key, JWK":           hmac(string(jwk)),
		"HS256 under the key set":                   hmac(string(jwks)),
		"HS256 under the modulus":                   hmac(key.JWK()["n"].(string)),
		"HS256 under the client secret":             hmac(socialtest.Secret),
		"HS256 under nothing":                       hmac(""),
		"RS256 of a foreign key, by our key's name": forged(nil),
		"RS256 of a foreign key, by no name":        forged(claims{"kid": nil}),
		"RS256 of a key with another name":          signed(claims{"kid": "key-9"}),
		"RS256 of a key whose name is a path":       forged(claims{"kid": "../../../../dev/null"}),
		"RS256 of a key whose name is a question":   forged(claims{"kid": "key-1' or '1'='1"}),
		"ES256 of a foreign key":                    ec.Sign(t, nil, good),
		"RS384 said of RS256":                       signed(claims{"alg": "RS384"}),
		"PS256 said of RS256":                       signed(claims{"alg": "PS256"}),
		"with jku":                                  forged(claims{"kid": "evil", "jku": evil}),
		"with x5u":                                  forged(claims{"kid": "evil", "x5u": evil}),
		"with jwk":                                  forged(claims{"jwk": foreign.JWK()}),
		"with jwk of ES256":                         ec.Sign(t, claims{"kid": nil, "jwk": ec.JWK()}, good),
		"with x5c":                                  forged(claims{"x5c": []string{"MIIB"}}),
		"with crit":                                 signed(claims{"crit": []string{"exp"}}),
		"with crit of its own":                      signed(claims{"crit": []string{"evil"}, "evil": 1}),
		"with b64":                                  signed(claims{"b64": false}),
		"with zip":                                  signed(claims{"zip": "DEF"}),
		"with two subjects":                         twice("sub", `"bob"`),
		"with two audiences":                        twice("aud", `"evil"`),
		"with two algorithms":                       text(`{"alg":"none","alg":"RS256","kid":"key-1"}`, string(whole)),
		"with an escaped second subject":            twice(`s\u0075b`, `"bob"`),
		"with two signatures":                       strings.Join(parts, ".") + "." + parts[2],
		"of two parts":                              parts[0] + "." + parts[1],
		"of five parts":                             strings.Join(parts, ".") + "..",
		"as JSON with two signatures":               `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		"with the signature of another":             parts[0] + "." + parts[1] + "." + strings.Split(with(claims{"sub": "bob"}), ".")[2],
		"with another spelling":                     strings.Join(parts, ".") + "=",
		"with a space":                              " " + strings.Join(parts, "."),
		"with a line break":                         strings.Join(parts, ".") + "\n",
		"that is an access token":                   signed(claims{"typ": "at+jwt"}),
		"that is opaque":                            "ya29.a0AfH6SMBx-y_z",
		"that is a logout token":                    signed(claims{"typ": "logout+jwt"}),
		"that is an event":                          signed(claims{"typ": "secevent+jwt"}),
		"of no subject":                             with(claims{"sub": nil}),
		"of an empty subject":                       with(claims{"sub": ""}),
		"of a blank subject":                        with(claims{"sub": " "}),
		"of a huge subject":                         with(claims{"sub": strings.Repeat("a", 4096)}),
		"of a subject that is a number":             with(claims{"sub": 12345}),
		"of a subject that is a list":               with(claims{"sub": []string{"ann"}}),
		"of a subject with a zero byte":             with(claims{"sub": "ann\x00"}),
		"of a subject in other letters":             with(claims{"sub": "аnn"}),
		"whose claims are a list":                   text(`{"alg":"RS256","kid":"key-1"}`, `["ann"]`),
		"whose claims go on":                        text(`{"alg":"RS256","kid":"key-1"}`, string(whole)+`{}`),
		"that is huge":                              with(claims{"x": strings.Repeat("x", 32<<10)}),
		"of the other provider":                     w.other.IDToken("ann", claims{"nonce": "n-1"}),
		"of LINE":                                   w.line.Web("ann", "n-1", nil),
		"of the service itself":                     w.SignIn("+919811113333").Access,
	}
}

func merged(all, changes claims) claims {
	both := claims{}
	for _, one := range []claims{all, changes} {
		for name, value := range one {
			both[name] = value
		}
	}
	return both
}

func base64Of(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// publicKey returns the published key in the two formats of libraries.
func publicKey(t *testing.T, key *socialtest.Key) (der, text string) {
	t.Helper()
	raw, err := x509.MarshalPKIXPublicKey(key.Public().(*rsa.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: raw}))
}

// None of them signs in or creates an account, and an address in a token is never fetched.
func TestTokens(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	var fetched atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer evil.Close()
	attacks := w.attacks(evil.URL)
	for name, token := range attacks {
		resp := w.native("google", token, "n-1")
		if name == "that is huge" { // which is an invalid form, and no proof
			resp.Want(t, http.StatusBadRequest, "invalid_request")
			continue
		}
		if resp.Status != 401 || resp.Text("code") != "invalid_credentials" {
			t.Errorf("an id_token %s: %d %s", name, resp.Status, resp.Body)
		}
	}
	if fetched.Load() > 0 {
		t.Error("the address in a header was fetched")
	}
	// The valid one is the first of its subject: nobody signed in with it before.
	resp := w.native("google", w.google.IDToken("ann", claims{"nonce": "n-1"}), "n-1")
	resp.Want(t, http.StatusOK, "")
	if !resp.Tokens().IsNew {
		t.Error("an attack has created the account")
	}
	t.Logf("%d id_tokens were refused", len(attacks))
}

// An id_token opens one session, in any encoding, even with concurrent requests.
func TestTokens_once(t *testing.T) {
	t.Parallel()
	kit.Raced(t)
	w := newWorld(t)
	token := w.google.IDToken("ann", claims{"nonce": "n-1"})
	var opened atomic.Int64
	kit.Remember(token)
	parallel(20, func() {
		resp, err := w.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login/social", Body: object{"provider": "google", "idToken": token, "nonce": "n-1"}})
		switch {
		case err != nil:
			t.Error(err)
		case resp.Status == http.StatusOK:
			opened.Add(1)
		case resp.Status != http.StatusUnauthorized || resp.Text("code") != "invalid_credentials":
			t.Errorf("%d %s", resp.Status, resp.Body)
		}
	})
	if opened.Load() != 1 {
		t.Errorf("one id_token has opened %d sessions", opened.Load())
	}
	w.native("google", token, "n-1").Want(t, http.StatusUnauthorized, "invalid_credentials")
	w.native("google", w.google.IDToken("ann", claims{"nonce": "n-2"}), "n-2").Want(t, http.StatusOK, "")
}

// A signature of ES256 differs each time. One signed content opens one session.
func TestTokens_signedAgain(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	key := socialtest.NewKey(t, "ES256", "ec")
	w.google.Publish(key)
	same := w.google.Claims("ann", claims{"nonce": "n-1"})
	w.native("google", key.Sign(t, nil, same), "n-1").Want(t, http.StatusOK, "")
	w.native("google", key.Sign(t, nil, same), "n-1").Want(t, http.StatusUnauthorized, "invalid_credentials")
}

// A key withdrawn by the provider works for an hour at most, and a new one immediately;
// made-up key ids cause one request to the provider per minute.
func TestTokens_rotation(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	nonce := 0
	try := func(key *socialtest.Key, status int) {
		t.Helper()
		nonce++
		n := fmt.Sprint("n-", nonce)
		if resp := w.native("google", key.Sign(t, nil, w.google.Claims("ann", claims{"nonce": n})), n); resp.Status != status {
			t.Errorf("%d %s, want %d", resp.Status, resp.Body, status)
		}
	}
	old, next := w.google.Key(), socialtest.NewKey(t, "ES256", "key-2")
	try(old, http.StatusOK)
	try(next, http.StatusUnauthorized) // and the keys were fetched again
	w.google.Publish(next)
	w.Advance(time.Minute)
	try(next, http.StatusOK)
	try(old, http.StatusUnauthorized) // as the keys were read since
	asked := w.google.Asked("/jwks")
	for i := range 30 {
		unknown := *next
		unknown.ID = fmt.Sprint("made-up-", i)
		try(&unknown, http.StatusUnauthorized)
	}
	if more := w.google.Asked("/jwks") - asked; more > 1 {
		t.Errorf("the keys were fetched %d times", more)
	}
	newest := socialtest.NewKey(t, "ES256", "key-3")
	w.google.Publish(newest)
	w.Advance(61 * time.Minute)
	try(next, http.StatusUnauthorized)
	try(newest, http.StatusOK)
}
