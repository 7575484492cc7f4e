package test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
	"user-api/test/kit"
)

// payload returns the claims of an access token.
func payload(t *testing.T, access string) object {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := object{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// Keys of appMetadata are in tokens from the next refresh or sign-in on. Every node accepts
// the tokens, even one without the claims.
func TestClaims(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		plain := app.Beside("Auth: {Claims: {}}")
		admin, user := asAdmin(t, app)
		path := replaceID("/admin/users/:id/metadata", idOf(app, user))
		set := func(body any) kit.Response { return as(app, admin.Access, "PATCH", path, body) }
		claims := func(tokens kit.Tokens) object {
			t.Helper()
			for _, node := range []*kit.App{app, plain} {
				node.Get("/user/check", tokens.Access).Want(t, 200, "")
				node.Get("/user/info", tokens.Access).Want(t, 200, "")
			}
			ours, further := payload(t, tokens.Access), object{}
			for name, value := range ours {
				if name == "plan" || strings.HasPrefix(name, "https:") {
					further[name] = value
				}
			}
			return further
		}
		want := func(what string, got, want object) {
			t.Helper()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		want("nothing is set", claims(user), object{})
		set(example(t, "profile.md", "example: admin")).Want(t, 204, "")
		if info := app.Get("/user/info", user.Access); fmt.Sprint(info.JSON["appMetadata"]) != "map[plan:pro seats:5]" {
			t.Errorf("the user reads %s", info.Body)
		}
		want("an old token", claims(user), object{})
		user = refresh(app, user.Refresh).Tokens()
		want("the next refresh", claims(user), object{"plan": "pro", "https://example.com/seats": 5.0})
		want("without the claims configured", claims(refresh(plain, user.Refresh).Tokens()), object{})

		patchInfo(app, user, object{"metadata": object{"plan": "gold", "seats": 1000}}).Want(t, 200, "") // users cannot change their own claims
		for value, ok := range map[string]bool{
			`"a b \"ü\" </script>"`: true, `-1.5e3`: true, `true`: true, `false`: true, `0`: true, `123456789012345678901234567890`: true,
			`"` + strings.Repeat("x", 128) + `"`: true, `"` + strings.Repeat("x", 129) + `"`: false, `1e999`: false, `[1]`: false, `{"a":1}`: false,
			`1234567890123456789012345678901234567890`: false,
		} {
			resp := set(`{"appMetadata":{"plan":` + value + `}}`)
			if !ok {
				wantRefusal(t, value, resp, refusal{400, "invalid_request", "appMetadata"})
				continue
			}
			resp.Want(t, 204, "")
			next := refresh(app, user.Refresh)
			next.Want(t, 200, "")
			user = next.Tokens()
			var is any
			if err := json.Unmarshal([]byte(value), &is); err != nil {
				t.Fatal(err)
			}
			want(value, claims(user), object{"plan": is, "https://example.com/seats": 5.0})
			app.Advance(11 * time.Second) // after the grace period
		}
		set(`{"appMetadata":{"plan":null}}`).Want(t, 204, "")
		want("a sign-in", claims(app.SignIn("+919876543211")), object{"https://example.com/seats": 5.0})
	}, kit.Option(example(t, "profile.md", "example: claims")))
}

// A value that was stored before it became a claim, and is invalid as one, is left out.
func TestClaims_writtenBefore(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	admin, user := asAdmin(t, app)
	as(app, admin.Access, "PATCH", replaceID("/admin/users/:id/metadata", idOf(app, user)), `{"appMetadata":{"plan":{"name":"pro"},"seats":3}}`).Want(t, 204, "")
	node := app.Beside(kit.Option(example(t, "profile.md", "example: claims")))
	next := refresh(node, user.Refresh)
	next.Want(t, 200, "")
	if claims := payload(t, next.Text("accessToken")); claims["plan"] != nil || claims["https://example.com/seats"] != 3.0 {
		t.Errorf("claims %v", claims)
	}
}

// No claim of the service's own tokens can be an application claim, in any spelling.
func TestClaims_own(t *testing.T) {
	t.Parallel()
	user := kit.New(t, kit.Embedded).SignIn(phone)
	names := map[string]bool{}
	for _, token := range []string{user.Access, user.Refresh} {
		for name := range payload(t, token) {
			names[name], names[strings.ToUpper(name)] = true, true
		}
	}
	if len(names) < 18 {
		t.Fatalf("claims %v", names)
	}
	for name := range names {
		_, err := config.Parse([]byte(fmt.Sprintf("Mode: dev\nAuth: {Claims: {%s: appMetadata.x}}", name)), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), "Auth.Claims."+name+": must have another name") {
			t.Errorf("the claim %s: %v", name, err)
		}
	}
}

// For every way to sign in, an access token states how and when the user signed in, and for
// which client; a refresh does not change that.
func TestClaims_proof(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enrollLeaver(t, app)
		app.Advance(halfAYear)
		signIn := func(body object) kit.Tokens {
			t.Helper()
			resp := app.Post("/user/login", body)
			resp.Want(t, 200, "")
			return kit.Tokens{Access: resp.JSON["accessToken"].(string), Refresh: resp.JSON["refreshToken"].(string)}
		}
		phoneID, phoneCode := codeFor(t, app, "login", byPhone, leaverPhone)
		secondID, secondCode := codeFor(t, app, "login", byEmail, leaverEmail)
		two := object{"otpId": phoneID, "otp": phoneCode, "secondOtpId": secondID, "secondOtp": secondCode}
		app.Advance(2 * time.Minute)
		check := func(what string, tokens kit.Tokens, amr ...any) {
			t.Helper()
			for _, access := range []string{tokens.Access, refreshed(t, app, tokens)} {
				claims := payload(t, access)
				got := object{"client_id": claims["client_id"], "amr": claims["amr"], "scope": claims["scope"]}
				want := object{"client_id": "user-api", "amr": amr, "scope": nil}
				if diff := cmp.Diff(want, got); diff != "" || claims["auth_time"] != payload(t, tokens.Access)["iat"] {
					t.Errorf("%s: auth_time %v, (-want +got):\n%s", what, claims["auth_time"], diff)
				}
			}
		}
		check("two factors", signIn(two), "otp", "sms", "mfa")
		check("a password", signIn(object{"username": leaverName, "password": passOne}), "pwd")
		id, code := codeFor(t, app, "login", byEmail, leaverEmail)
		check("e-mail", signIn(object{"otpId": id, "otp": code}), "otp")
		app.Advance(halfAYear)
		id, code = codeFor(t, app, "login", byPhone, leaverPhone)
		check("a code and a password", signIn(object{"otpId": id, "otp": code, "secondPassword": passOne}), "otp", "sms", "pwd", "mfa")
	})
}

// refreshed returns the access token of a later refresh.
func refreshed(t *testing.T, app *kit.App, tokens kit.Tokens) string {
	t.Helper()
	app.Advance(time.Minute)
	resp := app.Post("/user/refresh", object{"refreshToken": tokens.Refresh})
	resp.Want(t, 200, "")
	return resp.JSON["accessToken"].(string)
}
