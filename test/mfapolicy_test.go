package test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/model"
	"user-api/test/kit"
)

const day = 24 * time.Hour

// enrollFirst sets up an authenticator app with a token whose methods are enroll, and
// completes the sign-in with it.
func enrollFirst(t *testing.T, app *kit.App, token string) kit.Response {
	t.Helper()
	made := app.Post("/user/login/mfa/enroll", object{"mfaToken": token})
	made.Want(t, 200, "")
	code, err := totp.GenerateCode(made.Text("secret"), app.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return secondProof(app, token, code)
}

// A user who must have a factor but has none can sign in without during the grace period,
// and then must set one up to sign in.
func TestMfa_grace(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enroll(t, app, leaverName) // the first sign-in, which starts the grace period
		app.Advance(day - time.Minute)
		byPassword(app, "username", leaverName, passOne).Want(t, 200, "")
		app.Advance(time.Minute)
		first := byPassword(app, "username", leaverName, passOne)
		wantMethods(t, first, "enroll")
		token := first.Text("mfaToken")

		wantWrong(t, secondProof(app, token, "123456"), "totp") // nothing is set up
		pair := enrollFirst(t, app, token)
		pair.Want(t, 200, "")
		wantWrong(t, app.Post("/user/login/mfa/enroll", object{"mfaToken": token}), "mfaToken")
		wantMethods(t, byPassword(app, "username", leaverName, passOne), "totp")
		app.Get("/user/info", refresh(app, ann.Refresh).Tokens().Access).Want(t, 200, "") // sessions continue
		call(app, "POST", "/user/recovery-codes", pair.Tokens().Access, nil).Want(t, 200, "")
	}, "Mfa: {Require: all, Grace: 86400}")
}

// A new user who must have a factor immediately sets it up first, and is reported as new
// then.
func TestMfa_graceOfNobody(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		first := app.Post("/user/login", object{"otpId": id, "otp": code})
		wantMethods(t, first, "enroll")
		pair := enrollFirst(t, app, first.Text("mfaToken"))
		pair.Want(t, 200, "")
		if !pair.Tokens().IsNew {
			t.Errorf("%s, want a new user", pair.Body)
		}
	}, "Mfa: {Require: all, Grace: 0}")
}

// A token for an existing factor cannot set one up, and a secret that another session
// requested cannot be confirmed with a code of another secret.
func TestMfa_enrollOnlyWhereDue(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, ann := twoFactors(t, app)
		token := firstProof(t, app)
		wantWrong(t, app.Post("/user/login/mfa/enroll", object{"mfaToken": token}), "mfaToken")
		made, err := app.Service.Factors.Enroll(t.Context(), user.UserID, "ann") // in a session, for example
		if err != nil {
			t.Fatal(err)
		}
		wantWrong(t, secondProof(app, token, authenticator{app, made.Secret}.code(t)), "totp")
		secondProof(app, token, ann.code(t)).Want(t, 200, "")
	})
}

// An administrator who must have a factor cannot do anything without it after the grace
// period, even in an older session.
func TestMfa_administrators(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		app.Get("/admin/users", admin.Access).Want(t, 200, "")
		app.Advance(day)
		old := refresh(app, admin.Refresh).Tokens()
		for _, path := range []string{"/admin/users", "/admin/events"} {
			resp := app.Get(path, old.Access)
			resp.Want(t, 403, "reauthentication_required")
			if got := resp.Header.Get("WWW-Authenticate"); got != `Bearer error="insufficient_user_authentication", max_age=600` {
				t.Errorf("WWW-Authenticate %q", got)
			}
		}
		app.Get("/user/info", old.Access).Want(t, 200, "")
		app.Get("/user/info", refresh(app, other.Refresh).Tokens().Access).Want(t, 200, "")

		id, code := app.AskCode(phone)
		first := app.Post("/user/login", object{"otpId": id, "otp": code})
		wantMethods(t, first, "enroll")
		pair := enrollFirst(t, app, first.Text("mfaToken"))
		pair.Want(t, 200, "")
		app.Get("/admin/users", pair.Tokens().Access).Want(t, 200, "")
		app.Advance(time.Minute)
		id, code = app.AskCode("+919876543211") // other users need none
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
	}, "Mfa: {Require: admins, Grace: 86400}")
}

// A new administrator gets the grace period from then on.
func TestMfa_graceFromTheRole(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		id := idOf(app, tokens)
		app.Advance(3 * day)
		if err := app.Service.Accounts.SetRole(t.Context(), id, model.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		tokens = refresh(app, tokens.Refresh).Tokens()
		app.Get("/admin/users", tokens.Access).Want(t, 200, "")
		app.Advance(day)
		app.Get("/admin/users", refresh(app, tokens.Refresh).Tokens().Access).Want(t, 403, "reauthentication_required")
	}, "Mfa: {Require: admins, Grace: 86400}")
}
