package test

import (
	"fmt"
	"testing"
	"time"

	"user-api/test/kit"
)

// Open codes of all purposes, for both addresses of a user, are void once the user's
// credentials have changed or the user was signed out everywhere; codes requested
// afterwards work.
func TestProofs_end(t *testing.T) {
	deeds := map[string]func(*testing.T, *kit.App, kit.Tokens, kit.Tokens){
		"a changed password": func(t *testing.T, app *kit.App, ann, _ kit.Tokens) {
			call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passTwo}).Want(t, 204, "")
		},
		"a reset password": func(t *testing.T, app *kit.App, _, _ kit.Tokens) {
			app.Advance(61 * time.Second)
			id, code := codeFor(t, app, "reset", byEmail, leaverEmail)
			app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}).Want(t, 204, "")
		},
		"a replaced address": func(t *testing.T, app *kit.App, ann, _ kit.Tokens) {
			bindAddress(t, app, ann, byEmail, "ann.new@example.com")
		},
		"a ban": func(t *testing.T, app *kit.App, ann, admin kit.Tokens) {
			path := fmt.Sprintf("/admin/users/%d/", idOf(app, ann))
			call(app, "POST", path+"ban", admin.Access, object{"reason": "test"}).Want(t, 204, "")
			call(app, "POST", path+"unban", admin.Access, nil).Want(t, 204, "")
		},
		"a sign-out everywhere": func(t *testing.T, app *kit.App, ann, _ kit.Tokens) {
			call(app, "DELETE", "/user/sessions", ann.Access, nil).Want(t, 204, "")
		},
		"a sign-out everywhere by an administrator": func(t *testing.T, app *kit.App, ann, admin kit.Tokens) {
			call(app, "DELETE", fmt.Sprintf("/admin/users/%d/sessions", idOf(app, ann)), admin.Access, nil).Want(t, 204, "")
		},
	}
	for name, deed := range deeds {
		t.Run(name, func(t *testing.T) {
			kit.Each(t, func(t *testing.T, app *kit.App) {
				ann := enrollLeaver(t, app)
				admin, _ := asAdmin(t, app)
				app.Advance(2 * time.Minute) // longer than the cooldown
				login, loginCode := codeFor(t, app, "login", byEmail, leaverEmail)
				reset, resetCode := codeFor(t, app, "reset", byPhone, leaverPhone)
				bind, bindCode := codeBy(t, app, "/user/phone/otp", ann.Access, "+919876543499", object{"phone": "+919876543499"})
				deed(t, app, ann, admin)
				app.Post("/user/login", object{"otpId": login, "otp": loginCode}).Want(t, 401, "otp_invalid")
				app.Post("/user/password/reset", object{"otpId": reset, "otp": resetCode, "newPassword": passTwo}).Want(t, 401, "otp_invalid")
				if verify := call(app, "POST", "/user/phone/verify", ann.Access, object{"otpId": bind, "otp": bindCode}); verify.Status != 401 {
					t.Errorf("the open code for a new number: %d, want 401", verify.Status)
				}
				app.Advance(5 * time.Minute)
				id, code := codeFor(t, app, "login", byPhone, leaverPhone)
				app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
			})
		})
	}
}
