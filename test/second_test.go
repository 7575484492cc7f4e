package test

import (
	"fmt"
	"testing"
	"time"

	"user-api/test/kit"
)

const halfAYear = 181 * 24 * time.Hour

func wantMethods(t *testing.T, resp kit.Response, want ...string) {
	t.Helper()
	resp.Want(t, 401, "mfa_required")
	if got := resp.Header.Get("WWW-Authenticate"); got != `Bearer error="insufficient_user_authentication"` {
		t.Errorf("WWW-Authenticate %q", got)
	}
	var methods []string
	list, _ := resp.JSON["methods"].([]any)
	for _, m := range list {
		methods = append(methods, m.(string))
	}
	if fmt.Sprint(methods) != fmt.Sprint(want) {
		t.Errorf("methods %v, want %v", methods, want)
	}
}

// A number of an account unused for long may belong to another person by now: a code to it
// needs a second proof, and is not used up without one.
func TestDormant(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enrollLeaver(t, app)
		bareNumber := "+919876543478"
		app.SignIn(bareNumber)
		app.Advance(halfAYear)

		id, code := codeFor(t, app, "login", byPhone, leaverPhone)
		login := object{"otpId": id, "otp": code}
		wantMethods(t, app.Post("/user/login", login), "password", "email")
		login["secondPassword"] = passTwo
		app.Post("/user/login", login).Want(t, 401, "invalid_credentials")
		delete(login, "secondPassword")
		login["secondOtpId"], login["secondOtp"] = id, code // the same code is no second proof
		if resp := app.Post("/user/login", login); resp.Status != 401 {
			t.Errorf("the same code twice: %d %s", resp.Status, resp.Body)
		}
		app.Advance(time.Minute)
		id, code = codeFor(t, app, "login", byPhone, leaverPhone)
		second, secondCode := codeFor(t, app, "login", byEmail, leaverEmail)
		app.Post("/user/login", object{"otpId": id, "otp": code, "secondOtpId": second, "secondOtp": secondCode}).Want(t, 200, "")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")

		app.Advance(2 * time.Minute) // now it is in use again
		id, code = codeFor(t, app, "login", byPhone, leaverPhone)
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")

		id, code = codeFor(t, app, "login", byPhone, bareNumber) // no other proof is available
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
	})
}

func TestDormant_byPassword(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enrollLeaver(t, app)
		app.Advance(halfAYear)
		id, code := codeFor(t, app, "reset", byPhone, leaverPhone)
		wantMethods(t, app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}), "email")
		byEmailID, byEmailCode := codeFor(t, app, "login", byEmail, leaverEmail)
		app.Post("/user/login", object{"otpId": byEmailID, "otp": byEmailCode}).Want(t, 200, "") // mailboxes are not reassigned
		app.Advance(halfAYear)
		id, code = codeFor(t, app, "login", byPhone, leaverPhone)
		app.Post("/user/login", object{"otpId": id, "otp": code, "secondPassword": passOne}).Want(t, 200, "")
	})
}

func TestReset_both(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enrollLeaver(t, app)
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "reset", byEmail, leaverEmail)
		reset := object{"otpId": id, "otp": code, "newPassword": passTwo}
		wantMethods(t, app.Post("/user/password/reset", reset), "phone")
		byPassword(app, "username", leaverName, passOne).Want(t, 200, "")
		second, secondCode := codeFor(t, app, "reset", byPhone, leaverPhone)
		reset["secondOtpId"], reset["secondOtp"] = second, secondCode
		app.Post("/user/password/reset", reset).Want(t, 204, "")
		byPassword(app, "username", leaverName, passTwo).Want(t, 200, "")
	}, kit.Option("Reset: {Both: require}"))
}

// A delayed reset changes nothing for a day; then only the new password works. Changing the
// password cancels it.
func TestReset_delay(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enrollLeaver(t, app)
		for _, stopped := range []bool{true, false} {
			app.Advance(2 * time.Minute)
			id, code := codeFor(t, app, "reset", byPhone, leaverPhone)
			app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}).Want(t, 204, "")
			byPassword(app, "username", leaverName, passTwo).Want(t, 401, "invalid_credentials")
			ann = byPassword(app, "username", leaverName, passOne).Tokens()
			if stopped {
				call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passOne + "!"}).Want(t, 204, "")
				call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne + "!", "newPassword": passOne}).Want(t, 204, "")
			}
			app.Advance(24 * time.Hour)
			right, wrong := passTwo, passOne
			if stopped {
				right, wrong = passOne, passTwo
			}
			byPassword(app, "username", leaverName, wrong).Want(t, 401, "invalid_credentials")
			byPassword(app, "username", leaverName, right).Want(t, 200, "")
		}
		refresh(app, ann.Refresh).Want(t, 401, "session_ended")
	}, kit.Option("Reset: {Both: delay}"))
}
