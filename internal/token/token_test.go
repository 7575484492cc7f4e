package token_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"github.com/google/go-cmp/cmp"

	"user-api/internal/token"
)

const (
	accessSecret  = "access-secret-of-at-least-32-bytes!!"
	refreshSecret = "refresh-secret-of-at-least-32-bytes!"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newCodec(t testing.TB, change func(*token.Options)) *token.Codec {
	t.Helper()
	o := token.Options{
		AccessSecret: accessSecret, RefreshSecret: refreshSecret,
		Issuer: "user-api", Audience: "app", AccessLife: 15 * time.Minute, Now: func() time.Time { return now },
	}
	if change != nil {
		change(&o)
	}
	codec, err := token.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func access() token.Access {
	return token.Access{ID: "j1", SessionID: "s1", UserID: 42, Role: "user",
		ClientID: "c1", AuthTime: time.Unix(now.Unix()-60, 0), AMR: []string{"otp", "sms"}, Scope: "a b",
		IssuedAt: time.Unix(now.Unix(), 0), ExpiresAt: time.Unix(now.Unix()+900, 0)}
}

func TestAccess(t *testing.T) {
	codec := newCodec(t, nil)
	raw, err := codec.MintAccess(access())
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec.ParseAccess(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(access(), got); diff != "" {
		t.Errorf("ParseAccess(MintAccess) differs (-want +got):\n%s", diff)
	}
	// Another JWT library reads the header and the claims that the contract names.
	parsed, err := jwt.NewParser(jwt.WithJSONNumber(), jwt.WithoutClaimsValidation()).
		Parse(raw, func(*jwt.Token) (any, error) { return []byte(accessSecret), nil })
	if err != nil {
		t.Fatal(err)
	}
	want := jwt.MapClaims{"iss": "user-api", "aud": "app", "sub": "42", "iat": number(now.Unix()), "exp": number(now.Unix() + 900),
		"jti": "j1", "sid": "s1", "userId": number(42), "role": "user", "client_id": "c1", "auth_time": number(now.Unix() - 60), "amr": []any{"otp", "sms"}, "scope": "a b"}
	if diff := cmp.Diff(want, parsed.Claims); diff != "" {
		t.Errorf("claims differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"alg": "HS256", "typ": "at+jwt"}, parsed.Header); diff != "" {
		t.Errorf("header differs (-want +got):\n%s", diff)
	}
}

// A token of an earlier release, without client and authentication claims, is accepted.
func TestParseAccess_old(t *testing.T) {
	raw := forge(jwt.SigningMethodHS256, []byte(accessSecret), `{"alg":"HS256","typ":"at+jwt"}`,
		fmt.Sprintf(`{"iss":"user-api","aud":"app","sub":"42","iat":%d,"exp":%d,"jti":"j1","sid":"s1","userId":42,"role":"user"}`, now.Unix(), now.Unix()+900))
	got, err := newCodec(t, nil).ParseAccess(raw)
	want := access()
	want.ClientID, want.AuthTime, want.AMR, want.Scope = "", time.Time{}, nil, ""
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestParseAccess_time(t *testing.T) {
	raw, err := newCodec(t, nil).MintAccess(access())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		at   time.Duration
		ok   bool
	}{
		{"a clock 30 s behind", -30 * time.Second, true},
		{"a clock 31 s behind", -31 * time.Second, false},
		{"the last second", 899 * time.Second, true},
		{"its expiry", 900 * time.Second, false},
		{"long after", time.Hour, false},
	} {
		codec := newCodec(t, func(o *token.Options) { o.Now = func() time.Time { return now.Add(c.at) } })
		if _, err := codec.ParseAccess(raw); (err == nil) != c.ok {
			t.Errorf("%s: error %v, want ok=%t", c.name, err, c.ok)
		}
	}
}

// forge signs any header and payload with the real secret, so that a rejection must be due
// to the form.
func forge(method jwt.SigningMethod, key any, header, payload string) string {
	signing := segment(header) + "." + segment(payload)
	signature, err := method.Sign(signing, key)
	if err != nil {
		panic(err)
	}
	return signing + "." + signature
}

func TestParseAccess_forged(t *testing.T) {
	codec := newCodec(t, nil)
	const head = `{"alg":"HS256","typ":"at+jwt"}`
	claims := func(change func(map[string]any)) string {
		m := map[string]any{"iss": "user-api", "aud": "app", "sub": "42", "iat": now.Unix(), "exp": now.Unix() + 900,
			"jti": "j1", "sid": "s1", "userId": 42, "role": "user"}
		if change != nil {
			change(m)
		}
		data, _ := json.Marshal(m)
		return string(data)
	}
	set := func(key string, value any) string { return claims(func(m map[string]any) { m[key] = value }) }
	without := func(key string) string { return claims(func(m map[string]any) { delete(m, key) }) }
	hs := func(header, payload string) string {
		return forge(jwt.SigningMethodHS256, []byte(accessSecret), header, payload)
	}
	good := hs(head, claims(nil))
	if _, err := codec.ParseAccess(good); err != nil {
		t.Fatalf("the token that the forgeries are based on is rejected: %v", err)
	}
	for _, same := range []string{
		hs(`{"typ":"at+jwt","alg":"HS256"}`, claims(nil)),
		hs(head, set("aud", []string{"app"})),
		hs(head, set("nbf", now.Unix())),
		hs(head, set("nbf", now.Unix()+30)), // a clock 30 s behind
		hs(head, set("nbf", 1)),
		hs(head, set("exp", now.Unix()+60)),
	} {
		if _, err := codec.ParseAccess(same); err != nil {
			t.Errorf("another valid spelling is rejected: %v", err)
		}
	}
	refresh, _ := codec.MintRefresh(token.Refresh{SessionID: "s1", UserID: 42, Generation: 1, IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	forgeries := map[string]string{
		"empty":                 "",
		"dots":                  "..",
		"a secret with an id":   hs(`{"alg":"HS256","kid":"1","typ":"at+jwt"}`, claims(nil)),
		"two parts":             good[:strings.LastIndexByte(good, '.')],
		"four parts":            good + ".x",
		"padding":               good + "=",
		"white space":           " " + good,
		"huge":                  good + strings.Repeat("A", 5000),
		"alg none":              segment(`{"alg":"none","typ":"at+jwt"}`) + "." + segment(claims(nil)) + ".",
		"alg None, signed":      hs(`{"alg":"None","typ":"at+jwt"}`, claims(nil)),
		"HS384":                 forge(jwt.SigningMethodHS384, []byte(accessSecret), `{"alg":"HS384","typ":"at+jwt"}`, claims(nil)),
		"HS512":                 forge(jwt.SigningMethodHS512, []byte(accessSecret), `{"alg":"HS512","typ":"at+jwt"}`, claims(nil)),
		"HS512 called HS256":    forge(jwt.SigningMethodHS512, []byte(accessSecret), head, claims(nil)),
		"another key":           forge(jwt.SigningMethodHS256, []byte("another-secret-of-at-least-32-bytes"), head, claims(nil)),
		"the refresh key":       forge(jwt.SigningMethodHS256, []byte(refreshSecret), head, claims(nil)),
		"a refresh token":       refresh,
		"type JWT":              hs(`{"alg":"HS256","typ":"JWT"}`, claims(nil)),
		"type of a refresh":     hs(`{"alg":"HS256","typ":"rt+jwt"}`, claims(nil)),
		"no type":               hs(`{"alg":"HS256"}`, claims(nil)),
		"unknown crit":          hs(`{"alg":"HS256","crit":["zzz"],"typ":"at+jwt","zzz":1}`, claims(nil)),
		"b64 false":             hs(`{"alg":"HS256","b64":false,"typ":"at+jwt"}`, claims(nil)),
		"alg twice":             hs(`{"alg":"none","alg":"HS256","typ":"at+jwt"}`, claims(nil)),
		"alg twice, other case": hs(`{"ALG":"none","alg":"HS256","typ":"at+jwt"}`, claims(nil)),
		"header trailing data":  hs(head+`{}`, claims(nil)),
		"header a list":         hs(`[]`, claims(nil)),
		"claims trailing data":  hs(head, claims(nil)+`x`),
		"claims twice":          hs(head, claims(nil)+claims(nil)),
		"claims a string":       hs(head, `"x"`),
		"claims empty":          hs(head, ``),
		"exp twice":             hs(head, strings.Replace(claims(nil), `{`, `{"exp":1,`, 1)),
		"Exp beside exp":        hs(head, strings.Replace(claims(nil), `{`, `{"Exp":9999999999,`, 1)),
		"exp a string":          hs(head, set("exp", "9999999999")),
		"exp a fraction":        hs(head, set("exp", 9999999999.5)),
		"exp 0":                 hs(head, set("exp", 0)),
		"exp negative":          hs(head, set("exp", -1)),
		"exp before iat":        hs(head, claims(func(m map[string]any) { m["iat"] = now.Unix(); m["exp"] = now.Unix() - 1 })),
		"iat in the future":     hs(head, set("iat", now.Unix()+31)),
		"nbf in the future":     hs(head, set("nbf", now.Unix()+31)),
		"nbf far in the future": hs(head, set("nbf", 1<<60)),
		"nbf a string":          hs(head, set("nbf", fmt.Sprint(now.Unix()))),
		"nbf a fraction":        hs(head, set("nbf", float64(now.Unix())+0.5)),
		"nbf twice":             hs(head, strings.Replace(set("nbf", 1), `{`, `{"nbf":9999999999,`, 1)),
		"a second too long":     hs(head, set("exp", now.Unix()+901)),
		"a year long":           hs(head, set("exp", now.Unix()+365*86400)),
		"long, and from before": hs(head, claims(func(m map[string]any) { m["iat"] = now.Unix() - 3600; m["exp"] = now.Unix() + 60 })),
		"exp without end":       hs(head, set("exp", int64(1<<63-1))),
		"wrong issuer":          hs(head, set("iss", "evil")),
		"wrong audience":        hs(head, set("aud", "other")),
		"two audiences":         hs(head, set("aud", []string{"app", "other"})),
		"another sub":           hs(head, set("sub", "43")),
		"another userId":        hs(head, set("userId", 43)),
		"userId a string":       hs(head, set("userId", "42")),
	}
	for _, key := range []string{"iss", "aud", "sub", "iat", "exp", "jti", "sid", "userId", "role"} {
		forgeries["no "+key] = hs(head, without(key))
	}
	for i, spelling := range respell(good) {
		forgeries[fmt.Sprintf("signature respelled %d", i)] = spelling
	}
	for name, raw := range forgeries {
		got, err := codec.ParseAccess(raw)
		if !errors.Is(err, token.ErrInvalid) || !cmp.Equal(got, token.Access{}) {
			t.Errorf("%s: ParseAccess = %+v, %v, want ErrInvalid", name, got, err)
		}
	}
}

// respell returns the tokens that a lax decoder takes for the same one: the last character
// of a 32-byte signature has two unused bits.
func respell(raw string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, raw[len(raw)-1])
	var spellings []string
	for i := last + 1; i < last&^3+4; i++ {
		spellings = append(spellings, raw[:len(raw)-1]+alphabet[i:i+1])
	}
	return spellings
}

func TestRefresh_deterministic(t *testing.T) {
	codec := newCodec(t, nil)
	claims := token.Refresh{SessionID: "s1", UserID: 42, Generation: 7, IssuedAt: time.Unix(now.Unix(), 0), ExpiresAt: time.Unix(now.Unix()+60, 0)}
	first, err := codec.MintRefresh(claims)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := codec.MintRefresh(claims); again != first {
		t.Error("the same claims give a different token")
	}
	got, err := codec.ParseRefresh(first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(claims, got); diff != "" {
		t.Errorf("ParseRefresh(MintRefresh) differs (-want +got):\n%s", diff)
	}
	next := claims
	next.Generation++
	if other, _ := codec.MintRefresh(next); other == first {
		t.Error("two generations share a token")
	}
	raw, _ := codec.MintAccess(access())
	if _, err := codec.ParseRefresh(raw); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("an access token passes for a refresh token: %v", err)
	}
}

func TestSecretRotation(t *testing.T) {
	old := newCodec(t, nil)
	rotated := newCodec(t, func(o *token.Options) {
		o.AccessSecret, o.PrevAccessSecret = "a-new-access-secret-of-over-32-bytes", accessSecret
		o.RefreshSecret, o.PrevRefreshSecret = "a-new-refresh-secret-of-over-32-byte", refreshSecret
	})
	raw, _ := old.MintAccess(access())
	if _, err := rotated.ParseAccess(raw); err != nil {
		t.Errorf("a token of the previous secret is rejected: %v", err)
	}
	raw, _ = rotated.MintAccess(access())
	if _, err := old.ParseAccess(raw); err == nil {
		t.Error("the previous secret still signs")
	}
	claims := token.Refresh{SessionID: "s1", UserID: 42, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	before, _ := old.MintRefresh(claims)
	if again, err := rotated.MintRefreshAs(claims, token.Digest(before)); err != nil || again != before {
		t.Errorf("MintRefreshAs after the change of secret = %v, want the earlier token", err)
	}
	if _, err := rotated.MintRefreshAs(claims, "no such digest"); err == nil {
		t.Error("MintRefreshAs returned a token with another digest")
	}
}

// A refresh token must not come from the future either, but it may live long.
func TestParseRefresh_times(t *testing.T) {
	codec := newCodec(t, nil)
	refresh := func(nbf int64) string {
		return forge(jwt.SigningMethodHS256, []byte(refreshSecret), `{"alg":"HS256","typ":"rt+jwt"}`, fmt.Sprintf(
			`{"iss":"user-api","aud":"app","sub":"42","iat":%d,"exp":%d,"jti":"j","sid":"s","gen":1,"nbf":%d}`, now.Unix(), now.Unix()+30*86400, nbf))
	}
	if _, err := codec.ParseRefresh(refresh(now.Unix())); err != nil {
		t.Errorf("a token of 30 days: %v", err)
	}
	if _, err := codec.ParseRefresh(refresh(now.Unix() + 31)); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a token that is not valid yet: %v, want ErrInvalid", err)
	}
}

func TestNew_withoutAccessLife(t *testing.T) {
	if _, err := token.New(token.Options{AccessSecret: accessSecret, RefreshSecret: refreshSecret}); err == nil {
		t.Error("access tokens of any length would be accepted")
	}
}

func TestNew_shortSecret(t *testing.T) {
	if _, err := token.New(token.Options{AccessSecret: "short", RefreshSecret: refreshSecret, AccessLife: time.Minute}); err == nil {
		t.Error("a secret of 5 bytes is accepted")
	}
}

func TestBearer(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "BEARER abc": "abc",
		"": "", "abc": "", "Bearer": "", "Bearer ": "", "Bearer  abc": "", "Basic abc": "", "Bearer abc def": "", "Bearer a,b": "",
	} {
		if got, ok := token.Bearer(header); got != want || ok != (want != "") {
			t.Errorf("Bearer(%q) = %q, %t, want %q", header, got, ok, want)
		}
	}
}

func FuzzParseAccess(f *testing.F) {
	codec := newCodec(f, nil)
	raw, _ := codec.MintAccess(access())
	f.Add(raw)
	f.Add("a.b.c")
	f.Add(raw[:len(raw)-1] + "A")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := codec.ParseAccess(s)
		if err != nil {
			if !cmp.Equal(got, token.Access{}) {
				t.Fatalf("error %v with claims %+v", err, got)
			}
			return
		}
		if again, _ := codec.MintAccess(got); again != s {
			t.Fatalf("%q is accepted in addition to its one spelling %q", s, again)
		}
	})
}

func BenchmarkMintAccess(b *testing.B) {
	codec := newCodec(b, nil)
	for b.Loop() {
		_, _ = codec.MintAccess(access())
	}
}

func BenchmarkParseAccess(b *testing.B) {
	codec := newCodec(b, nil)
	raw, _ := codec.MintAccess(access())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.ParseAccess(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func number(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

func segment(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
