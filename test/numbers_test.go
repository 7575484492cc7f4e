package test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

// Numbers that were valid when they were registered: one from a plan with a known change,
// and one that no current plan has.
var leftTheirPlan = map[string]numberCase{
	"a plan that changed":                 {"+22997979797", "+22997979797", "+2290197979797"},
	"a plan that changed, as it is now":   {"+22997979797", "01 97 97 97 97", "+2290197979797"},
	"no plan":                             {"+22312345678", "+22312345678", "+22312345678"},
	"a prefix that is no more":            {"+5215512345678", "+525512345678", "+525512345678"},
	"one of two spellings":                {"+541123456789", "+54 9 11 2345-6789", "+5491123456789"},
	"one of two spellings, as it is kept": {"+541123456789", "+54 11 2345-6789", "+541123456789"},
}

// keptAs creates an account with passOne and a number stored as given.
func keptAs(t *testing.T, app *kit.App, name, number string) kit.Tokens {
	t.Helper()
	tokens := enroll(t, app, name)
	const valid = "+919876543244"
	bindAddress(t, app, tokens, byPhone, valid)
	if done, err := app.Service.Accounts.Users.Renumber(t.Context(), tokens.UserID, valid, number); err != nil || !done {
		t.Fatalf("keep %s: %v, %v", number, done, err)
	}
	app.Advance(2 * time.Minute)
	return tokens
}

// codeTo requests a code for a number as typed, and reads it where it is sent.
func codeTo(t *testing.T, app *kit.App, purpose, typed, region, sent string) (otpID, code string) {
	t.Helper()
	app.Advance(3 * time.Minute)
	return codeBy(t, app, "/user/otp", "", sent, object{"phone": typed, "region": region, "purpose": purpose})
}

// region returns the country for a number typed without its country code.
func regionOf(typed string) string {
	if strings.HasPrefix(typed, "+") {
		return "IN"
	}
	return "BJ"
}

// A user whose number is no longer in its plan can sign in and use everything else.
func TestNumbers_leftTheirPlan(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for name, n := range leftTheirPlan {
			t.Run(name, func(t *testing.T) {
				app.Advance(time.Hour)
				signsIn(t, app, n)
			})
		}
	})
}

func signsIn(t *testing.T, app *kit.App, n numberCase) {
	region := regionOf(n.typed)
	byNumber := func(password string) kit.Response {
		return app.Post("/user/login", object{"phone": n.typed, "region": region, "password": password})
	}
	user := keptAs(t, app, "kept", n.kept)
	for _, path := range []string{"/user/info", "/user/export"} {
		if got := app.Get(path, user.Access); !strings.Contains(string(got.Body), `"phone":"`+n.kept+`"`) {
			t.Errorf("%s: %s", path, got.Body)
		}
	}
	id, code := codeTo(t, app, "login", n.typed, region, n.sent)
	login := app.Post("/user/login", object{"otpId": id, "otp": code})
	login.Want(t, 200, "")
	user = login.Tokens()
	if login.JSON["isNewUser"] != false || app.Get("/user/info", user.Access).Text("username") != "kept" {
		t.Fatalf("by code: %s", login.Body)
	}
	byNumber(passOne).Want(t, 200, "")
	app.Post("/user/refresh", object{"refreshToken": user.Refresh}).Want(t, 200, "")
	told := len(messagesTo(app, n.sentKept()))
	bindAddress(t, app, user, byEmail, "kept@example.com")
	app.Await("the notice", func() bool { return len(messagesTo(app, n.sentKept())) > told })

	id, code = codeTo(t, app, "reset", n.typed, region, n.sent)
	told = len(messagesTo(app, n.sentKept()))
	app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}).Want(t, 204, "")
	app.Await("the notice", func() bool { return len(messagesTo(app, n.sentKept())) > told })
	login = byNumber(passTwo)
	login.Want(t, 200, "")
	user = login.Tokens()

	id, code = codeTo(t, app, "delete", n.typed, region, n.sent)
	call(app, "DELETE", "/user", user.Access, object{"otpId": id, "otp": code}).Want(t, 204, "")
	byNumber(passTwo).Want(t, 401, "invalid_credentials")
	if err := app.Service.Signin.ForgetErased(t.Context()); err != nil {
		t.Errorf("what Redis holds of the erased user: %v", err)
	}
}

// numberCase is a number as stored, as its owner types it, and where a code is sent.
type numberCase struct{ kept, typed, sent string }

// sentKept is where a notice to the stored number is sent.
func (n numberCase) sentKept() string {
	if strings.HasPrefix(n.kept, "+54") {
		return n.kept
	}
	return n.sent
}

