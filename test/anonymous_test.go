package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/internal/client"
	"user-api/internal/config"
	"user-api/test/kit"
)

// anonymousOn enables anonymous users with the shortest lifetime.
const anonymousOn kit.Option = "Accounts: {Anonymous: true, AnonymousLife: 3600}"

// nobody creates an anonymous user.
func nobody(t *testing.T, app *kit.App) kit.Tokens {
	t.Helper()
	resp := app.Post("/user/anonymous", object{})
	resp.Want(t, 200, "")
	tokens := resp.Tokens()
	tokens.UserID = idOf(app, tokens)
	return tokens
}

// wantAnonymous checks whether GET /user/info reports the user as anonymous.
func wantAnonymous(t *testing.T, app *kit.App, tokens kit.Tokens, want bool) {
	t.Helper()
	info := app.Get("/user/info", tokens.Access)
	info.Want(t, 200, "")
	if got, told := info.JSON["anonymous"]; got == true != want || told != want || info.Number("id") != tokens.UserID {
		t.Errorf("user %d gets %s, want anonymous %t", tokens.UserID, info.Body, want)
	}
}

// upgrades lists the ways to add a name and a proof.
var upgrades = map[string]func(*testing.T, *kit.App, kit.Tokens){
	"phone": func(t *testing.T, app *kit.App, who kit.Tokens) { bindAddress(t, app, who, byPhone, stranger1) },
	"email": func(t *testing.T, app *kit.App, who kit.Tokens) {
		bindAddress(t, app, who, byEmail, "ann@example.com")
	},
	"passkey": func(t *testing.T, app *kit.App, who kit.Tokens) { addPasskey(t, app, who, newKey()) },
	"username and password": func(t *testing.T, app *kit.App, who kit.Tokens) {
		call(app, http.MethodPatch, "/user/info", who.Access, object{"username": "ann.of.late"}).Want(t, 200, "")
		wantAnonymous(t, app, who, true)
		call(app, http.MethodPost, "/user/password", who.Access, object{"newPassword": passOne}).Want(t, 204, "")
	},
	"password and username": func(t *testing.T, app *kit.App, who kit.Tokens) {
		call(app, http.MethodPost, "/user/password", who.Access, object{"newPassword": passOne}).Want(t, 204, "")
		wantAnonymous(t, app, who, true)
		call(app, http.MethodPatch, "/user/info", who.Access, object{"username": "ann.at.last"}).Want(t, 200, "")
	},
}

// An anonymous user becomes a regular one with the first way to sign in, long after it was
// created, and keeps id, session and metadata. One event reports it, and the user no longer
// expires.
func TestAnonymous_upgrade(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		done := 0
		for way, upgrade := range upgrades {
			who := nobody(t, app)
			if !who.IsNew {
				t.Error("isNewUser is false")
			}
			call(app, http.MethodPatch, "/user/info", who.Access, object{"metadata": object{"cart": 7}}).Want(t, 200, "")
			wantAnonymous(t, app, who, true)
			session := sessionOf(app, who)
			app.Advance(14 * time.Minute) // the sign-in is not recent
			upgrade(t, app, who)
			wantAnonymous(t, app, who, false)
			info := app.Get("/user/info", who.Access)
			if sessionOf(app, who) != session || !strings.Contains(string(info.Body), `"cart":7`) {
				t.Errorf("after %s: %s", way, info.Body)
			}
			done++
			if n := eventsAfter(t, app, "anonymous_upgraded", done); n != done {
				t.Errorf("after %s: %d events anonymous_upgraded, want %d", way, n, done)
			}
			app.Advance(2 * time.Hour)
			if n, err := app.Service.Signin.PurgeAnonymous(t.Context()); n != 0 || err != nil {
				t.Errorf("after %s: %d users are purged, %v", way, n, err)
			}
			refresh(app, who.Refresh).Want(t, 200, "")
		}
		if n := events(t, app, "anonymous_created"); n != done {
			t.Errorf("%d events anonymous_created, want %d", n, done)
		}
	}, anonymousOn, passkeyDomain)
}

// A provider account is a way to sign in, too.
func TestAnonymous_link(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		who := nobody(t, s.App)
		s.Advance(14 * time.Minute)
		s.joins(who, "ann-at-google-1", annVerified).Want(t, 200, "")
		wantAnonymous(t, s.App, who, false)
		if n := eventsAfter(t, s.App, "anonymous_upgraded", 1); n != 1 {
			t.Errorf("%d events anonymous_upgraded", n)
		}
		login := s.by("ann-at-google-1", annVerified)
		if login.Want(t, 200, ""); s.user(login.Tokens()) != who.UserID {
			t.Error("the link belongs to another user")
		}
	}, anonymousOn)
}

// eventsAfter waits until there are n events.
func eventsAfter(t *testing.T, app *kit.App, kind string, n int) (got int) {
	t.Helper()
	app.Await(fmt.Sprint(n, " events ", kind), func() bool { got = events(t, app, kind); return got >= n })
	return got
}

