package test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"

	clients "user-api/internal/client"
	"user-api/test/kit"
)

const (
	accessHeader  = `{"alg":"HS256","typ":"at+jwt"}`
	refreshHeader = `{"alg":"HS256","typ":"rt+jwt"}`
)

// forger creates tokens from a real one, mostly with the service's own secret, so that they
// can only be refused for their form.
type forger struct {
	secret string
	// real is the token all forgeries are derived from, header its header.
	real, header string
	claims       map[string]any
}

func newForger(t *testing.T, real, header, secret string) forger {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(real, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	f := forger{secret: secret, real: real, header: header}
	dec := json.NewDecoder(strings.NewReader(string(payload)))
	dec.UseNumber() // a user id has 53 bits
	if err := dec.Decode(&f.claims); err != nil {
		t.Fatal(err)
	}
	if f.hs256(header, string(payload)) != real {
		t.Fatal("the forger cannot even recreate the real token")
	}
	return f
}

// Only a token in the form that the service issues opens a protected route and is active in
// introspection; no forged token ends a session.
func TestForged_access(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens, asker := app.SignIn(phone), app.Machine("gateway", clients.Introspect)
		f := newForger(t, tokens.Access, accessHeader, app.Config.Auth.AccessSecret)
		now := app.Clock.Now().Unix()
		for name, raw := range map[string]string{
			"the real one":               tokens.Access,
			"its claims in other order":  f.hs256(accessHeader, f.payload()),
			"its header in other order":  f.hs256(`{"typ":"at+jwt","alg":"HS256"}`, f.payload()),
			"a list of its one audience": f.with("aud", []any{f.claims["aud"]}),
			"iat 29 s ahead":             f.with("iat", now+29),
			"its last second":            f.with("exp", now+1),
		} {
			for _, path := range []string{"/user/info", "/user/check"} {
				if resp := app.Get(path, raw); resp.Status != 200 {
					t.Errorf("%s on %s: %d %s, want 200", name, path, resp.Status, resp.Body)
				}
			}
			if resp := introspect(app, asker, raw); resp.JSON["active"] != true {
				t.Errorf("%s: %d %s, want it to be active", name, resp.Status, resp.Body)
			}
		}
		forgeries := f.forgeries(app.Config.Auth.RefreshSecret)
		maps.Copy(forgeries, map[string]string{
			"a refresh token":   tokens.Refresh,
			"refresh type":      f.hs256(refreshHeader, f.payload()),
			"iat 31 s ahead":    f.with("iat", now+31),
			"expired":           f.with("exp", now),
			"expired long ago":  f.with("iat", now-1800, "exp", now-900),
			"sub of another":    f.with("sub", "43"),
			"userId of another": f.with("userId", 43),
			"userId as text":    f.with("userId", f.claims["sub"]),
			"no userId":         f.without("userId"),
			"no role":           f.without("role"),
			"an empty role":     f.with("role", ""),
		})
		for name, raw := range forgeries {
			for _, r := range []kit.Request{{Method: http.MethodGet, Path: "/user/info"}, {Method: http.MethodGet, Path: "/user/check"}, {Method: http.MethodPost, Path: "/user/logout"}} {
				r.Bearer = raw
				wantRefusal(t, name+" on "+r.Path, app.Do(r), refusal{401, "unauthorized", ""})
			}
			if raw != "" {
				wantInactive(t, name, introspect(app, asker, raw))
			}
		}
		unknown := f.with("sid", "AAAAAAAAAAAAAAAAAAAAAA")
		wantInactive(t, "an unknown session", introspect(app, asker, unknown))
		for _, path := range []string{"/user/info", "/user/check"} {
			wantRefusal(t, "an unknown session on "+path, app.Get(path, unknown), refusal{401, "session_ended", ""})
		}
		app.Get("/user/info", tokens.Access).Want(t, 200, "")
		refresh(app, tokens.Refresh).Want(t, 200, "")
	})
}

// Only a token in the form that the service issues is exchanged, and no forged one counts
// as reuse, which would end its session.
func TestForged_refresh(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		f := newForger(t, tokens.Refresh, refreshHeader, app.Config.Auth.RefreshSecret)
		now := app.Clock.Now().Unix()
		forgeries := f.forgeries(app.Config.Auth.AccessSecret)
		maps.Copy(forgeries, map[string]string{
			"an access token": tokens.Access,
			"access type":     f.hs256(accessHeader, f.payload()),
			"iat 31 s ahead":  f.with("iat", now+31),
			"sub not a user":  f.with("sub", "x"),
			"gen as text":     f.with("gen", "0"),
			"no gen":          f.without("gen"),
		})
		for name, raw := range forgeries {
			want := refusal{401, "refresh_invalid", ""}
			if strings.Trim(raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
				want = refusal{400, badRequest, "refreshToken"} // not the form of any token
			}
			wantRefusal(t, name, refresh(app, raw), want)
			wantRefusal(t, name+" on /user/logout", app.Post("/user/logout", object{"refreshToken": raw}), want)
		}
		unknown := f.with("sid", "AAAAAAAAAAAAAAAAAAAAAA")
		wantRefusal(t, "an unknown session", refresh(app, unknown), refusal{401, "session_ended", ""})
		app.Get("/user/info", tokens.Access).Want(t, 200, "")
		refresh(app, tokens.Refresh).Want(t, 200, "")
	})
}