// Administrators can find these users, read their messages, ban and erase them.
func TestNumbers_leftTheirPlan_admin(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		for name, n := range leftTheirPlan {
			if !strings.HasPrefix(n.typed, "+") {
				continue // is for an app that sends a region
			}
			user := keptAs(t, app, "kept"+fmt.Sprint(len(name)), n.kept)
			id, code := codeTo(t, app, "login", n.typed, "IN", n.sent)
			app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
			for _, q := range []string{n.kept, n.typed} {
				found := as(app, admin.Access, "GET", "/admin/users?q="+url.QueryEscape(q), nil)
				if found.Want(t, 200, ""); !strings.Contains(string(found.Body), n.kept) {
					t.Errorf("%s: the search for %s: %s", name, q, found.Body)
				}
				app.Await("the deliveries to "+q, func() bool {
					list := as(app, admin.Access, "GET", "/admin/deliveries?to="+url.QueryEscape(q), nil)
					return strings.Contains(string(list.Body), `"step":"used"`)
				})
			}
			app.Advance(20 * time.Minute)
			admin = app.SignIn(phone) // changing a user needs a recent sign-in
			path := fmt.Sprint("/admin/users/", user.UserID)
			as(app, admin.Access, "GET", path, nil).Want(t, 200, "")
			as(app, admin.Access, "POST", path+"/ban", object{"reason": "test"}).Want(t, 204, "")
			app.Post("/user/login", object{"phone": n.typed, "password": passOne}).Want(t, 401, "invalid_credentials")
			as(app, admin.Access, "POST", path+"/unban", nil).Want(t, 204, "")
			app.Post("/user/login", object{"phone": n.typed, "password": passOne}).Want(t, 200, "")
			as(app, admin.Access, "DELETE", path, nil).Want(t, 204, "")
			as(app, admin.Access, "GET", path, nil).Want(t, 404, "not_found")
			if err := app.Service.Signin.ForgetErased(t.Context()); err != nil {
				t.Errorf("%s: what Redis holds of the erased user: %v", name, err)
			}
		}
	})
}

// An unknown invalid number is a typing error, and a client that tries many is limited.
func TestNumbers_nobodys(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		keptAs(t, app, "kept", "+22312345678")
		ask := func(number string) kit.Response { return app.Post("/user/otp", object{"phone": number}) }
		for _, number := range []string{"+22312345679", "+1900234567", "+99912345678", "+18005550199"} {
			ask(number).Want(t, 400, "invalid_phone")
		}
		ask("+22312345678").Want(t, 200, "")
		for i := range 5 {
			ask(fmt.Sprint("+2231234500", i)).Want(t, 400, "invalid_phone")
		}
		ask("+22312345011").Want(t, 429, "rate_limited")
		ask("+919876543210").Want(t, 200, "") // a client with a valid number is not affected
	}, "\nRateLimit: {Lookup: {Client: 8/300}}\n")
}

// spelling is a number as typed, and where a code is sent.
type spelling struct{ typed, sent string }

// Both spellings of a number have one account and one limit.
func TestNumbers_spellings(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for name, both := range map[string][2]spelling{
			"Argentina":       {{"+54 9 11 2345-6789", "+5491123456789"}, {"+54 11 15 2345-6789", "+5491123456789"}},
			"Argentina, no 9": {{"+54 11 2345-6780", "+541123456780"}, {"+54 9 11 2345-6780", "+5491123456780"}},
			"Mexico":          {{"+52 1 55 1234 5678", "+525512345678"}, {"+52 55 1234 5678", "+525512345678"}},
			"Benin":           {{"+229 01 97 97 97 97", "+2290197979797"}, {"+229 97 97 97 97", "+2290197979797"}},
		} {
			t.Run(name, func(t *testing.T) { oneAccount(t, app, both) })
		}
	})
}

func oneAccount(t *testing.T, app *kit.App, both [2]spelling) {
	signIn := func(by spelling) int64 {
		id, code := codeBy(t, app, "/user/otp", "", by.sent, object{"phone": by.typed})
		login := app.Post("/user/login", object{"otpId": id, "otp": code})
		login.Want(t, 200, "")
		return idOf(app, login.Tokens())
	}
	id := signIn(both[0])
	wantCooldown(t, app.Post("/user/otp", object{"phone": both[1].typed}))
	app.Advance(2 * time.Minute)
	if again := signIn(both[1]); again != id {
		t.Errorf("the other spelling is user %d, want %d", again, id)
	}
	other := app.SignIn("+9198765432" + both[0].sent[len(both[0].sent)-2:])
	app.Advance(2 * time.Minute)
	otp, code := codeBy(t, app, "/user/phone/otp", other.Access, both[0].sent, object{"phone": both[0].typed})
	prove(app, other, byPhone, otp, code).Want(t, 409, "phone_taken")
}