// Anonymous users exist only if they are enabled and sign-up is open, and, if a captcha is
// required, after it is solved.
func TestAnonymous_mayNot(t *testing.T) {
	t.Parallel()
	for code, options := range map[string][]kit.Option{
		"not_found": nil,
		"forbidden": {"Accounts: {Anonymous: true, SignUp: closed}"},
	} {
		app := kit.New(t, kit.Embedded, options...)
		app.Post("/user/anonymous", object{}).Want(t, map[string]int{"not_found": 404, "forbidden": 403}[code], code)
	}
	app := kit.New(t, kit.Embedded, "Accounts: {Anonymous: true, SignUp: invite}")
	app.Post("/user/anonymous", object{}).Want(t, 403, "forbidden")

	p := captchatest.New(t, captcha.Turnstile)
	app = kit.New(t, kit.Embedded, "Accounts: {Anonymous: true, AnonymousCaptcha: true}", withCaptcha(p, captcha.Turnstile, ""),
		"RateLimit: {Register: {Client: 2/3600}}")
	demand := app.Post("/user/anonymous", object{})
	demand.Want(t, 403, "captcha_required")
	if demand.Text("captcha") != captcha.Turnstile {
		t.Errorf("the demand %s", demand.Body)
	}
	app.Post("/user/anonymous", object{"captcha": p.Earn("login")}).Want(t, 403, "captcha_required")
	for range 2 {
		app.Post("/user/anonymous", object{"captcha": p.Earn("anonymous")}).Want(t, 200, "")
	}
	app.Post("/user/anonymous", object{"captcha": p.Earn("anonymous")}).Want(t, 429, "rate_limited")
	asked := len(p.Asked())
	app.Post("/user/anonymous", object{"captcha": p.Earn("anonymous")}).Want(t, 429, "rate_limited")
	if len(p.Asked()) != asked {
		t.Error("the captcha provider is asked about a rate-limited request")
	}
}

// Anonymous users have fewer rights, and they can delete their account.
func TestAnonymous_limits(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		who, named := nobody(t, app), app.SignIn(stranger2)
		m := app.Machine("support", client.UsersRead, client.UsersWrite)
		path := fmt.Sprint("/admin/users/", who.UserID)
		app.Do(kit.Request{Method: http.MethodPut, Path: path + "/role", Body: object{"role": "admin"}, Header: m.Basic()}).Want(t, 403, "forbidden")
		shop := newApp(t, app, "shop", true, "https://shop.example.com/back")
		shop.agrees(who.Access, shop.asks(nil)).Want(t, 403, "forbidden")
		wantAlive(t, []*kit.App{app}, who)

		for query, want := range map[string]bool{"": true, "?status=anonymous": true, "?status=active": true, "?status=banned": false} {
			list := app.Do(kit.Request{Method: http.MethodGet, Path: "/admin/users" + query, Header: m.Basic()})
			list.Want(t, 200, "")
			if got := strings.Contains(string(list.Body), `"anonymous":true`); got != want {
				t.Errorf("%q finds an anonymous user: %t, %s", query, got, list.Body)
			}
			if query == "?status=anonymous" && strings.Contains(string(list.Body), stranger2) {
				t.Errorf("%q finds other users: %s", query, list.Body)
			}
		}
		call(app, http.MethodDelete, "/user", named.Access, object{}).Want(t, 400, "invalid_request")
		call(app, http.MethodDelete, "/user", who.Access, object{}).Want(t, 204, "")
		wantEnded(t, []*kit.App{app}, who)
		app.Do(kit.Request{Method: http.MethodGet, Path: path, Header: m.Basic()}).Want(t, 404, "not_found")
	}, anonymousOn, withIssuer)
}

// Of concurrent requests with one key, one creates a user and the others get the same
// tokens.
func TestAnonymous_idempotent(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		users := map[string]bool{}
		for _, answer := range atOnce(t, app, 12, func(int) kit.Request {
			return withKey(post("/user/anonymous", object{}), "8e03978e-40d5-43dd-bc93-6894a57f9324")
		}) {
			answer.Want(t, 200, "")
			users[answer.Text("accessToken")] = true
		}
		if len(users) != 1 {
			t.Errorf("%d users for one key", len(users))
		}
	}, anonymousOn)
}

// A client cannot create more anonymous users than the registration limit allows.
func TestAnonymous_flood(t *testing.T) {
	const calls = 10_000
	conf, err := config.Parse([]byte("Mode: dev"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		given := map[int]int{}
		for _, answer := range atOnce(t, app, calls, func(int) kit.Request { return post("/user/anonymous", object{}) }) {
			given[answer.Status]++
		}
		var rows int
		if err := openStores(t, app).db.QueryRow("SELECT COUNT(*) FROM `user`").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		if rows != given[200] || rows == 0 || rows > 10 || given[429] != calls-rows {
			t.Errorf("%d users, answers %v", rows, given)
		}
	}, anonymousOn, kit.Option(fmt.Sprintf("RateLimit: {Register: {Client: %s}}", conf.RateLimit.Register.Client)))
}
