package test

import (
	"fmt"
	"strings"
	"testing"

	"user-api/internal/passkey/passkeytest"
	"user-api/test/kit"
)

// The rows of passkeys in the tables of routes, refusals and proofs.

const (
	proverKey = "A key of the prover"
	emptyKey  = `{"credential":{}}`
)

// localKey returns an authenticator for a service whose passkeys are for localhost.
func localKey(app *kit.App) *passkeytest.Authenticator {
	return passkeytest.New(fmt.Sprintf("http://localhost:%d", app.Config.Port), "localhost")
}

// passkeyBodies are the routes of passkeys with a body.
var passkeyBodies = []bodyRoute{
	{
		method: "POST", path: "/user/login/passkey/options", status: 200,
		fields: []string{"mfaToken"},
		empty:  refusal{200, "", ""}, // for any user
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			name, bearer := namedBy(t, app, number)
			enrolled(t, app, bearer)
			return goodInput{body: jsonText(object{"mfaToken": byPassword(app, "username", name, goodPassword).Text("mfaToken")})}
		},
		own: []badInput{{name: "60 KB of token", body: `{"mfaToken":"` + strings.Repeat("A", 60<<10) + `"}`, refusal: refusal{400, badRequest, "mfaToken"}}},
	},
	{
		method: "POST", path: "/user/login/passkey", status: 200,
		fields: []string{"credential"},
		empty:  refusal{400, badRequest, "credential"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			a := localKey(app)
			addPasskey(t, app, app.SignIn(number), a)
			return goodInput{body: jsonText(passkeyLogin(t, app, a, passkeytest.Cheat{}).Body)}
		},
		own: []badInput{
			{name: "an empty answer", body: emptyKey, refusal: refusal{400, badRequest, "credential"}},
			{name: "no object", body: `{"credential":"` + canary + `"}`, refusal: refusal{400, badRequest, "credential"}},
		},
	},
	{
		method: "POST", path: "/user/passkeys", status: 200,
		fields: []string{"credential", "name"},
		empty:  refusal{400, badRequest, "credential"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			user := app.SignIn(number)
			options := optionsOf(t, call(app, "POST", "/user/passkeys/options", user.Access, nil))
			return goodInput{bearer: user.Access, body: jsonText(object{"credential": localKey(app).Create(options, passkeytest.Cheat{})})}
		},
		own: []badInput{
			{name: "an empty answer", body: emptyKey, refusal: refusal{400, badRequest, "credential"}},
			{name: "another answer", body: `{"credential":{"id":"` + canary + `"}}`, refusal: refusal{400, badRequest, "credential"}},
			{name: "a long name", body: `{"credential":{"id":"x"},"name":"` + strings.Repeat("x", 65) + `"}`, refusal: refusal{400, badRequest, "name"}},
		},
	},
	{
		method: "PATCH", path: "/user/passkeys/:id", status: 200,
		fields: []string{"name"},
		empty:  refusal{400, badRequest, "name"},
		good: func(t *testing.T, app *kit.App, number string) goodInput {
			user := app.SignIn(number)
			id := addPasskey(t, app, user, localKey(app))
			return goodInput{bearer: user.Access, path: "/user/passkeys/" + id, body: jsonText(object{"name": "mine"})}
		},
		own: []badInput{{name: "a line break", body: `{"name":"a\nb"}`, refusal: refusal{400, badRequest, "name"}}},
	},
}

// passkeyRefusals lists how the routes of passkeys refuse.
func passkeyRefusals() map[string][]refuses {
	stale := []refuses{{way: "a sign-in that is not recent", request: body(nil), code: "reauthentication_required", limit: "act"}}
	unread := body(object{"credential": object{"id": "x"}})
	key := passkeytest.New("http://localhost:1", "localhost")
	return map[string][]refuses{
		"POST /user/login/passkey/options": {{way: "one after the other", request: body(nil), free: "a challenge is sealed, and nothing is asked"}, {way: "another token", request: body(object{"mfaToken": "x"}), code: "otp_invalid", limit: "verify", rows: 30}},
		"POST /user/login/passkey": {
			{way: "no answer", request: body(object{}), code: "invalid_request", free: formOnly},
			{way: "an answer that cannot be read", request: unread, code: "invalid_credentials", limit: "password"},
			{way: "credentials in turn", request: func(int) kit.Request {
				key.Create([]byte(`{"challenge":"","user":{"id":"AA"}}`), passkeytest.Cheat{})
				return kit.Request{Body: object{"credential": key.Get([]byte(`{"challenge":"AA"}`), passkeytest.Cheat{})}}
			}, code: "invalid_credentials", limit: "password"},
		},
		"POST /user/passkeys/options": stale,
		"POST /user/passkeys": {
			{way: "no answer", request: body(object{}), code: "invalid_request", free: formOnly},
			{way: "another answer", request: unread, code: "invalid_request", limit: "act"},
		},
		"GET /user/passkeys": {},
		"PATCH /user/passkeys/:id": {
			{way: "no name", request: body(object{"name": "\u202e"}), code: "invalid_request", free: formOnly},
			{way: "nobody's", request: body(object{"name": "x"}), code: "not_found", limit: "act"},
		},
		"DELETE /user/passkeys/:id": stale,
		"GET /.well-known/webauthn": {{way: "one after the other", request: body(nil), free: "asks nothing"}},
	}
}