func wantCooldown(t *testing.T, refused kit.Response) {
	t.Helper()
	if refused.Want(t, 429, "rate_limited"); refused.Text("limit") != "cooldown" {
		t.Errorf("refused by %q, want the cooldown", refused.Text("limit"))
	}
}

// A number stored in the other spelling belongs to no other user.
func TestNumbers_keptSpellingIsTaken(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		keptAs(t, app, "kept", "+5215512345678")
		other := enroll(t, app, "other")
		id, code := codeBy(t, app, "/user/phone/otp", other.Access, "+525512345678", object{"phone": "+52 55 1234 5678"})
		prove(app, other, byPhone, id, code).Want(t, 409, "phone_taken")
	})
}

// A user whose number is no longer in its plan replaces it, and the old number is notified.
func TestNumbers_replaced(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const old, new = "+22312345678", "+919876543266"
		keptAs(t, app, "kept", old)
		user := byPassword(app, "phone", old, passOne).Tokens()
		bindAddress(t, app, user, byPhone, new)
		app.Await("the notice", func() bool { return len(messagesTo(app, old)) == 1 })
		if got := app.Get("/user/info", user.Access).Text("phone"); got != new {
			t.Errorf("the number is %s", got)
		}
		app.Post("/user/otp", object{"phone": old}).Want(t, 400, "invalid_phone") // it belongs to nobody now
	})
}

// Tags and dots mean one mailbox for every limit, but one account per address.
func TestNumbers_mailbox(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ask := func(email string) kit.Response { return app.Post("/user/otp", object{"email": email}) }
		users := map[int64]string{}
		for _, email := range []string{"victim@example.com", "victim+1@example.com"} {
			id, code := codeFor(t, app, "login", byEmail, email)
			wantCooldown(t, ask("victim+2@example.com"))
			login := app.Post("/user/login", object{"otpId": id, "otp": code})
			login.Want(t, 200, "")
			user := idOf(app, login.Tokens())
			if of := users[user]; of != "" {
				t.Errorf("%s and %s are one account", of, email)
			}
			users[user] = email
			app.Advance(3 * time.Minute)
		}
		sent := 2
		for i := range 30 {
			if ask(fmt.Sprintf("victim+%d@example.com", i)).Status == 200 {
				sent++
			}
			app.Advance(3 * time.Minute) // an hour and a half in total
		}
		if sent > 10 { // five an hour
			t.Errorf("%d messages were sent to one mailbox", sent)
		}
		ask("v.ictim@gmail.com").Want(t, 200, "")
		wantCooldown(t, ask("vic.tim+x@googlemail.com"))
		ask("vic.tim@example.com").Want(t, 200, "") // dots are significant elsewhere
	})
}

// Wrong codes for a mailbox lock it under every tag, and no other mailbox.
func TestNumbers_mailboxLocks(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		wrong := func(email string, n int) (last kit.Response) {
			id, code := codeFor(t, app, "login", byEmail, email)
			for range n {
				last = app.Post("/user/login", object{"otpId": id, "otp": "9" + code[:len(code)-1]})
			}
			app.Advance(3 * time.Minute)
			return last
		}
		wrong("victim+1@example.com", 5)
		wrong("victim+2@example.com", 5)
		refused := app.Post("/user/otp", object{"email": "victim+3@example.com"})
		if refused.Want(t, 429, "rate_limited"); refused.Text("limit") != "locked" {
			t.Errorf("refused by %q, want locked", refused.Text("limit"))
		}
		app.Post("/user/otp", object{"email": "victim3@example.com"}).Want(t, 200, "")
	})
}

// The number of e-mails per user and day is limited, whatever the addresses.
func TestNumbers_mailsOfAUser(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, other := enroll(t, app, "eager"), enroll(t, app, "other")
		ask := func(tokens kit.Tokens, i int) kit.Response {
			return call(app, "POST", "/user/email/otp", tokens.Access, object{"email": fmt.Sprintf("victim%d@example.com", i)})
		}
		for i := range 3 {
			ask(user, i).Want(t, 200, "")
		}
		refused := ask(user, 3)
		if refused.Want(t, 429, "rate_limited"); refused.Text("limit") != "mails" || refused.Number("retryAfter") < 80_000 {
			t.Errorf("refused by %q for %d s", refused.Text("limit"), refused.Number("retryAfter"))
		}
		ask(other, 4).Want(t, 200, "")
	}, "\nRateLimit: {User: {Mail: 3/86400}}\n")
}
