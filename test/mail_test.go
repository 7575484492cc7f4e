package test

import (
	"net/http"
	"testing"
	"time"

	"user-api/test/kit"
)

// An address that looks odd signs in, is asked for again and is erased like any other.
func TestMail_oddAddresses(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	for _, email := range []string{"+ann@example.com", "+919876543210@example.com", "a..nn@docomo.ne.jp", "ann.@ezweb.ne.jp"} {
		ask := app.Post("/user/otp", object{"email": email})
		ask.Want(t, http.StatusOK, "")
		code := app.Inbox(email, 1)[0]
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"otpId": ask.Text("otpId")}).Want(t, http.StatusOK, "")
		app.Inbox(email, 2)
		user := app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": code}).Tokens()
		if got := app.Get("/user/info", user.Access); got.Text("email") != email {
			t.Errorf("%s: signed in as %s", email, got.Body)
		}
	}
	for _, email := range []string{"ann@127.0.0.1", "ann@example.123", "ann.@example.com", "ann@[127.0.0.1]"} {
		app.Post("/user/otp", object{"email": email}).Want(t, http.StatusBadRequest, "invalid_email")
	}
}
