package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/test/kit"
)

// at returns a client in the i-th unknown network.
func at(i int) map[string]string {
	return map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.9", i)}
}

var atHome = map[string]string{"X-Forwarded-For": "192.0.2.9"}

// threeNames creates an account with a username, a phone and a password, signed in from
// home.
func threeNames(t *testing.T, app *kit.App) {
	t.Helper()
	id, code := app.AskCode(phone)
	login := from(app, "/user/login", object{"otpId": id, "otp": code}, atHome)
	login.Want(t, 200, "")
	bearer := login.Tokens().Access
	call(app, "PATCH", "/user/info", bearer, object{"username": "ann"}).Want(t, 200, "")
	call(app, "POST", "/user/password", bearer, object{"newPassword": passOne}).Want(t, 204, "")
}

// wrong tries 90 wrong passwords from 15 networks, with each name in turn, and returns the
// answers.
func wrong(app *kit.App, names ...object) (compared int, told []string) {
	for i := range 90 {
		name := names[i%len(names)]
		resp := from(app, "/user/login", with(name, object{"password": passTwo}), at(i%15))
		if resp.Text("code") == "invalid_credentials" {
			compared++
		}
		told = append(told, alike(resp))
	}
	return compared, told
}

func with(a, b object) object {
	all := object{}
	for _, o := range []object{a, b} {
		for key, value := range o {
			all[key] = value
		}
	}
	return all
}

// Of 90 wrong passwords from 15 networks, 75 are compared, with any name and whether or not
// the account exists, with the same answers. The owner can still sign in from known
// networks, which resets the count for strangers.
func TestPasswordRow(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		threeNames(t, app)
		compared, told := wrong(app, object{"username": "ann"}, object{"phone": phone})
		nobodys, toNobody := wrong(app, object{"username": "nobody"})
		if compared != 75 || nobodys != 75 {
			t.Errorf("%d for ann and %d for an unknown name were compared, want 75", compared, nobodys)
		}
		if diff := cmp.Diff(told, toNobody); diff != "" {
			t.Errorf("the answers for ann and an unknown name differ:\n%s", diff)
		}
		right := object{"username": "ann", "password": passOne}
		refused := from(app, "/user/login", right, at(99))
		if refused.Status != 429 || refused.Text("limit") != "account" {
			t.Errorf("a stranger with the right password: %d %s, want 429 of account", refused.Status, refused.Body)
		}
		from(app, "/user/login", right, atHome).Want(t, 200, "")
		app.Advance(time.Second) // a refusal is cached that long
		from(app, "/user/login", right, at(99)).Want(t, 200, "")
	}, behindProxy)
}

// When strangers are locked out, a code signs the owner in from anywhere, and resets the
// count.
func TestPasswordRow_code(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		threeNames(t, app)
		wrong(app, object{"username": "ann"})
		app.Advance(2 * time.Minute)
		id, code := app.AskCode(phone)
		from(app, "/user/login", object{"otpId": id, "otp": code}, at(99)).Want(t, 200, "")
		from(app, "/user/login", object{"username": "ann", "password": passOne}, at(98)).Want(t, 200, "")
	}, behindProxy)
}

// If a captcha is configured, a client that solves it can continue; the demand is the same
// for an unknown name.
func TestPasswordRow_captcha(t *testing.T) {
	p := captchatest.New(t, captcha.Turnstile)
	kit.Each(t, func(t *testing.T, app *kit.App) {
		threeNames(t, app)
		_, told := wrong(app, object{"username": "ann"})
		_, toNobody := wrong(app, object{"username": "nobody"})
		if diff := cmp.Diff(told, toNobody); diff != "" {
			t.Errorf("the answers for ann and an unknown name differ:\n%s", diff)
		}
		right := object{"username": "ann", "password": passOne}
		demand := from(app, "/user/login", right, at(99))
		demand.Want(t, 403, "captcha_required")
		if demand.Text("siteKey") != captchatest.SiteKey {
			t.Errorf("the demand %s", demand.Body)
		}
		for _, token := range []string{"junk", p.Earn("login")} {
			from(app, "/user/login", with(right, object{"captcha": token}), at(99)).Want(t, 403, "captcha_required")
		}
		from(app, "/user/login", with(right, object{"captcha": p.Earn("password")}), at(99)).Want(t, 200, "")
	}, behindProxy, withCaptcha(p, captcha.Turnstile, ""))
}

// An administrator can unlock an account, and an erased account leaves nothing.
func TestPasswordRow_unban(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		enroll(t, app, "ann")
		user, err := app.Service.Accounts.ByUsername(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		wrong(app, object{"username": "ann"})
		right := object{"username": "ann", "password": passOne}
		from(app, "/user/login", right, at(99)).Want(t, 429, "rate_limited")
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/unban", user.Id), nil).Want(t, 204, "")
		app.Advance(time.Second)
		from(app, "/user/login", right, at(99)).Want(t, 200, "")
	}, behindProxy)
}
