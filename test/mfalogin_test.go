package test

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/internal/apperr"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/test/kit"
)

// authenticator is the app of a user, set up and confirmed.
type authenticator struct {
	app    *kit.App
	secret string
}

// addTotp sets up an authenticator app for a user, and moves on to the next code.
func addTotp(t *testing.T, app *kit.App, userID int64) authenticator {
	t.Helper()
	made, err := app.Service.Factors.Enrol(t.Context(), userID, "ann")
	if err != nil {
		t.Fatal(err)
	}
	a := authenticator{app, made.Secret}
	if err := app.Service.Factors.Confirm(t.Context(), userID, a.code(t)); err != nil {
		t.Fatal(err)
	}
	app.Advance(30 * time.Second)
	return a
}

// code is what the app shows now.
func (a authenticator) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.app.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// The first proof of a user with a second factor is answered with a token in its place,
// which opens one session.
func TestMfa_token(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := addTotp(t, app, enrollLeaver(t, app).UserID)
		app.Advance(time.Minute)

		byPassword(app, "username", leaverName, passTwo).Want(t, 401, "invalid_credentials")
		first := byPassword(app, "username", leaverName, passOne)
		wantMethods(t, first, "totp")
		complete := func(token, totp string) (signin.Pair, error) {
			return app.Service.Signin.BySecondFactor(t.Context(), signin.MfaLogin{Token: token, Totp: totp}, session.Device{})
		}
		wantField := func(err error, field string) {
			t.Helper()
			if !apperr.Is(err, apperr.OtpInvalid) || apperr.From(err).Field != field {
				t.Errorf("%v, want otp_invalid of %s", err, field)
			}
		}
		_, err := complete(first.Text("mfaToken"), "000000")
		wantField(err, "totp")
		if _, err := complete(first.Text("mfaToken"), ann.code(t)); err != nil {
			t.Fatal(err)
		}
		app.Advance(time.Minute)
		_, err = complete(first.Text("mfaToken"), ann.code(t))
		wantField(err, "mfaToken")

		id, code := codeFor(t, app, "login", byPhone, leaverPhone)
		login := object{"otpId": id, "otp": code}
		byCode := app.Post("/user/login", login)
		wantMethods(t, byCode, "totp")
		app.Post("/user/login", login).Want(t, 401, "otp_invalid") // the token has its place
		app.Advance(5 * time.Minute)
		_, err = complete(byCode.Text("mfaToken"), ann.code(t))
		wantField(err, "mfaToken")
	})
}
