package social_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

const lineUser = "U1234567890abcdef1234567890abcdef"

func newLine(t *testing.T) (*socialtest.Line, site) {
	t.Helper()
	clock := newClock()
	l := socialtest.NewLine(t, clock.Now, map[string]socialtest.Claims{
		lineUser: {"email": "Taro@example.jp", "name": "Taro"}, "U2": {"email": "taro@example.jp", "email_verified": true},
	})
	p := provider(t, social.Options{
		Name: "it", Kind: social.KindLine, ClientID: l.Channel, Secret: secretOf(l.Secret), BaseURL: l.URL, AllowPrivate: true, Authoritative: []string{"*"},
	}, clock)
	return l, site{t, p, clock, &l.Server}
}

// The token endpoint issues HS256 tokens, SDKs use ES256. LINE verifies no addresses.
func TestLine(t *testing.T) {
	l, r := newLine(t)
	who, err := r.exchange(r.redirect(lineUser))
	r.is(who, err, lineUser, "taro@example.jp", false)
	for what, token := range map[string]string{"an SDK": l.Native(lineUser, "n", nil), "a website": l.Web(lineUser, "n", nil)} {
		who, err := r.Verify(t.Context(), token, "n")
		if r.is(who, err, lineUser, "taro@example.jp", false); who.Name != "Taro" {
			t.Errorf("%s: the name is %q", what, who.Name)
		}
	}
	for _, path := range l.Asked() {
		if strings.HasPrefix(path, "/.well-known") {
			t.Error("the discovery document was fetched, which lists only ES256")
		}
	}
}

// An algorithm never changes the role of a key: the secret is used only for HS256, the published
// key only for ES256.
func TestLine_refused(t *testing.T) {
	l, r := newLine(t)
	published, err := json.Marshal(l.SDK.JWK())
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(socialtest.Claims{"keys": []any{l.SDK.JWK()}})
	if err != nil {
		t.Fatal(err)
	}
	good, hs256 := l.Claims(lineUser, "n"), socialtest.Claims{"typ": "JWT", "alg": "HS256"}
	byHMAC := func(secret string, header socialtest.Claims) string { return socialtest.HMAC(t, secret, header, good) }
	point := l.SDK.JWK()["x"].(string)
	raw, _ := base64.RawURLEncoding.DecodeString(point)
	head, _, _ := strings.Cut(l.Web(lineUser, "n", nil), ".")
	_, rest, _ := strings.Cut(l.Native(lineUser, "n", nil), ".")
	for what, token := range map[string]string{
		"HS256 under the published key":             byHMAC(string(published), hs256),
		"HS256 under the key set":                   byHMAC(string(set), hs256),
		"HS256 under a coordinate":                  byHMAC(point, hs256),
		"HS256 under the bytes of a coordinate":     byHMAC(string(raw), hs256),
		"HS256 under no secret":                     byHMAC("", hs256),
		"HS256 under the channel's id":              byHMAC(l.Channel, hs256),
		"HS256 under the secret of another channel": byHMAC(l.Secret+"x", hs256),
		"HS256 naming the published key":            byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "HS256", "kid": l.SDK.ID}),
		"HS256 naming any key":                      byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "HS256", "kid": "k"}),
		"HS512":                                     byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "HS512"}),
		"ES256 under the secret":                    byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "ES256", "kid": l.SDK.ID}),
		"none":                                      byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "none"}),
		"HS256 with the signature of ES256":         head + "." + rest,
		"RS256":                                     socialtest.Foreign(t, "k").Sign(t, nil, good),
		"ES256 of another key":                      socialtest.NewKey(t, "ES256", l.SDK.ID).Sign(t, nil, good),
		"HS256 with an extension":                   byHMAC(l.Secret, socialtest.Claims{"typ": "JWT", "alg": "HS256", "crit": []string{"x"}, "x": 1}),
		"another issuer":                            l.Web(lineUser, "n", socialtest.Claims{"iss": l.URL}),
		"another channel":                           l.Web(lineUser, "n", socialtest.Claims{"aud": "1"}),
		"expired":                                   l.Web(lineUser, "n", socialtest.Claims{"exp": r.clock.Now().Add(-time.Hour).Unix()}),
		"another nonce":                             l.Web(lineUser, "m", nil),
		"no nonce":                                  l.Web(lineUser, "", nil),
		"no subject":                                l.Web(lineUser, "n", socialtest.Claims{"sub": nil}),
	} {
		r.fails(what, social.ErrRefused)(r.Verify(t.Context(), token, "n"))
	}
}

// Other providers accept no HS256 tokens.
func TestLine_only(t *testing.T) {
	r := newRig(t, nil)
	token := socialtest.HMAC(t, socialtest.Secret, socialtest.Claims{"typ": "JWT", "alg": "HS256"}, r.Claims("1", socialtest.Claims{"nonce": "n"}))
	if _, err := r.Verify(t.Context(), token, "n"); err == nil {
		t.Error("an OpenID provider accepts HS256")
	}
}

// Without a configured secret, no token signed with the empty secret is accepted.
func TestLine_noSecret(t *testing.T) {
	clock := newClock()
	l := socialtest.NewLine(t, clock.Now, nil)
	p := provider(t, social.Options{Name: "it", Kind: social.KindLine, ClientID: l.Channel, Secret: secretOf(""), BaseURL: l.URL, AllowPrivate: true}, clock)
	r := site{t, p, clock, &l.Server}
	token := socialtest.HMAC(t, "", socialtest.Claims{"typ": "JWT", "alg": "HS256"}, l.Claims(lineUser, "n"))
	r.fails("a token signed with the empty secret", social.ErrUnavailable)(r.Verify(t.Context(), token, "n"))
	if who, err := r.Verify(t.Context(), l.Native(lineUser, "n", nil), "n"); err != nil || who.Subject != lineUser {
		t.Error(who, err)
	}
}
