package test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

const goodPassword = "Nebel-über-7-Klippen"

// accountBodyRoutes lists the bodyRoutes that need an account.
var accountBodyRoutes = []bodyRoute{
	{
		method: "POST", path: "/oauth/authorize", status: 200,
		fields: []string{"query"},
		empty:  refusal{400, badRequest, "query"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			a := newApp(t, app, "app"+number[1:], true, appURL)
			return goodInput{bearer: app.SignIn(number).Access, body: jsonText(object{"query": a.asks(nil)})}
		},
		own: []badInput{
			{name: "no client", body: `{"query":"redirect_uri=` + canary + `"}`, refusal: refusal{400, badRequest, ""}},
			{name: "a malformed query", body: `{"query":"%zz` + canary + `"}`, refusal: refusal{400, badRequest, ""}},
		},
	},
	{
		method: "POST", path: "/user/register", status: 200,
		fields: []string{"username", "password", "invite"},
		empty:  refusal{400, badRequest, "username"},
		good: func(_ *testing.T, _ *kit.App, number string) goodInput {
			return goodInput{body: jsonText(object{"username": "u" + number[1:], "password": goodPassword})}
		},
		own: []badInput{
			{name: "no username", body: `{"username":"<` + canary + `>","password":"` + goodPassword + `"}`, refusal: refusal{400, "invalid_username", "username"}},
			{name: "a weak password", body: `{"username":"somebody","password":"` + canary[:7] + `"}`, refusal: refusal{400, "weak_password", "password"}},
			{name: "no invite", body: `{"username":"somebody","password":"` + goodPassword + `","invite":"` + canary + `/.."}`, refusal: refusal{400, badRequest, "invite"}},
			{name: "60 KB of password", body: `{"username":"somebody","password":"` + strings.Repeat("a", 60<<10) + `"}`, refusal: refusal{400, badRequest, "password"}},
		},
	},
	{
		method: "POST", path: "/user/password/reset", status: 204,
		fields: []string{"otpId", "otp", "newPassword", "secondOtpId", "secondOtp"},
		empty:  refusal{400, badRequest, "otpId"},
		good: func(_ *testing.T, app *kit.App, number string) goodInput {
			app.SignIn(number)
			return goodInput{body: jsonText(nextCode(app, number, object{"phone": number, "purpose": "reset"}, object{"newPassword": goodPassword}))}
		},
		own: []badInput{
			{name: "a weak password", body: `{"otpId":"x","otp":"123456","newPassword":"` + canary[:7] + `"}`, refusal: refusal{400, "weak_password", "newPassword"}},
			{name: "a code of letters", body: `{"otpId":"x","otp":"` + canary + `","newPassword":"` + goodPassword + `"}`, refusal: refusal{400, badRequest, "otp"}},
		},
	},
	{
		method: "POST", path: "/user/totp/confirm", status: 200,
		fields: []string{"totp"},
		empty:  refusal{400, badRequest, "totp"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			good := signedIn(nil)(t, app, number)
			good.body = jsonText(object{"totp": totpCode(t, app, enrolling(app, good.bearer), 0)})
			return good
		},
		own: []badInput{
			{name: "no digits", body: `{"totp":"` + canary + `"}`, refusal: refusal{400, badRequest, "totp"}},
			{name: "too many digits", body: `{"totp":"1234567"}`, refusal: refusal{400, badRequest, "totp"}},
		},
	},
	{
		method: "POST", path: "/user/password", status: 204,
		fields: []string{"newPassword", "oldPassword"},
		empty:  refusal{400, badRequest, "newPassword"},
		good:   signedIn(object{"newPassword": goodPassword}),
		own: []badInput{
			{name: "a weak password", body: `{"newPassword":"` + canary[:7] + `"}`, refusal: refusal{400, "weak_password", "newPassword"}},
			{name: "60 KB of old password", body: `{"newPassword":"` + goodPassword + `","oldPassword":"` + strings.Repeat("a", 60<<10) + `"}`, refusal: refusal{400, badRequest, "oldPassword"}},
		},
	},
	{
		method: "PATCH", path: "/user/info", status: 200,
		fields: []string{"username", "displayName", "locale", "metadata"},
		empty:  refusal{400, badRequest, "username"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			return signedIn(object{"username": "n" + number[1:]})(t, app, number)
		},
		own: []badInput{
			{name: "no username", body: `{"username":"<` + canary + `>"}`, refusal: refusal{400, "invalid_username", "username"}},
			{name: "a display name that turns", body: `{"displayName":"` + canary + `\u202e"}`, refusal: refusal{400, badRequest, "displayName"}},
			{name: "no language", body: `{"locale":"` + canary + `!"}`, refusal: refusal{400, badRequest, "locale"}},
			{name: "a key twice", body: `{"metadata":{"a":[{"` + canary + `":1,"` + canary + `":2}]}}`, refusal: refusal{400, badRequest, "metadata"}},
			{name: "60 KB of metadata", body: `{"metadata":{"a":"` + strings.Repeat("a", 60<<10) + `"}}`, refusal: refusal{400, badRequest, "metadata"}},
			{name: "10,000 levels", body: `{"metadata":{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}}`, refusal: refusal{400, badRequest, ""}},
			{name: "40 levels", body: `{"metadata":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, refusal: refusal{400, badRequest, "metadata"}},
		},
	},
	{
		method: "POST", path: "/user/email/otp", status: 200,
		fields: []string{"email", "locale", "captcha"},
		empty:  refusal{400, badRequest, "email"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			return signedIn(object{"email": mailOf(number)})(t, app, number)
		},
		own: []badInput{{name: "no e-mail address", body: `{"email":"` + canary + `"}`, refusal: refusal{400, "invalid_email", "email"}}},
	},
	{
		method: "POST", path: "/user/phone/otp", status: 200,
		fields: []string{"phone", "channel", "region", "locale", "captcha"},
		empty:  refusal{400, badRequest, "phone"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			return signedIn(object{"phone": otherOf(number)})(t, app, number)
		},
		own: []badInput{
			{name: "no number", body: `{"phone":"` + canary + `"}`, refusal: refusal{400, "invalid_phone", "phone"}},
			{name: "no channel", body: `{"phone":"+919876543210","channel":"` + canary + `"}`, refusal: refusal{400, badRequest, "channel"}},
			{name: "no region", body: `{"phone":"98765 43210","region":"` + canary + `"}`, refusal: refusal{400, badRequest, "region"}},
		},
	},
	{
		method: "POST", path: "/user/email/verify", status: 200,
		fields: []string{"otpId", "otp"},
		empty:  refusal{400, badRequest, "otpId"},
		good: func(_ *testing.T, app *kit.App, number string) goodInput {
			return binding(app, number, "/user/email/otp", object{"email": mailOf(number)}, mailOf(number))
		},
		own: badCodes(),
	},
	{
		method: "POST", path: "/user/phone/verify", status: 200,
		fields: []string{"otpId", "otp"},
		empty:  refusal{400, badRequest, "otpId"},
		good: func(_ *testing.T, app *kit.App, number string) goodInput {
			return binding(app, number, "/user/phone/otp", object{"phone": otherOf(number)}, otherOf(number))
		},
		own: badCodes(),
	},
	{
		method: "DELETE", path: "/user", status: 204,
		fields: []string{"otpId", "otp", "password"},
		empty:  refusal{400, badRequest, "password"},
		good: func(_ *testing.T, app *kit.App, number string) goodInput {
			tokens := app.SignIn(number)
			return goodInput{bearer: tokens.Access, body: jsonText(nextCode(app, number, object{"phone": number}, object{}))}
		},
		own: append(badCodes(), badInput{name: "a code and a password", body: `{"otpId":"x","otp":"123456","password":"` + canary + `"}`, refusal: refusal{400, badRequest, "password"}}),
	},
	{
		method: "POST", path: "/admin/users/:id/ban", status: 204,
		fields: []string{"reason", "until"},
		empty:  refusal{400, badRequest, "reason"},
		good:   administered("ban", object{"reason": "spam"}),
		own: []badInput{
			{name: "256 characters of reason", body: `{"reason":"` + strings.Repeat("é", 256) + `"}`, refusal: refusal{400, badRequest, "reason"}},
			{name: "a time before all others", body: `{"reason":"x","until":-1}`, refusal: refusal{400, badRequest, "until"}},
		},
	},
	{
		method: "PATCH", path: "/admin/users/:id/metadata", status: 204,
		fields: []string{"appMetadata"},
		empty:  refusal{400, badRequest, "appMetadata"},
		good:   administered("metadata", object{"appMetadata": object{"plan": "pro"}}),
		own: []badInput{
			{name: "a key twice", body: `{"appMetadata":{"a":{"` + canary + `":1,"` + canary + `":2}}}`, refusal: refusal{400, badRequest, "appMetadata"}},
			{name: "60 KB", body: `{"appMetadata":{"a":"` + strings.Repeat("a", 60<<10) + `"}}`, refusal: refusal{400, badRequest, "appMetadata"}},
		},
	},
	{
		method: "PUT", path: "/admin/users/:id/role", status: 204,
		fields: []string{"role"},
		empty:  refusal{400, badRequest, "role"},
		good:   administered("role", object{"role": "admin"}),
		own:    []badInput{{name: "no role", body: `{"role":"` + canary + `"}`, refusal: refusal{400, badRequest, "role"}}},
	},
	{
		method: "POST", path: "/admin/invites", status: 200,
		fields: []string{"expiresIn", "phone", "email", "region"},
		empty:  refusal{400, badRequest, "expiresIn"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			good := administered("", object{"expiresIn": 3600})(t, app, number)
			good.path = "/admin/invites"
			return good
		},
		own: []badInput{
			{name: "a moment", body: `{"expiresIn":59}`, refusal: refusal{400, badRequest, "expiresIn"}},
			{name: "91 days", body: `{"expiresIn":7862400}`, refusal: refusal{400, badRequest, "expiresIn"}},
			{name: "a time before now", body: `{"expiresIn":-60}`, refusal: refusal{400, badRequest, "expiresIn"}},
			{name: "two addresses", body: `{"expiresIn":60,"phone":"+919876543210","email":"` + canary + `@example.com"}`, refusal: refusal{400, badRequest, "email"}},
			{name: "no number", body: `{"expiresIn":60,"phone":"` + canary + `"}`, refusal: refusal{400, "invalid_phone", "phone"}},
			{name: "no e-mail address", body: `{"expiresIn":60,"email":"` + canary + `"}`, refusal: refusal{400, "invalid_email", "email"}},
			{name: "no region", body: `{"expiresIn":60,"phone":"98765 43210","region":"` + canary + `"}`, refusal: refusal{400, badRequest, "region"}},
			{name: "a region alone", body: `{"expiresIn":60,"region":"IN"}`, refusal: refusal{400, badRequest, "region"}},
		},
	},
	{
		method: "POST", path: "/user/links", status: 404, // there is no provider
		fields: []string{"provider", "idToken", "nonce", "code", "verifier", "providerCode", "phoneCode", "invite"},
		empty:  refusal{400, badRequest, "provider"},
		good:   signedIn(object{"provider": "nowhere", "idToken": "x.y.z"}),
		own: []badInput{
			{name: "a token and a code", body: `{"provider":"nowhere","idToken":"x","code":"` + canary + `"}`, refusal: refusal{400, badRequest, "code"}},
		},
	},
}

// signedIn returns valid input for a new account.
func signedIn(body object) func(*testing.T, *kit.App, string) goodInput {
	return func(_ *testing.T, app *kit.App, number string) goodInput {
		return goodInput{bearer: app.SignIn(number).Access, body: jsonText(body)}
	}
}

// binding returns a valid proof of a new address for a new account.
func binding(app *kit.App, number, path string, ask object, to string) goodInput {
	bearer := app.SignIn(number).Access
	resp := app.Do(kit.Request{Method: "POST", Path: path, Bearer: bearer, Body: ask})
	return goodInput{bearer: bearer, body: jsonText(object{"otpId": resp.Text("otpId"), "otp": app.Inbox(to, 1)[0]})}
}

// administered returns valid input for an administrator acting on another account.
func administered(action string, body object) func(*testing.T, *kit.App, string) goodInput {
	return func(t *testing.T, app *kit.App, number string) goodInput {
		target := app.Get("/user/info", app.SignIn(otherOf(number)).Access).Number("id")
		admin := app.SignIn(number).Access
		id := app.Get("/user/check", admin).Number("userId")
		if _, err := openStores(t, app).db.Exec("UPDATE user SET role = 'admin' WHERE id = ?", id); err != nil {
			t.Fatal(err)
		}
		return goodInput{bearer: admin, body: jsonText(body), path: fmt.Sprintf("/admin/users/%d/%s", target, action)}
	}
}

// nextCode returns the proof with the second code sent to a number, plus more fields.
func nextCode(app *kit.App, number string, ask, more object) object {
	app.Advance(time.Minute) // the cooldown of the first code
	resp := app.Post("/user/otp", ask)
	more["otpId"], more["otp"] = resp.Text("otpId"), app.Inbox(number, 2)[0]
	return more
}

func mailOf(number string) string { return "u" + number[1:] + "@example.com" }

// otherOf returns a number that no other test uses.
func otherOf(number string) string { return "+9197" + number[5:] }
