package test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/passkey/passkeytest"
	"user-api/test/kit"
)

const (
	keyOrigin = "https://login.example.com"
	keyDomain = "example.com"
)

// passkeyDomain is a passkey domain. Without it, outside pro mode, passkeys are for
// localhost.
const passkeyDomain kit.Option = "Passkeys: {RpId: " + keyDomain + ", Origins: ['" + keyOrigin + "'], Related: ['https://example.test']}"

// optionsOf returns the options for an authenticator.
func optionsOf(t *testing.T, r kit.Response) json.RawMessage {
	t.Helper()
	r.Want(t, 200, "")
	var answer struct {
		PublicKey json.RawMessage `json:"publicKey"`
	}
	if err := json.Unmarshal(r.Body, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.PublicKey
}

// addPasskey registers a passkey for a user and returns its id.
func addPasskey(t *testing.T, app *kit.App, user kit.Tokens, a *passkeytest.Authenticator) string {
	t.Helper()
	options := optionsOf(t, call(app, "POST", "/user/passkeys/options", user.Access, nil))
	added := call(app, "POST", "/user/passkeys", user.Access, object{"credential": a.Create(options, passkeytest.Cheat{}), "name": "mine"})
	added.Want(t, 200, "")
	return added.Text("id")
}

// passkeyLogin returns the request with which an authenticator signs its user in.
func passkeyLogin(t *testing.T, app *kit.App, a *passkeytest.Authenticator, cheat passkeytest.Cheat) kit.Request {
	t.Helper()
	options := optionsOf(t, app.Post("/user/login/passkey/options", nil))
	return post("/user/login/passkey", object{"credential": a.Get(options, cheat)})
}

func newKey() *passkeytest.Authenticator { return passkeytest.New(keyOrigin, keyDomain) }

// A passkey can be added, used to sign in without a name, listed, renamed and removed; the
// owner gets a notice when it is added or removed.
func TestPasskeys(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, a := app.SignIn(phone), newKey()
		id := addPasskey(t, app, user, a)
		answer := app.Do(passkeyLogin(t, app, a, passkeytest.Cheat{}))
		answer.Want(t, 200, "")
		in := answer.Tokens()
		if claims := payload(t, in.Access); in.IsNew || idOf(app, in) != idOf(app, user) || !cmp.Equal(claims["amr"], []any{"hwk", "user"}) {
			t.Errorf("signed in as %v", claims)
		}
		call(app, "PATCH", "/user/passkeys/"+id, user.Access, object{"name": " My phone "}).Want(t, 200, "")
		list := app.Get("/user/passkeys", in.Access)
		keys, _ := list.JSON["passkeys"].([]any)
		if len(keys) != 1 {
			t.Fatalf("the list is %s", list.Body)
		}
		if key := keys[0].(object); key["name"] != "My phone" || key["id"] != id || key["synced"] != false || key["lastUsedAt"] == nil {
			t.Errorf("the list is %s", list.Body)
		}
		call(app, "DELETE", "/user/passkeys/"+id, in.Access, nil).Want(t, 204, "")
		call(app, "DELETE", "/user/passkeys/"+id, in.Access, nil).Want(t, 404, "not_found")
		app.Do(passkeyLogin(t, app, a, passkeytest.Cheat{})).Want(t, 401, "invalid_credentials")
		notices(t, app, phone, 2)
		app.Get("/.well-known/webauthn", "").Want(t, 200, "")
	}, passkeyDomain)
}

