package test

import (
	"testing"
	"time"

	"user-api/internal/passkey/passkeytest"
	"user-api/test/kit"
)

// A passkey completes only the sign-in that it was requested for; a reset removes it, too.
func TestMfa_passkey(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := enrollLeaver(t, app)
		key := newKey()
		addPasskey(t, app, user, key)
		app.Advance(time.Minute)
		first := func() string {
			answer := byPassword(app, "username", leaverName, passOne)
			wantMethods(t, answer, "passkey")
			return answer.Text("mfaToken")
		}
		signed := func(token string) object {
			options := optionsOf(t, app.Post("/user/login/passkey/options", object{"mfaToken": token}))
			return object{"mfaToken": token, "passkey": key.Get(options, passkeytest.Cheat{})}
		}
		one, other := first(), first()
		moved := signed(one)
		moved["mfaToken"] = other
		wantWrong(t, app.Post("/user/login/mfa", moved), "passkey")
		body := signed(one)
		app.Post("/user/login/mfa", body).Want(t, 200, "")
		wantWrong(t, app.Post("/user/login/mfa", body), "mfaToken")
		app.Post("/user/login/passkey/options", object{"mfaToken": "x"}).Want(t, 401, "otp_invalid")

		if err := app.Service.Signin.ResetMfa(t.Context(), user.UserID); err != nil {
			t.Fatal(err)
		}
		app.Advance(time.Minute)
		byPassword(app, "username", leaverName, passOne).Want(t, 200, "")
	}, passkeyDomain, "Mfa: {Require: all}")
}
