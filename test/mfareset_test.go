package test

import (
	"testing"
	"time"

	"user-api/test/kit"
)

// lost returns a user with a second factor, an administrator, and the path of the reset.
func lost(t *testing.T, app *kit.App) (user kit.Tokens, ann authenticator, admin kit.Tokens, path string) {
	t.Helper()
	user, ann = twoFactors(t, app)
	admin, _ = asAdmin(t, app)
	return user, ann, admin, replaceID("/admin/users/:id/mfa/reset", user.UserID)
}

// A reset removes the factors after its waiting time, at the next sign-in, with a notice.
// It ends all other sessions.
func TestMfaReset(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, ann, admin, path := lost(t, app)
		asked := as(app, admin.Access, "POST", path, nil)
		asked.Want(t, 200, "")
		if want := app.Clock.Now().Add(day).Unix(); asked.Number("dueAt") != want {
			t.Errorf("due at %d, want %d", asked.Number("dueAt"), want)
		}
		wantTold(t, app, leaverEmail, 1, "A reset of two-step verification was asked for")
		again := as(app, admin.Access, "POST", path, nil)
		if again.Number("dueAt") != asked.Number("dueAt") {
			t.Errorf("asked again, due at %d, want %d", again.Number("dueAt"), asked.Number("dueAt"))
		}
		app.Advance(day - time.Minute)
		wantMethods(t, byPassword(app, "username", leaverName, passOne), "totp")
		app.Advance(time.Minute)
		kept := refresh(app, user.Refresh)
		kept.Want(t, 200, "")
		byPassword(app, "username", leaverName, passTwo).Want(t, 401, "invalid_credentials")
		app.Get("/user/info", kept.Tokens().Access).Want(t, 200, "")

		id, code := codeFor(t, app, "login", byPhone, leaverPhone) // invalidated by the reset, except for the reset itself
		pair := app.Post("/user/login", object{"otpId": id, "otp": code})
		pair.Want(t, 200, "")
		app.Get("/user/info", pair.Tokens().Access).Want(t, 200, "")
		soon(func() bool { return app.Get("/user/info", kept.Tokens().Access).Status == 401 })
		app.Get("/user/info", kept.Tokens().Access).Want(t, 401, "session_ended")
		wantTold(t, app, leaverEmail, 1, "was reset, and all its sessions were ended")
		app.Advance(time.Minute)
		byPassword(app, "username", leaverName, passOne).Want(t, 200, "")
		if _, err := app.Service.Factors.State(t.Context(), user.UserID); err != nil {
			t.Fatal(err)
		}
		if app.Service.Factors.CheckTotp(t.Context(), user.UserID, ann.code(t)) == nil {
			t.Error("the factor is still there")
		}
		as(app, as2(t, app), "POST", path, nil).Want(t, 404, "not_found")
	})
}

// as2 is the access token of the administrator, signed in again.
func as2(t *testing.T, app *kit.App) string {
	t.Helper()
	app.Advance(time.Minute)
	return app.SignIn(phone).Access
}

// A reset is cancelled by a sign-in with the factor, by the user from a session of such a
// sign-in, and by an administrator.
func TestMfaReset_stopped(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, ann, _, path := lost(t, app)
		strong := ""
		for name, stop := range map[string]func(){
			"a sign-in by the factor": func() {
				pair := secondProof(app, firstProof(t, app), ann.code(t))
				pair.Want(t, 200, "")
				strong = pair.Tokens().Access
			},
			"the user": func() {
				pair := secondProof(app, firstProof(t, app), ann.code(t))
				strong = pair.Tokens().Access
				as(app, as2(t, app), "POST", path, nil).Want(t, 200, "")
				call(app, "DELETE", "/user/totp/reset", user.Access, nil).Want(t, 403, "reauthentication_required")
				call(app, "DELETE", "/user/totp/reset", strong, nil).Want(t, 204, "")
				call(app, "DELETE", "/user/totp/reset", strong, nil).Want(t, 404, "not_found")
			},
			"an administrator": func() {
				as(app, as2(t, app), "DELETE", path, nil).Want(t, 204, "")
				as(app, as2(t, app), "DELETE", path, nil).Want(t, 404, "not_found")
			},
		} {
			user = refresh(app, user.Refresh).Tokens()
			as(app, as2(t, app), "POST", path, nil).Want(t, 200, "")
			stop()
			app.Advance(day)
			if resp := byPassword(app, "username", leaverName, passOne); resp.Text("mfaToken") == "" {
				t.Errorf("after %s: %d %s, want mfa_required", name, resp.Status, resp.Body)
			}
			app.Advance(time.Minute)
		}
		app.Await("the event", func() bool {
			return hasEvent(t, app, idOf(app, refresh(app, user.Refresh).Tokens()), "mfa_reset_stopped", "")
		})
	})
}

// Users cannot be reset by themselves or without factors, and a reset needs a fresh proof.
func TestMfaReset_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/mfa/reset", idOf(app, other)), nil).Want(t, 404, "not_found")
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/mfa/reset", idOf(app, admin)), nil).Want(t, 403, "forbidden")
		call(app, "POST", "/admin/users/17/mfa/reset", admin.Access, nil).Want(t, 404, "not_found")
		call(app, "DELETE", "/admin/users/17/mfa/reset", admin.Access, nil).Want(t, 404, "not_found")
	})
}

// Without a waiting time, it takes effect at the next sign-in; if a factor is required, a
// new one is set up there.
func TestMfaReset_atOnce(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := enroll(t, app, leaverName)
		addTotp(t, app, user.UserID)
		if err := app.Service.Signin.ResetMfa(t.Context(), user.UserID); err != nil {
			t.Fatal(err)
		}
		refresh(app, user.Refresh).Want(t, 401, "session_ended")
		app.Advance(day)
		first := byPassword(app, "username", leaverName, passOne)
		wantMethods(t, first, "enroll")
		enrollFirst(t, app, first.Text("mfaToken")).Want(t, 200, "")
	}, "Mfa: {Require: all, Grace: 3600, ResetWait: 0}")
}