// One signature opens one session, with concurrent and later requests, on each node.
func TestPasskeys_oneSession(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		user, a, nodes := app.SignIn(phone), newKey(), []*kit.App{app, app.Beside(passkeyDomain)}
		addPasskey(t, app, user, a)
		request := passkeyLogin(t, app, a, passkeytest.Cheat{})
		var in, out atomic.Int64
		var all sync.WaitGroup
		tries := kit.Crowd(100)
		for i := range tries {
			all.Go(func() {
				r, err := nodes[i%2].TryAnswered(request)
				switch {
				case err == nil && r.Status == 200:
					in.Add(1)
				case err == nil && r.Status == 401:
					out.Add(1)
				default:
					t.Errorf("%d %s, %v", r.Status, r.Body, err)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 || out.Load() != int64(tries-1) {
			t.Errorf("%d sessions, %d refused", in.Load(), out.Load())
		}
		app.Do(request).Want(t, 401, "invalid_credentials")
		// A repeated signature does not count as a clone.
		app.Do(passkeyLogin(t, app, a, passkeytest.Cheat{})).Want(t, 200, "")
	}, passkeyDomain)
}

// Whatever is wrong, and for any user, the answer is the same.
func TestPasskeys_refusals(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, user := asAdmin(t, app)
		a, removed, unknown := newKey(), newKey(), newKey()
		addPasskey(t, app, user, a)
		id := addPasskey(t, app, user, removed)
		call(app, "DELETE", "/user/passkeys/"+id, user.Access, nil).Want(t, 204, "")
		unknown.Create(optionsOf(t, call(app, "POST", "/user/passkeys/options", user.Access, nil)), passkeytest.Cheat{})
		old := passkeyLogin(t, app, a, passkeytest.Cheat{})
		app.Advance(5 * time.Minute)
		elsewhere := a.Copy()
		elsewhere.Origin = "https://evil.test"
		requests := map[string]kit.Request{
			"nobody's":           passkeyLogin(t, app, unknown, passkeytest.Cheat{}),
			"removed":            passkeyLogin(t, app, removed, passkeytest.Cheat{}),
			"another signature":  passkeyLogin(t, app, a, passkeytest.Cheat{Signature: func(b []byte) []byte { b[9] ^= 1; return b }}),
			"too late":           old,
			"another page":       passkeyLogin(t, app, elsewhere, passkeytest.Cheat{}),
			"no answer at all":   post("/user/login/passkey", object{"credential": object{"id": "x"}}),
			"another challenge":  passkeyLogin(t, app, a, passkeytest.Cheat{Challenge: strings.Repeat("A", 100)}),
			"in a foreign frame": passkeyLogin(t, app, a, passkeytest.Cheat{CrossOrigin: true}),
		}
		banned := passkeyLogin(t, app, a, passkeytest.Cheat{})
		call(app, "POST", replaceID("/admin/users/:id/ban", idOf(app, user)), admin.Access, object{"reason": "r"}).Want(t, 204, "")
		requests["banned"] = banned
		for way, request := range requests {
			r := app.Do(request)
			r.Want(t, 401, "invalid_credentials")
			delete(r.JSON, "requestId")
			if want := (object{"code": "invalid_credentials", "msg": "The account or the password is wrong."}); !cmp.Equal(want, r.JSON) {
				t.Errorf("%s: %s", way, r.Body)
			}
		}
	}, passkeyDomain)
}

// A clone is refused and reported once. Neither it nor the original works any more, and the
// owner signs in another way and removes it.
func TestPasskeys_cloned(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, a := app.SignIn(phone), newKey()
		id := addPasskey(t, app, user, a)
		thief := a.Copy()
		app.Do(passkeyLogin(t, app, a, passkeytest.Cheat{})).Want(t, 200, "")
		for _, one := range []*passkeytest.Authenticator{thief, thief, a} {
			app.Do(passkeyLogin(t, app, one, passkeytest.Cheat{})).Want(t, 401, "invalid_credentials")
		}
		notices(t, app, phone, 2) // it was added, and it was cloned
		if list := app.Get("/user/passkeys", user.Access); !strings.Contains(string(list.Body), `"cloned":true`) {
			t.Errorf("the list is %s", list.Body)
		}
		call(app, "DELETE", "/user/passkeys/"+id, user.Access, nil).Want(t, 204, "")
	}, passkeyDomain)
}

