package test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// The notices that each address of an account gets. None contains a code, a digit of an
// address, or the new name.
func TestNotices(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const old, fresh = "ann@example.com", "thief@example.net"
		ann := enroll(t, app, "ann")
		bindAddress(t, app, ann, byPhone, phone)
		notices(t, app, phone, 1)
		bindAddress(t, app, ann, byEmail, old)
		wantTold(t, app, phone, 2, "An e-mail address was added")

		call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passTwo}).Want(t, 204, "")
		wantTold(t, app, phone, 3, "password of your user-api account was changed")
		wantTold(t, app, old, 1, "password of your user-api account was changed")

		app.Advance(time.Minute)
		id, code := codeFor(t, app, "reset", byPhone, phone)
		app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 204, "")
		wantTold(t, app, phone, 4, "was reset. Not you? Reset it again with this number")
		wantTold(t, app, old, 2, "was reset, and all its sessions were ended")

		bindAddress(t, app, byPassword(app, "username", "ann", passOne).Tokens(), byEmail, fresh)
		wantTold(t, app, phone, 5, "The e-mail address of your user-api account was changed")
		wantTold(t, app, old, 3, "this one no longer belongs to it")
		notices(t, app, fresh, 0)

		digits := regexp.MustCompile(`[0-9]`)
		for address, n := range map[string]int{phone: 5, old: 3} {
			for _, body := range notices(t, app, address, n) {
				if digits.MatchString(body) || strings.Contains(body, "@") || strings.Contains(body, "ann") {
					t.Errorf("a code, an address or a name in:\n%s", body)
				}
			}
		}
	})
}

func wantTold(t *testing.T, app *kit.App, address string, n int, text string) {
	t.Helper()
	if told := notices(t, app, address, n)[0]; !strings.Contains(told, text) {
		t.Errorf("%s gets %q, want %q", address, told, text)
	}
}

// An address gets notices of password changes up to the limit, and the next other notice is
// still sent. The timeline shows the drop.
func TestNotices_limit(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, "Notices: {PerAddress: 4/86400}")
	admin, _ := asAdmin(t, app)
	ann := enroll(t, app, "ann")
	bindAddress(t, app, ann, byEmail, "ann@example.com") // an urgent notice
	for i := range 5 {
		passwords := []string{passOne, passTwo}
		call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passwords[i%2], "newPassword": passwords[1-i%2]}).Want(t, 204, "")
	}
	notices(t, app, "ann@example.com", 3)
	app.Advance(time.Minute)
	id, code := codeFor(t, app, "reset", byEmail, "ann@example.com")
	app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 204, "")
	wantTold(t, app, "ann@example.com", 4, "was reset")
	var dropped int
	soon(func() bool {
		list, _ := lives(t, app, admin, "to=ann@example.com&limit=50")
		dropped = 0
		for _, life := range list {
			if life == "email: limited(notice)" {
				dropped++
			}
		}
		return dropped == 3
	})
	if dropped != 3 {
		t.Errorf("the timeline has %d dropped notices, want 3", dropped)
	}
}

// Notices from a Redis outage are sent when it is back.
func TestNotices_redis(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	ann := enroll(t, app, "ann")
	bindAddress(t, app, ann, byEmail, "ann@example.com")
	notices(t, app, "ann@example.com", 1)
	app.RedisLine.Cut()
	call(app, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passTwo}).Want(t, 204, "")
	app.RedisLine.Restore(t)
	wantTold(t, app, "ann@example.com", 2, "password of your user-api account was changed")
}

// If enabled, a sign-in from a new network sends a notice.
func TestNotices_newSignIn(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, `Notices: {NewSignIn: true}`, `TrustedProxies: ["127.0.0.1/32"]`)
	ann := enroll(t, app, "ann")
	bindAddress(t, app, ann, byEmail, "ann@example.com")
	told := len(notices(t, app, "ann@example.com", 1))
	from := func(ip string) {
		app.Do(kit.Request{Method: "POST", Path: "/user/login", Body: object{"username": "ann", "password": passOne},
			Header: map[string]string{"X-Forwarded-For": ip}}).Want(t, 200, "")
	}
	from("203.0.113.7")
	told++
	wantTold(t, app, "ann@example.com", told, "from a new network")
	from("203.0.113.99")
	from("198.51.100.1")
	wantTold(t, app, "ann@example.com", told+1, "from a new network")
}

// The message with a code for deleting an account says so, and the code works for nothing
// else.
func TestDelete_purpose(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := app.SignIn(phone)
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "delete", byPhone, phone)
		if got := text(app, phone); !strings.Contains(got, "to delete your account") {
			t.Errorf("the message is %q, want it to say what it is for", got)
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		call(app, "DELETE", "/user", ann.Access, object{"otpId": id, "otp": code}).Want(t, 204, "")
		// A request for an unknown address gets the same answer and sends nothing.
		known, unknown := app.Post("/user/otp", object{"phone": "+919876543510", "purpose": "delete"}), app.Post("/user/otp", object{"phone": "+919876543511", "purpose": "login"})
		if diff := cmp.Diff(known.Status, unknown.Status); diff != "" {
			t.Errorf("answers (-delete +login):\n%s", diff)
		}
		if list := messagesTo(app, "+919876543510"); len(list) != 0 {
			t.Errorf("a message to an unknown address: %v", list)
		}
	})
}

// Notices are in the language of the last sign-in by code.
func TestNotices_language(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		hangul := regexp.MustCompile(`\p{Hangul}`)
		id, code := codeBy(t, app, "/user/otp", "", phone, object{"phone": phone, "locale": "ko_KR"})
		login := app.Post("/user/login", object{"otpId": id, "otp": code})
		login.Want(t, 200, "")
		call(app, "POST", "/user/password", login.Tokens().Access, object{"newPassword": passOne}).Want(t, 204, "")
		if told := notices(t, app, phone, 1)[0]; !hangul.MatchString(told) {
			t.Errorf("the notice %q, want it in Korean", told)
		}
	})
}
