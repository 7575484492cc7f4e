package test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"user-api/test/faults"
	"user-api/test/kit"
)

// refuseWrites makes the database reject every write with a MySQL error number, until the
// returned function is called.
func refuseWrites(t *testing.T, app *kit.App, number int) (allow func()) {
	t.Helper()
	db := openDB(t, app)
	run := func(statement string) {
		if _, err := db.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, table := range []string{"user", "credential", "token"} {
		for _, what := range []string{"INSERT", "UPDATE", "DELETE"} {
			name := "refuse_" + table + "_" + strings.ToLower(what)
			names = append(names, name)
			run(fmt.Sprintf("CREATE TRIGGER `%s` BEFORE %s ON `%s` FOR EACH ROW "+
				"SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = %d, MESSAGE_TEXT = 'refused'", name, what, table, number))
		}
	}
	return func() {
		for _, name := range names {
			run("DROP TRIGGER `" + name + "`")
		}
	}
}

// joined adds fields to a body.
func joined(body, more object) object {
	maps.Copy(body, more)
	return body
}

// deedsByCode lists the uses of a code: each requests one and returns the request with it
// and its success status.
func deedsByCode() map[string]func(*kit.App, kit.Tokens) (int, kit.Request) {
	const mail = "somebody@example.org"
	asked := func(app *kit.App, r kit.Request, to string) object {
		app.Advance(3 * time.Minute)
		n := len(app.Inbox(to, 0))
		resp := app.Do(r)
		return object{"otpId": resp.Text("otpId"), "otp": app.Inbox(to, n+1)[0]}
	}
	return map[string]func(*kit.App, kit.Tokens) (int, kit.Request){
		"login": func(app *kit.App, _ kit.Tokens) (int, kit.Request) {
			body := asked(app, kit.Request{Method: "POST", Path: "/user/otp", Body: object{"phone": phone}}, phone)
			return 200, kit.Request{Method: "POST", Path: "/user/login", Body: body}
		},
		"sign-up": func(app *kit.App, _ kit.Tokens) (int, kit.Request) {
			body := asked(app, kit.Request{Method: "POST", Path: "/user/otp", Body: object{"phone": clean}}, clean)
			return 200, kit.Request{Method: "POST", Path: "/user/login", Body: body}
		},
		"reset": func(app *kit.App, _ kit.Tokens) (int, kit.Request) {
			body := asked(app, kit.Request{Method: "POST", Path: "/user/otp", Body: object{"phone": phone, "purpose": "reset"}}, phone)
			return 204, kit.Request{Method: "POST", Path: "/user/password/reset", Body: joined(body, object{"newPassword": passTwo})}
		},
		"bind": func(app *kit.App, tokens kit.Tokens) (int, kit.Request) {
			body := asked(app, kit.Request{Method: "POST", Path: "/user/email/otp", Bearer: tokens.Access, Body: object{"email": mail}}, mail)
			return 200, kit.Request{Method: "POST", Path: "/user/email/verify", Bearer: tokens.Access, Body: body}
		},
		"delete": func(app *kit.App, tokens kit.Tokens) (int, kit.Request) {
			body := asked(app, kit.Request{Method: "POST", Path: "/user/otp", Body: object{"phone": phone, "purpose": "delete"}}, phone)
			return 204, kit.Request{Method: http.MethodDelete, Path: "/user", Bearer: tokens.Access, Body: body}
		},
	}
}

// A correct code whose request fails because of a store works again: 503 first, and success
// once the store is back, as soon as Retry-After says.
func TestTryAgain_rightCode(t *testing.T) {
	deeds := deedsByCode()
	states := map[string]func(*kit.App) func(){
		"read-only": func(app *kit.App) func() { return refuseWrites(t, app, 1290) },
		"full":      func(app *kit.App) func() { return refuseWrites(t, app, 1114) },
		"hung": func(app *kit.App) func() {
			app.DBLine.Stall()
			return func() { app.DBLine.Restore(t) }
		},
	}
	for fault, fail := range states {
		t.Run(fault, func(t *testing.T) {
			app := kit.New(t, kit.Real, kit.ShippedTimes, "Timeout: 2\nRateLimit: {Send: {Address: 1000/3600, Email: 1000/3600}}")
			tokens := app.SignIn(phone)
			for what, prepare := range deeds {
				if what == "delete" || fault == "hung" && what != "login" && what != "reset" {
					continue // the last one; and waiting for each time limit takes long
				}
				tryAgain(t, app, what, tokens, prepare, fail)
				app.Advance(3 * time.Minute)
				tokens = app.SignIn(phone) // a reset has ended the session
			}
			tryAgain(t, app, "delete", tokens, deeds["delete"], fail)
		})
	}
}

func tryAgain(t *testing.T, app *kit.App, what string, tokens kit.Tokens, prepare func(*kit.App, kit.Tokens) (int, kit.Request), fail func(*kit.App) func()) {
	t.Helper()
	want, request := prepare(app, tokens)
	heal := fail(app)
	refused := within(t, 3*time.Second, func() kit.Response { return app.Do(request) })
	heal()
	if refused.Status != 503 || refused.Number("retryAfter") < 1 {
		t.Errorf("%s: %d %s, want 503 and when to try again", what, refused.Status, refused.Body)
	}
	app.Await("the database", func() bool {
		return app.Do(kit.Request{Method: "GET", Path: "/user/sessions", Bearer: tokens.Access}).Status != 503
	})
	if resp := app.Do(request); resp.Status != want {
		t.Errorf("%s, repeated with the same code: %d %s, want %d", what, resp.Status, resp.Body, want)
	}
	if resp := app.Do(request); resp.Status != 401 {
		t.Errorf("%s, a third time: %d %s, want 401", what, resp.Status, resp.Body)
	}
}

// If a request with a correct code took effect but the database's reply was lost, the code
// works once more: the answer reports success, and nothing is done twice.
func TestTryAgain_lostAnswer(t *testing.T) {
	var proxy *faults.MySQL
	app := kit.Behind(t, func(s kit.Stores) kit.Stores {
		conf, err := mysql.ParseDSN(s.DataSource)
		if err != nil {
			t.Fatal(err)
		}
		proxy = faults.NewMySQL(t, conf.Addr)
		conf.Addr = proxy.Addr()
		s.DataSource = conf.FormatDSN()
		return s
	}, "Timeout: 2", "RateLimit: {Send: {Address: 1000/3600, Email: 1000/3600}}")
	lose := func(*kit.App) func() {
		proxy.Set(faults.LostAnswer)
		return proxy.Clear
	}
	deeds := deedsByCode()
	tokens := app.SignIn(phone)
	for _, what := range []string{"login", "sign-up", "bind", "reset"} {
		tryAgain(t, app, what, tokens, deeds[what], lose)
		app.Advance(3 * time.Minute)
		tokens = app.SignIn(phone)
	}
	app.Do(kit.Request{Method: "POST", Path: "/user/login", Body: object{"phone": phone, "password": passTwo}}).Want(t, 200, "")

	// The code was accepted once more, with another password.
	_, request := deeds["reset"](app, tokens)
	heal := lose(app)
	app.Do(request).Want(t, 503, "unavailable")
	heal()
	request.Body = joined(request.Body.(object), object{"newPassword": passOne})
	app.Do(request).Want(t, 401, "otp_invalid")
	app.Do(kit.Request{Method: "POST", Path: "/user/login", Body: object{"phone": phone, "password": passTwo}}).Want(t, 200, "")

	// A deleted account is visible by the end of the session.
	app.Advance(3 * time.Minute)
	tokens = app.SignIn(phone)
	_, request = deeds["delete"](app, tokens)
	heal = lose(app)
	app.Do(request).Want(t, 503, "unavailable")
	heal()
	app.Await("the end of the session", func() bool { return app.Do(request).Text("code") == "session_ended" })
}

// A request whose message cannot be queued leaves no trace: the next one is served
// immediately, up to the full limits.
func TestTryAgain_unqueuedAsk(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	ctx := t.Context()
	tokens := app.SignIn(phone)
	app.Advance(3 * time.Minute)
	const mail = "somebody@example.org"
	older, code := app.AskCode(phone)
	app.Advance(3 * time.Minute)
	keys := func(pattern string) {
		t.Helper()
		if err := app.Redis.Client.Do(ctx, "ACL", "SETUSER", "default", "resetkeys", pattern).Err(); err != nil {
			t.Fatal(err)
		}
	}
	requests := map[string]kit.Request{
		"ask":    {Method: "POST", Path: "/user/otp", Body: object{"phone": phone}},
		"first":  {Method: "POST", Path: "/user/otp", Body: object{"phone": clean}},
		"reset":  {Method: "POST", Path: "/user/otp", Body: object{"phone": phone, "purpose": "reset"}},
		"resend": {Method: "POST", Path: "/user/otp", Body: object{"otpId": older}},
		"bind":   {Method: "POST", Path: "/user/email/otp", Bearer: tokens.Access, Body: object{"email": mail}},
	}
	keys("~ua:*")  // the queue has other keys
	for range 12 { // more than a day's limit of an address
		for what, request := range requests {
			if resp := app.Do(request); resp.Status != 503 || resp.Number("retryAfter") < 1 {
				t.Errorf("%s that cannot be queued: %d %s, want 503", what, resp.Status, resp.Body)
			}
		}
	}
	keys("~*")
	app.Post("/user/login", object{"otpId": older, "otp": code}).Want(t, 200, "")
	delete(requests, "resend") // that code is used
	delete(requests, "reset")  // the same address: one of them has the cooldown
	for what, request := range requests {
		if resp := app.Do(request); resp.Status != 200 {
			t.Errorf("%s, once the queue is back: %d %s, want 200", what, resp.Status, resp.Body)
		}
	}
	if n := len(app.Inbox(clean, 1)); n != 1 {
		t.Errorf("%d messages to a number that was requested 13 times, want 1", n)
	}
}

// Charges for an answer of 503 are refunded: a client that retries as told is not refused
// for them.
func TestTryAgain_nothingIsCharged(t *testing.T) {
	t.Parallel()
	const few kit.Option = `
RateLimit:
  User: {Rename: 3/3600, Acts: 3/600}
  Register: {Client: 3/3600}
  Refresh: {Client: 3/60}
  Password: {Account: 3/900, Client: 3/3600, Attempts: 3/3600}
`
	app := kit.New(t, kit.Real, few)
	tokens := app.SignIn(phone)
	app.Do(kit.Request{Method: "POST", Path: "/user/password", Bearer: tokens.Access, Body: object{"newPassword": passOne}}).Want(t, 204, "")
	act := func(method, path string, body any) kit.Request {
		return kit.Request{Method: method, Path: path, Bearer: tokens.Access, Body: body}
	}
	writes := map[string]kit.Request{
		"login":    {Method: "POST", Path: "/user/login", Body: object{"phone": phone, "password": passOne}},
		"register": {Method: "POST", Path: "/user/register", Body: object{"username": "somebody", "password": passOne}},
		"refresh":  {Method: "POST", Path: "/user/refresh", Body: object{"refreshToken": tokens.Refresh}},
		"rename":   act("PATCH", "/user/info", object{"username": "another"}),
		"password": act("POST", "/user/password", object{"oldPassword": passOne, "newPassword": passTwo}),
		"sessions": act("DELETE", "/user/sessions", nil),
		"delete":   act("DELETE", "/user", object{"password": passOne}),
	}
	fail := func(requests map[string]kit.Request) {
		t.Helper()
		for range 5 {
			for what, request := range requests {
				if resp := app.Do(request); resp.Status != 503 || resp.Number("retryAfter") < 1 {
					t.Errorf("%s: %d %s, want 503 and when to try again", what, resp.Status, resp.Body)
				}
			}
			app.Advance(time.Second) // a refusal is cached
		}
	}
	allow := refuseWrites(t, app, 1290)
	fail(writes)
	allow()
	app.DBLine.Cut()
	fail(map[string]kit.Request{"export": act("GET", "/user/export", nil), "refresh": writes["refresh"]})
	app.DBLine.Restore(t)
	app.Await("the database", func() bool { return app.Do(act("GET", "/user/sessions", nil)).Status == 200 })
	for _, what := range []string{"register", "rename", "login", "refresh"} {
		// Reads are served again a moment before writes.
		if resp := patient(t, app, writes[what]); resp.Status != 200 {
			t.Errorf("%s, once the database is back: %d %s, want 200", what, resp.Status, resp.Body)
		}
	}
	app.Do(act("GET", "/user/export", nil)).Want(t, 200, "")
	app.Do(writes["password"]).Want(t, 204, "")
}