// Adding and removing need a fresh sign-in, users can only change their own passkeys, and
// the last way to sign in stays.
func TestPasskeys_rights(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann, bob, a := enroll(t, app, "ann"), app.SignIn(phone), newKey()
		id := addPasskey(t, app, ann, a)
		call(app, "PATCH", "/user/passkeys/"+id, bob.Access, object{"name": "x"}).Want(t, 404, "not_found")
		call(app, "DELETE", "/user/passkeys/"+id, bob.Access, nil).Want(t, 404, "not_found")
		call(app, "PATCH", "/user/passkeys/"+id, ann.Access, object{"name": strings.Repeat("x", 65)}).Want(t, 400, "invalid_request")
		stores := openStores(t, app)
		if _, err := stores.db.Exec("DELETE FROM `credential`"); err != nil {
			t.Fatal(err)
		}
		call(app, "DELETE", "/user/passkeys/"+id, ann.Access, nil).Want(t, 409, "last_sign_in_method")
		options := optionsOf(t, call(app, "POST", "/user/passkeys/options", bob.Access, nil))
		foreign := object{"credential": newKey().Create(options, passkeytest.Cheat{})}
		call(app, "POST", "/user/passkeys", ann.Access, foreign).Want(t, 400, "invalid_request")
		taken := object{"credential": newKey().Create(options, passkeytest.Cheat{Key: a.Last()})}
		call(app, "POST", "/user/passkeys", bob.Access, taken).Want(t, 400, "invalid_request")
		app.Advance(10*time.Minute + time.Second)
		ann = refresh(app, ann.Refresh).Tokens()
		call(app, "POST", "/user/passkeys/options", ann.Access, nil).Want(t, 403, "reauthentication_required")
		call(app, "DELETE", "/user/passkeys/"+id, ann.Access, nil).Want(t, 403, "reauthentication_required")
	}, passkeyDomain)
}

// If passkeys are disabled, their routes do not exist.
func TestPasskeys_off(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	user := app.SignIn(phone)
	app.Get("/.well-known/webauthn", "").Want(t, 404, "not_found") // no related origins
	app.Service.Signin.Passkeys = nil
	for _, route := range []string{"POST /user/login/passkey/options", "POST /user/login/passkey", "POST /user/passkeys/options", "POST /user/passkeys", "GET /user/passkeys", "PATCH /user/passkeys/x", "DELETE /user/passkeys/x"} {
		method, path, _ := strings.Cut(route, " ")
		var body any
		if strings.HasSuffix(path, "passkey") || path == "/user/passkeys" && method == "POST" {
			body = object{"credential": object{"id": "x"}}
		} else if method == "PATCH" {
			body = object{"name": "x"}
		}
		call(app, method, path, user.Access, body).Want(t, 404, "not_found")
	}
}

// Outside pro mode the defaults are for this service on localhost.
func TestPasskeys_localhost(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	a := passkeytest.New(fmt.Sprintf("http://localhost:%d", app.Config.Port), "localhost")
	addPasskey(t, app, app.SignIn(phone), a)
	app.Do(passkeyLogin(t, app, a, passkeytest.Cheat{})).Want(t, 200, "")
}

// After a first proof, a passkey of the user completes the sign-in. One token opens one
// session, and a signature for another proof does not count.
func TestPasskeys_second(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, a := app.SignIn(phone), newKey()
		addPasskey(t, app, user, a)
		first := func() string {
			app.Advance(time.Minute)
			id, code := codeFor(t, app, "login", byPhone, phone)
			asked := app.Post("/user/login", object{"otpId": id, "otp": code})
			asked.Want(t, 401, "mfa_required")
			if !cmp.Equal(asked.JSON["methods"], []any{"passkey"}) {
				t.Errorf("%s", asked.Body)
			}
			return asked.Text("mfaToken")
		}
		answer := func(token string) object {
			options := optionsOf(t, app.Post("/user/login/passkey/options", object{"mfaToken": token}))
			return object{"mfaToken": token, "passkey": a.Get(options, passkeytest.Cheat{})}
		}
		token := first()
		signed := answer(token)
		done := app.Post("/user/login/mfa", signed)
		done.Want(t, 200, "")
		if claims := payload(t, done.Tokens().Access); !cmp.Equal(claims["amr"], []any{"otp", "sms", "hwk", "user", "mfa"}) {
			t.Errorf("%v", claims)
		}
		app.Post("/user/login/mfa", signed).Want(t, 401, "otp_invalid")
		other := first()
		again := app.Post("/user/login/mfa", object{"mfaToken": other, "passkey": signed["passkey"]})
		if again.Want(t, 401, "otp_invalid"); again.Text("field") != "passkey" {
			t.Errorf("%s", again.Body)
		}
		alone := passkeyLogin(t, app, a, passkeytest.Cheat{}).Body.(object)["credential"]
		app.Post("/user/login/mfa", object{"mfaToken": other, "passkey": alone}).Want(t, 401, "otp_invalid")
		app.Post("/user/login/mfa", answer(other)).Want(t, 200, "")
		app.Post("/user/login/passkey/options", object{"mfaToken": "x"}).Want(t, 401, "otp_invalid")
	}, passkeyDomain, "Mfa: {Require: all}")
}
