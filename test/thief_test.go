package test

import (
	"testing"
	"time"

	"user-api/test/kit"
)

// A thief has a fresh token of Ann's session. Whatever the thief does, Ann is notified at
// her previous addresses. Once she has ended all sessions, removed foreign data and set a
// new password, nothing of the thief works.
func TestThief(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const mail, his = "ann@example.com", "thief@example.net"
		ann := app.SignIn(phone)
		bindAddress(t, app, ann, byEmail, mail)
		app.Advance(2 * time.Minute)
		atPhone, atMail := len(notices(t, app, phone, 1)), len(notices(t, app, mail, 0))
		stolen := app.SignIn(phone) // the stolen token
		told := func() {
			t.Helper()
			atPhone, atMail = atPhone+1, atMail+1
			notices(t, app, phone, atPhone)
			notices(t, app, mail, atMail)
		}

		call(app, "POST", "/user/password", stolen.Access, object{"newPassword": passTwo}).Want(t, 204, "")
		told()
		bindAddress(t, app, stolen, byEmail, his) // replaces Ann's
		told()
		app.Advance(2 * time.Minute)
		mine, mineCode := codeFor(t, app, "login", byEmail, his)
		byCode := app.Post("/user/login", object{"otpId": mine, "otp": mineCode})
		byCode.Want(t, 200, "")
		app.Advance(2 * time.Minute)
		open, openCode := codeFor(t, app, "reset", byEmail, his)
		bind, bindCode := codeBy(t, app, "/user/phone/otp", stolen.Access, "+919876543499", object{"phone": "+919876543499"})

		// Ann, who has her phone.
		app.Advance(time.Minute)
		ann = app.SignIn(phone)
		call(app, "DELETE", "/user/sessions", ann.Access, nil).Want(t, 204, "")
		removal(app, ann.Access, byEmail).Want(t, 200, "")
		app.Advance(2 * time.Minute)
		id, code := codeFor(t, app, "reset", byPhone, phone)
		app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 204, "")

		for name, tokens := range map[string]kit.Tokens{"the stolen session": stolen, "his own sign-in": byCode.Tokens()} {
			if got := app.Get("/user/info", tokens.Access).Status; got != 401 {
				t.Errorf("%s: info %d, want 401", name, got)
			}
			if got := refresh(app, tokens.Refresh).Status; got != 401 {
				t.Errorf("%s: refresh %d, want 401", name, got)
			}
		}
		byPassword(app, byPhone, phone, passTwo).Want(t, 401, "invalid_credentials")
		byPassword(app, byEmail, his, passTwo).Want(t, 401, "invalid_credentials")
		app.Post("/user/password/reset", object{"otpId": open, "otp": openCode, "newPassword": passTwo}).Want(t, 401, "otp_invalid")
		if got := call(app, "POST", "/user/phone/verify", stolen.Access, object{"otpId": bind, "otp": bindCode}).Status; got != 401 {
			t.Errorf("his open code for another number: %d, want 401", got)
		}
		app.Advance(2 * time.Minute)
		ask := app.Post("/user/otp", object{"email": his, "purpose": "reset"})
		ask.Want(t, 200, "") // it belongs to nobody, and looks like any other
		byPassword(app, byPhone, phone, passOne).Want(t, 200, "")
	})
}
