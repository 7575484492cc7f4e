package test

import (
	"sync"
	"testing"
	"time"

	"user-api/test/kit"
)

func removal(app *kit.App, bearer, kind string) kit.Response {
	if kind == byEmail {
		return call(app, "DELETE", "/user/email", bearer, nil)
	}
	return call(app, "DELETE", "/user/phone", bearer, nil)
}

// A removed address no longer signs in or resets the password. The other sessions end, and
// the session that removed it continues. Repeating the removal has no effect.
func TestRemove(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for kind, address := range map[string]string{byPhone: leaverPhone, byEmail: leaverEmail} {
			ann := enroll(t, app, "ann-"+kind)
			bindAddress(t, app, ann, kind, address)
			other := byPassword(app, kind, address, passOne).Tokens()
			for range 2 {
				after := removal(app, ann.Access, kind)
				after.Want(t, 200, "")
				if after.JSON[kind] != nil || after.Text("username") != "ann-"+kind {
					t.Errorf("after its removal the user is %s", after.Body)
				}
			}
			app.Get("/user/info", other.Access).Want(t, 401, "session_ended")
			app.Get("/user/info", ann.Access).Want(t, 200, "")
			byPassword(app, kind, address, passOne).Want(t, 401, "invalid_credentials")
			byPassword(app, "username", "ann-"+kind, passOne).Want(t, 200, "")
		}
	})
}

// The last way to sign in stays, whichever it is, even with concurrent removals.
func TestRemove_lastWayIn(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		ann := app.SignIn(leaverPhone) // a number and no password
		removal(app, ann.Access, byPhone).Want(t, 409, "last_sign_in_method")
		bindAddress(t, app, ann, byEmail, leaverEmail)
		for range 3 {
			var wait sync.WaitGroup
			for _, kind := range []string{byPhone, byEmail, byPhone, byEmail} {
				wait.Go(func() { removal(app, ann.Access, kind) })
			}
			wait.Wait()
		}
		info := app.Get("/user/info", ann.Access)
		if info.Text("phone") == "" && info.Text("email") == "" {
			t.Errorf("nothing is left: %s", info.Body)
		}
		app.Advance(10*time.Minute + time.Second)
		ann = refresh(app, ann.Refresh).Tokens()
		removal(app, ann.Access, byPhone).Want(t, 403, "reauthentication_required")
	})
}

// If e-mail sign-in is disabled, an e-mail address alone is no way to sign in.
func TestRemove_emailThatDoesNotSignIn(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := app.SignIn(leaverPhone)
		bindAddress(t, app, ann, byEmail, leaverEmail)
		removal(app, ann.Access, byPhone).Want(t, 409, "last_sign_in_method")
		call(app, "POST", "/user/password", ann.Access, object{"newPassword": passOne}).Want(t, 204, "")
		removal(app, ann.Access, byPhone).Want(t, 200, "")
		byPassword(app, byEmail, leaverEmail, passOne).Want(t, 200, "")
	}, kit.Option("Email: {SignIn: false}"))
}