// forgeries returns tokens that are invalid for both kinds; other is the secret of the
// other kind.
func (f forger) forgeries(other string) map[string]string {
	payload, key := f.payload(), []byte(f.secret)
	header := func(fields string) string { return f.hs256(strings.TrimSuffix(f.header, "}")+fields+"}", payload) }
	alg := func(name string) string { return strings.Replace(f.header, "HS256", name, 1) }
	before := func(members string) string {
		return f.hs256(f.header, strings.Replace(payload, "{", "{"+members+",", 1))
	}
	all := map[string]string{
		"alg none":                   jwtPart(alg("none")) + "." + jwtPart(payload) + ".",
		"alg none, signed":           f.hs256(alg("none"), payload),
		"alg hs256":                  f.hs256(alg("hs256"), payload),
		"HS384":                      signJWT(jwt.SigningMethodHS384, key, alg("HS384"), payload),
		"HS512":                      signJWT(jwt.SigningMethodHS512, key, alg("HS512"), payload),
		"HS512 called HS256":         signJWT(jwt.SigningMethodHS512, key, f.header, payload),
		"another key":                signJWT(jwt.SigningMethodHS256, []byte(strings.Repeat("k", 44)), f.header, payload),
		"an empty key":               signJWT(jwt.SigningMethodHS256, []byte{}, f.header, payload),
		"the other kind's key":       signJWT(jwt.SigningMethodHS256, []byte(other), f.header, payload),
		"no signature":               f.real[:strings.LastIndexByte(f.real, '.')],
		"an empty signature":         f.real[:strings.LastIndexByte(f.real, '.')+1],
		"four parts":                 f.real + ".x",
		"padding":                    f.real + "=",
		"4 KB more":                  f.real + strings.Repeat("A", 4096),
		"type JWT":                   f.hs256(`{"alg":"HS256","typ":"JWT"}`, payload),
		"no type":                    f.hs256(`{"alg":"HS256"}`, payload),
		"unknown crit":               header(`,"crit":["zzz"],"zzz":1`),
		"b64 false":                  header(`,"b64":false`),
		"zip":                        header(`,"zip":"DEF"`),
		"a key in the header":        header(`,"jku":"https://example.com/jwks.json"`),
		"alg twice":                  header(`,"alg":"HS256"`),
		"alg in two cases":           header(`,"ALG":"none"`),
		"data behind the header":     f.hs256(f.header+"{}", payload),
		"data behind the claims":     f.hs256(f.header, payload+"x"),
		"claims twice":               f.hs256(f.header, payload+payload),
		"claims a list":              f.hs256(f.header, "["+payload+"]"),
		"exp twice":                  before(`"exp":1`),
		"exp in two cases":           before(`"EXP":9999999999`),
		"sid twice":                  before(`"sid":"x"`),
		"no exp":                     f.without("exp"),
		"exp as text":                f.with("exp", "9999999999"),
		"exp a fraction":             f.with("exp", 9999999999.5),
		"exp 0":                      f.with("exp", 0),
		"exp beyond 64 bits":         f.with("exp", json.Number("99999999999999999999")),
		"exp before iat":             f.with("exp", json.Number("1")),
		"iat 0":                      f.with("iat", 0),
		"another issuer":             f.with("iss", "evil"),
		"another audience":           f.with("aud", "evil"),
		"two audiences":              f.with("aud", []any{f.claims["aud"], "evil"}),
		"no audience":                f.with("aud", []any{}),
		"sid null":                   f.with("sid", nil),
		"white space in the payload": strings.Replace(f.real, ".", ". ", 1),
	}
	for _, claim := range []string{"iss", "aud", "sub", "iat", "jti", "sid"} {
		all["no "+claim] = f.without(claim)
		all["an empty "+claim] = f.with(claim, "")
	}
	for i, spelling := range respelled(f.real) {
		all[fmt.Sprintf("signature respelled %d", i)] = spelling
	}
	return all
}

func (f forger) hs256(header, payload string) string {
	return signJWT(jwt.SigningMethodHS256, []byte(f.secret), header, payload)
}

func (f forger) payload() string { return jsonText(f.claims) }

// with signs the claims after replacing some: name, value, name, value.
func (f forger) with(pairs ...any) string {
	claims := maps.Clone(f.claims)
	for i := 0; i < len(pairs); i += 2 {
		claims[pairs[i].(string)] = pairs[i+1]
	}
	return f.hs256(f.header, jsonText(claims))
}

func (f forger) without(claim string) string {
	claims := maps.Clone(f.claims)
	delete(claims, claim)
	return f.hs256(f.header, jsonText(claims))
}

func signJWT(method jwt.SigningMethod, key any, header, payload string) string {
	signing := jwtPart(header) + "." + jwtPart(payload)
	signature, err := method.Sign(signing, key)
	if err != nil {
		panic(err)
	}
	return signing + "." + signature
}

func jwtPart(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// respelled returns the last characters that a lax decoder accepts for the same signature:
// 32 bytes leave two bits of the last one unused.
func respelled(raw string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, raw[len(raw)-1])
	var spellings []string
	for i := last + 1; i < last&^3+4; i++ {
		spellings = append(spellings, raw[:len(raw)-1]+alphabet[i:i+1])
	}
	return spellings
}
