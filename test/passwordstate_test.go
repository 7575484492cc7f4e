package test

import (
	"testing"

	"user-api/test/kit"
)

// A user can see whether a password is set, before and after the first one.
func TestPassword_state(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		access := app.SignIn("+919876543210").Access
		before := app.Get("/user/password", access)
		before.Want(t, 200, "")
		if before.JSON["set"] != false || before.JSON["changedAt"] != nil {
			t.Errorf("before it is set: %s", before.Body)
		}
		app.Do(kit.Request{Method: "POST", Path: "/user/password", Bearer: access, Body: object{"newPassword": "correct horse 8 battery"}}).Want(t, 204, "")
		after := app.Get("/user/password", access)
		after.Want(t, 200, "")
		if after.JSON["set"] != true || after.Number("changedAt") != app.Clock.Now().Unix() {
			t.Errorf("after it was set: %s", after.Body)
		}
	})
}