// passkeyDeeds are those of passkeys.
var passkeyDeeds = []deed{
	{"POST /user/login/passkey/options", "", func(*matrix) attempt { return attempt{Request: post("/user/login/passkey/options", object{})} }},
	{"POST /user/login/passkey", "", func(m *matrix) attempt {
		_, a, _ := m.keyed()
		request := passkeyLogin(m.t, m.App, a, passkeytest.Cheat{})
		return attempt{Request: request, effect: func(r kit.Response) error {
			return m.all(m.wants(get("/user/check", r.Tokens().Access), 200), m.opensOne(request, r.Tokens().Access))
		}}
	}},
	{"POST /user/passkeys/options", "", func(m *matrix) attempt {
		return attempt{Request: bearing(m.member(), "POST", "/user/passkeys/options", nil)}
	}},
	{"POST /user/passkeys", "", func(m *matrix) attempt {
		who, a := m.member(), localKey(m.App)
		options := optionsOf(m.t, m.succeeds(bearing(who, "POST", "/user/passkeys/options", nil)))
		request := bearing(who, "POST", "/user/passkeys", object{"credential": a.Create(options, passkeytest.Cheat{})})
		return attempt{Request: request, effect: func(r kit.Response) error {
			return m.all(m.hasKey(who, r.Text("id"), true), m.noticed(who.phone))
		}}
	}},
	{"GET /user/passkeys", "", reading("/user/passkeys")},
	{"PATCH /user/passkeys/:id", "", func(m *matrix) attempt {
		who, _, id := m.keyed()
		return attempt{Request: bearing(who, "PATCH", "/user/passkeys/"+id, object{"name": "another"}), effect: func(kit.Response) error {
			return m.hasKey(who, `"name":"another"`, true)
		}}
	}},
	{"DELETE /user/passkeys/:id", "", func(m *matrix) attempt {
		who, _, id := m.keyed()
		return attempt{Request: bearing(who, "DELETE", "/user/passkeys/"+id, nil), effect: func(kit.Response) error { return m.hasKey(who, id, false) }}
	}},
	{"GET /.well-known/webauthn", "", func(*matrix) attempt { return attempt{Request: get("/.well-known/webauthn", "")} }},
}

// opensOne repeats a request that opened a session: it is refused or, if its first answer
// failed, returns the same session.
func (m *matrix) opensOne(r kit.Request, access string) error {
	again, err := m.mended(r)
	if err == nil && again.Status == 200 && payload(m.t, again.Tokens().Access)["sid"] == payload(m.t, access)["sid"] || again.Status == 401 {
		return err
	}
	return fmt.Errorf("once more it is answered %d %s, %w", again.Status, again.Body, err)
}

// keyed returns a user with a passkey, and the passkey's id.
func (m *matrix) keyed() (who person, a *passkeytest.Authenticator, id string) {
	who, a = m.member(), localKey(m.App)
	options := optionsOf(m.t, m.succeeds(bearing(who, "POST", "/user/passkeys/options", nil)))
	added := m.succeeds(bearing(who, "POST", "/user/passkeys", object{"credential": a.Create(options, passkeytest.Cheat{})}))
	return who, a, added.Text("id")
}

// hasKey looks for a text in the list of passkeys.
func (m *matrix) hasKey(who person, text string, want bool) error {
	list, err := m.mended(get("/user/passkeys", who.Access))
	if err == nil && strings.Contains(string(list.Body), text) != want {
		err = fmt.Errorf("the list of passkeys is %s", list.Body)
	}
	return err
}
