package token_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"user-api/internal/token"
)

// Tokens of clients and users are never interchangeable, whatever claims are added to them.
func TestClient_isNoUser(t *testing.T) {
	const secret = "access-secret-of-at-least-32-bytes"
	now := time.Now()
	codec, err := token.New(token.Options{
		AccessSecret: secret, RefreshSecret: "refresh-secret-of-at-least-32-byte", Issuer: "i", Audience: "us",
		AccessLife: time.Hour, Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	good := token.Client{ID: "j", ClientID: "abcd-efgh", Scope: "users:read", IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	raw, err := codec.MintClient(good)
	if err != nil {
		t.Fatal(err)
	}
	got, err := codec.ParseClient(raw)
	if err != nil || got.ClientID != good.ClientID || got.Scope != good.Scope || got.Audience != "us" || got.IssuedAt.Unix() != now.Unix() {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := codec.ParseAccess(raw); err == nil { // no sid, no userId, no role
		t.Error("a client's token is accepted as a user's")
	}
	user, err := codec.MintAccess(token.Access{ID: "j", SessionID: "s", UserID: 7, Role: "admin", IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	refresh, err := codec.MintRefresh(token.Refresh{SessionID: "s", UserID: 7, IssuedAt: now, ExpiresAt: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	forge := func(change map[string]any) string {
		forged := jwt.New(jwt.SigningMethodHS256)
		forged.Header["typ"] = "at+jwt"
		all := jwt.MapClaims{}
		for k, v := range claims {
			all[k] = v
		}
		for k, v := range change {
			if all[k] = v; v == nil {
				delete(all, k)
			}
		}
		forged.Claims = all
		text, err := forged.SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if _, err := codec.ParseClient(forge(nil)); err != nil {
		t.Errorf("the unchanged token: %v", err)
	}
	for name, raw := range map[string]string{
		"a user's":              user,
		"a refresh token":       refresh,
		"with a session":        forge(map[string]any{"sid": "s"}),
		"with a user":           forge(map[string]any{"userId": 7}),
		"with a role":           forge(map[string]any{"role": "admin"}),
		"of another subject":    forge(map[string]any{"sub": "7"}),
		"without a client":      forge(map[string]any{"client_id": nil}),
		"without an id":         forge(map[string]any{"jti": nil}),
		"for another service":   forge(map[string]any{"aud": "orders"}),
		"of another issuer":     forge(map[string]any{"iss": "x"}),
		"too long":              forge(map[string]any{"exp": now.Add(2 * time.Hour).Unix()}),
		"without an expiry":     forge(map[string]any{"exp": nil}),
		"not valid yet":         forge(map[string]any{"nbf": now.Add(time.Hour).Unix()}),
		"issued in the future":  forge(map[string]any{"iat": now.Add(time.Minute).Unix()}),
		"with a changed letter": raw[:len(raw)-2] + "xx",
		"empty":                 "",
	} {
		if got, err := codec.ParseClient(raw); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
