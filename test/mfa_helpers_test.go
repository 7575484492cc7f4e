package test

import (
	"fmt"
	"testing"
	"time"

	"user-api/internal/signin"
	"user-api/test/kit"
)

// mfaDeeds are those of sign-ins with two factors and of lost factors.
var mfaDeeds = []deed{
	{"POST /user/login/mfa", "", func(m *matrix) attempt { return m.completing("") }},
	{"POST /user/login/mfa", "with an `Idempotency-Key`", func(m *matrix) attempt { return m.completing(m.key()) }},
	{"POST /user/login/mfa", "by a recovery code", func(m *matrix) attempt {
		who := m.named()
		_, codes := enrolled(m.t, m.App, who.Access)
		return m.admitted(object{"mfaToken": m.half(m.App, who), "recoveryCode": codes[0]}, "")
	}},
	{"POST /user/login/mfa/enroll", "", func(m *matrix) attempt {
		token := m.half(m.demanding(), m.named())
		return attempt{Request: post("/user/login/mfa/enroll", object{"mfaToken": token}), effect: func(r kit.Response) error {
			return m.wants(post("/user/login/mfa", object{"mfaToken": token, "totp": totpCode(m.t, m.App, r.Text("secret"), 0)}), 200)
		}}
	}},
	{"POST /admin/users/:id/mfa/reset", "", func(m *matrix) attempt {
		return m.resetting("POST", func(who person) error {
			return m.wants(bearing(who, "DELETE", "/user/totp/reset", nil), 204)
		})
	}},
	{"DELETE /admin/users/:id/mfa/reset", "", func(m *matrix) attempt {
		return m.resetting("DELETE", func(who person) error {
			return m.wants(bearing(who, "DELETE", "/user/totp/reset", nil), 404)
		})
	}},
	{"DELETE /user/totp/reset", "", func(m *matrix) attempt {
		who := m.named()
		enrolled(m.t, m.App, who.Access)
		m.succeeds(bearing(person{Tokens: m.admin}, "POST", fmt.Sprint("/admin/users/", who.UserID, "/mfa/reset"), nil))
		stop := bearing(who, "DELETE", "/user/totp/reset", nil)
		return attempt{Request: stop, effect: func(kit.Response) error { return m.wants(stop, 404) }}
	}},
}

// half submits the first proof of a person at a node and returns the token.
func (m *matrix) half(node *kit.App, who person) string {
	first := node.Post("/user/login", object{"username": who.name, "password": passOne})
	first.Want(m.t, 401, "mfa_required")
	return first.Text("mfaToken")
}

func (m *matrix) completing(key string) attempt {
	who := m.named()
	secret, _ := enrolled(m.t, m.App, who.Access)
	// The clock advances before it is sent.
	return m.admitted(object{"mfaToken": m.half(m.App, who), "totp": totpCode(m.t, m.App, secret, 3)}, key)
}

func (m *matrix) admitted(body object, key string) attempt {
	return attempt{Request: withKey(post("/user/login/mfa", body), key), effect: func(r kit.Response) error {
		return m.all(m.opensOne(post("/user/login/mfa", body), r.Tokens().Access),
			m.wants(get("/user/info", r.Tokens().Access), 200), m.wants(refreshing(r.Tokens().Refresh), 200))
	}}
}

// resetting requests a reset, or cancels one.
func (m *matrix) resetting(method string, effect func(person) error) attempt {
	who := m.named()
	enrolled(m.t, m.App, who.Access)
	path := fmt.Sprint("/admin/users/", who.UserID, "/mfa/reset")
	if method == "DELETE" {
		m.succeeds(bearing(person{Tokens: m.admin}, "POST", path, nil))
	}
	return attempt{Request: bearing(person{Tokens: m.admin}, method, path, nil), effect: func(kit.Response) error { return effect(who) }}
}

// mfaBodyRoutes are the bodyRoutes of sign-ins with two factors.
var mfaBodyRoutes = []bodyRoute{
	{
		method: "POST", path: "/user/login/passkey/options", status: 200,
		fields: []string{"mfaToken"},
		empty:  refusal{200, "", ""}, // without it, the request is for a passkey as the only proof
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			name, bearer := namedBy(t, app, number)
			enrolled(t, app, bearer)
			return goodInput{body: jsonText(object{"mfaToken": byPassword(app, "username", name, goodPassword).Text("mfaToken")})}
		},
	},
	{
		method: "POST", path: "/user/login/mfa", status: 200,
		fields: []string{"mfaToken", "totp", "recoveryCode", "passkey"},
		empty:  refusal{400, badRequest, "mfaToken"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			name, bearer := namedBy(t, app, number)
			secret, _ := enrolled(t, app, bearer)
			token := byPassword(app, "username", name, goodPassword).Text("mfaToken")
			return goodInput{body: jsonText(object{"mfaToken": token, "totp": totpCode(t, app, secret, 1)})}
		},
		own: []badInput{
			{name: "no factor", body: `{"mfaToken":"` + canary + `"}`, refusal: refusal{400, badRequest, "totp"}},
			{name: "two factors", body: `{"mfaToken":"x","totp":"123456","recoveryCode":"` + canary + `"}`, refusal: refusal{400, badRequest, "totp"}},
			{name: "no digits", body: `{"mfaToken":"x","totp":"` + canary + `"}`, refusal: refusal{400, badRequest, "totp"}},
		},
	},
	{
		method: "POST", path: "/user/login/mfa/enroll", status: 200,
		fields: []string{"mfaToken"},
		empty:  refusal{400, badRequest, "mfaToken"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			name, _ := namedBy(t, app, number)
			app.Service.Signin.Mfa = signin.Mfa{Require: signin.MfaAll}
			defer func() { app.Service.Signin.Mfa = signin.Mfa{ResetWait: time.Hour} }()
			return goodInput{body: jsonText(object{"mfaToken": byPassword(app, "username", name, goodPassword).Text("mfaToken")})}
		},
	},
}

// namedBy registers an account with a name derived from a number and signs it in.
func namedBy(t *testing.T, app *kit.App, number string) (name, bearer string) {
	t.Helper()
	name = "m" + number[1:]
	app.Post("/user/register", object{"username": name, "password": goodPassword}).Want(t, 200, "")
	return name, byPassword(app, "username", name, goodPassword).Tokens().Access
}
