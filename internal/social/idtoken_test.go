package social_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

type claims = socialtest.Claims

// Verify accepts a token signed with any of our algorithms.
func TestVerify(t *testing.T) {
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			r := newRig(t, func(o *social.Options) { o.Authoritative = []string{"gmail.com"} })
			r.Publish(socialtest.NewKey(t, alg, "k"))
			who, err := r.Verify(t.Context(), r.IDToken("ann", claims{
				"nonce": "n-1", "email": "Ann@GMAIL.com", "email_verified": true, "name": "Ann", "locale": "de_DE", "auth_time": r.clock.Now().Unix() - 5,
				"phone_number": "+4915112345678", "phone_number_verified": true,
			}), "n-1")
			if err != nil {
				t.Fatal(err)
			}
			if who.Provider != "google" || who.Subject != "ann" || who.Email.Canonical() != "ann@gmail.com" || !who.EmailProven || who.Name != "Ann" ||
				who.Locale != "de-DE" || !who.AuthTime.Equal(r.clock.Now().Add(-5*time.Second)) || !who.Phone.IsZero() || who.PhoneProven {
				t.Errorf("it is %+v", who)
			}
		})
	}
}

// Each token is invalid in one respect.
func TestVerify_refused(t *testing.T) {
	r := newRig(t, func(o *social.Options) { o.Audiences = []string{"ios.example.com"} })
	other := socialtest.NewKey(t, "ES256", "key-1")
	now := r.clock.Now().Unix()
	with := func(changes claims) string { return r.IDToken("ann", changes) }
	signed := func(header claims) string { return r.Key().Sign(t, header, r.Claims("ann", nil)) }
	text := func(header, body string) string { return r.Key().SignText(t, header, body) }
	good := with(nil)
	parts := strings.Split(good, ".")
	unsigned := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "."
	}
	body := fmt.Sprintf(`"sub":"ann","aud":%q,"iat":%d,"exp":%d`, socialtest.ClientID, now, now+600)
	const head = `{"alg":"RS256","kid":"key-1"}`
	rows := map[string]string{
		"nothing": "", "one part": "x", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x",
		"another audience":             with(claims{"aud": "evil"}),
		"no audience":                  with(claims{"aud": nil}),
		"an empty list of audiences":   with(claims{"aud": []string{}}),
		"an audience that is null":     text(head, `{"iss":"`+r.URL+`","aud":null,"sub":"ann","iat":1,"exp":9999999999}`),
		"an audience beside ours":      with(claims{"aud": []string{socialtest.ClientID, "evil"}, "azp": socialtest.ClientID}),
		"two audiences and no azp":     with(claims{"aud": []string{socialtest.ClientID, "ios.example.com"}}),
		"another authorized party":     with(claims{"azp": "evil"}),
		"another issuer":               with(claims{"iss": "https://evil.example"}),
		"the issuer with a slash":      with(claims{"iss": r.URL + "/"}),
		"no issuer":                    with(claims{"iss": nil}),
		"no subject":                   with(claims{"sub": nil}),
		"an empty subject":             with(claims{"sub": ""}),
		"a subject with a line break":  with(claims{"sub": "ann\n"}),
		"a long subject":               with(claims{"sub": strings.Repeat("a", 256)}),
		"a subject that is a number":   with(claims{"sub": 1}),
		"expired":                      with(claims{"exp": now - 31}),
		"no expiry":                    with(claims{"exp": nil}),
		"an expiry that is text":       with(claims{"exp": fmt.Sprint(now + 600)}),
		"an expiry out of range":       with(claims{"exp": 1e300}),
		"issued in the future":         with(claims{"iat": now + 31}),
		"not valid yet":                with(claims{"nbf": now + 31}),
		"a nbf that is text":           with(claims{"nbf": "x"}),
		"no time of issue":             with(claims{"iat": nil}),
		"issued yesterday":             with(claims{"iat": now - 86400}),
		"another nonce":                with(claims{"nonce": "other"}),
		"no nonce":                     with(claims{"nonce": nil}),
		"alg none":                     unsigned(`{"alg":"none"}`),
		"alg None":                     unsigned(`{"alg":"None","kid":"key-1"}`),
		"no alg":                       signed(claims{"alg": nil}),
		"HS256 by the client secret":   socialtest.NewKey(t, "HS256", "key-1").Sign(t, nil, r.Claims("ann", nil)),
		"RS384":                        signed(claims{"alg": "RS384"}),
		"PS256 with a key for RS256":   signed(claims{"alg": "PS256"}),
		"ES256 with an RSA key":        signed(claims{"alg": "ES256"}),
		"another key with the same id": other.Sign(t, nil, r.Claims("ann", nil)),
		"a key that is not published":  signed(claims{"kid": "key-2"}),
		"a key in the header":          socialtest.NewKey(t, "ES256", "x").Sign(t, claims{"jwk": socialtest.NewKey(t, "ES256", "x").JWK()}, r.Claims("ann", nil)),
		"crit":                         signed(claims{"crit": []string{"x"}}),
		"b64":                          signed(claims{"b64": false}),
		"zip":                          signed(claims{"zip": "DEF"}),
		"an access token":              signed(claims{"typ": "at+jwt"}),
		"a logout token":               signed(claims{"typ": "logout+jwt"}),
		"an event":                     signed(claims{"typ": "secevent+jwt"}),
		"two issuers":                  text(head, `{"iss":"https://evil.example","iss":"`+r.URL+`",`+body+`}`),
		"two algorithms":               text(`{"alg":"none","alg":"RS256","kid":"key-1"}`, `{"iss":"`+r.URL+`",`+body+`}`),
		"an issuer in capitals":        text(head, `{"ISS":"`+r.URL+`",`+body+`}`),
		"claims that are a list":       text(head, `[]`),
		"trailing data":                text(head, `{"iss":"`+r.URL+`",`+body+`} {}`),
		"non-canonical base64":         good + "=",
		"another token's signature":    parts[0] + "." + parts[1] + "." + strings.Split(with(claims{"sub": "bob"}), ".")[2],
		"too long":                     with(claims{"x": strings.Repeat("x", 16<<10)}),
	}
	for name, token := range rows {
		nonce := ""
		if strings.HasSuffix(name, "nonce") {
			nonce = "n-1"
		}
		if who, err := r.Verify(t.Context(), token, nonce); !errors.Is(err, social.ErrRefused) {
			t.Errorf("%s: %+v, %v, want ErrRefused", name, who, err)
		}
	}
	for name, changes := range map[string]claims{
		"unchanged": nil, "a list of one": {"aud": []string{socialtest.ClientID}},
		"our app": {"aud": "ios.example.com"}, "requested by the app for the server": {"azp": "ios.example.com"},
		"both of our clients":    {"aud": []string{socialtest.ClientID, "ios.example.com"}, "azp": "ios.example.com"},
		"differing clocks":       {"exp": now - 29, "iat": now + 29, "nbf": now + 29},
		"a time with a fraction": {"exp": float64(now) + 600.5},
		"an unexpected nonce":    {"nonce": "n-1"},
	} {
		if _, err := r.Verify(t.Context(), with(changes), ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Verify(t.Context(), signed(claims{"typ": nil}), ""); err != nil {
		t.Errorf("without typ: %v", err)
	}
	if _, err := r.Verify(t.Context(), signed(claims{"kid": nil}), ""); err != nil {
		t.Errorf("without kid, with only one key: %v", err)
	}
}

// An address is proven if the provider says it is verified and is authoritative for its domain.
func TestVerify_email(t *testing.T) {
	for name, row := range map[string]struct {
		claims claims
		by     []string
		email  string
		proven bool
	}{
		"none":                           {nil, []string{"*"}, "", false},
		"verified, no domain configured": {claims{"email": "a@gmail.com", "email_verified": true}, nil, "a@gmail.com", false},
		"verified, of another domain":    {claims{"email": "a@gmail.com.evil.example", "email_verified": true}, []string{"gmail.com"}, "a@gmail.com.evil.example", false},
		"not verified":                   {claims{"email": "a@gmail.com", "email_verified": false}, []string{"*"}, "a@gmail.com", false},
		"not stated":                     {claims{"email": "a@gmail.com"}, []string{"*"}, "a@gmail.com", false},
		"verified, as a string":          {claims{"email": "a@gmail.com", "email_verified": "true"}, []string{"gmail.com"}, "a@gmail.com", true},
		"not verified, as a string":      {claims{"email": "a@gmail.com", "email_verified": "false"}, []string{"gmail.com"}, "a@gmail.com", false},
		"verified, as a number":          {claims{"email": "a@gmail.com", "email_verified": 1}, []string{"gmail.com"}, "a@gmail.com", false},
		"of the hosted domain":           {claims{"email": "a@corp.example", "email_verified": true, "hd": "corp.example"}, []string{"hd"}, "a@corp.example", true},
		"of another hosted domain":       {claims{"email": "a@bank.example", "email_verified": true, "hd": "corp.example"}, []string{"hd"}, "a@bank.example", false},
		"hosted domain not configured":   {claims{"email": "a@corp.example", "email_verified": true, "hd": "corp.example"}, []string{"gmail.com"}, "a@corp.example", false},
		"any domain":                     {claims{"email": "a@corp.example", "email_verified": true}, []string{"*"}, "a@corp.example", true},
		"no address":                     {claims{"email": "not an address", "email_verified": true}, []string{"*"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(o *social.Options) { o.Authoritative = row.by })
			who, err := r.Verify(t.Context(), r.IDToken("ann", row.claims), "")
			if err != nil || who.Email.Canonical() != row.email || who.EmailProven != row.proven {
				t.Errorf("%q, proven %t, %v", who.Email.Canonical(), who.EmailProven, err)
			}
		})
	}
}

// Another signature of the same text is the same token.
func TestDigest(t *testing.T) {
	r := newRig(t, nil)
	r.Publish(socialtest.NewKey(t, "ES256", "k"))
	token := r.IDToken("ann", nil)
	end := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		t.Fatal(err)
	}
	order, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	s := new(big.Int).Sub(order, new(big.Int).SetBytes(signature[32:]))
	twin := token[:end+1] + base64.RawURLEncoding.EncodeToString(append(signature[:32:32], s.FillBytes(make([]byte, 32))...))
	for _, text := range []string{token, twin} {
		if _, err := r.Verify(t.Context(), text, ""); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if twin == token || social.Digest(token) != social.Digest(twin) || social.Digest(token) == social.Digest(r.IDToken("bob", nil)) {
		t.Error("the digest does not identify the signed text")
	}
	if social.Digest("one") == social.Digest("two") || social.Digest("a.b") == social.Digest("a.c") {
		t.Error("texts that are not id_tokens have equal digests")
	}
}
