package test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

func TestRegister(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		made := app.Post("/user/register", object{"username": "Ann.Lee-7", "password": passTwo})
		made.Want(t, 200, "")
		if made.Text("username") != "ann.lee-7" || made.Text("role") != "user" || made.Number("id") <= 0 || made.Number("createdAt") != app.Clock.Now().Unix() || len(made.JSON) != 4 {
			t.Errorf("answer %s", made.Body)
		}
		if got := made.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q, want no-store", got)
		}
		for _, name := range []string{"ann.lee-7", "ANN.LEE-7"} {
			login := byPassword(app, "username", name, passTwo)
			login.Want(t, 200, "")
			info := app.Get("/user/info", login.Tokens().Access)
			if login.Tokens().IsNew || info.Number("id") != made.Number("id") || info.Text("username") != "ann.lee-7" {
				t.Errorf("by %s: %t %s, want the existing account of %s", name, login.Tokens().IsNew, info.Body, made.Body)
			}
		}
		// The same password typed on another system, in another Unicode form.
		byPassword(app, "username", "ann.lee-7", strings.NewReplacer("ä", "a\u0308", "ö", "o\u0308", "ü", "u\u0308").Replace(passTwo)).Want(t, 200, "")
		for _, other := range []string{passTwo + " ", " " + passTwo, strings.ToUpper(passTwo)} {
			byPassword(app, "username", "ann.lee-7", other).Want(t, 401, "invalid_credentials")
		}
		again := app.Post("/user/register", object{"username": "aNN.lee-7", "password": passOne})
		wantRefusal(t, "a name that is taken", again, refusal{409, "username_taken", "username"})
		byPassword(app, "username", "ann.lee-7", passOne).Want(t, 401, "invalid_credentials")
		wantUnlogged(t, passOne, passTwo)
	})
}

func TestRegister_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		stores := openStores(t, app)
		before := stores.snapshot()
		for _, c := range []struct {
			name string
			body object
			refusal
		}{
			{"no username", object{"password": passOne}, refusal{400, "invalid_request", "username"}},
			{"two characters", object{"username": "ab", "password": passOne}, refusal{400, "invalid_username", "username"}},
			{"65 characters", object{"username": strings.Repeat("a", 65), "password": passOne}, refusal{400, "invalid_username", "username"}},
			{"a space", object{"username": "ann lee", "password": passOne}, refusal{400, "invalid_username", "username"}},
			{"an e-mail address", object{"username": "ann@example.com", "password": passOne}, refusal{400, "invalid_username", "username"}},
			{"a Kelvin sign", object{"username": "\u212Aelvin", "password": passOne}, refusal{400, "invalid_username", "username"}},
			{"no password", object{"username": "ann"}, refusal{400, "invalid_request", "password"}},
			{"seven characters", object{"username": "ann", "password": "k7#Qm!x"}, refusal{400, "weak_password", "password"}},
			{"129 characters", object{"username": "ann", "password": strings.Repeat("Xk7#", 32) + "!"}, refusal{400, "weak_password", "password"}},
			{"a common one", object{"username": "ann", "password": "PassWord123"}, refusal{400, "weak_password", "password"}},
			{"the username", object{"username": "quokka.fern", "password": "Quokka.Fern"}, refusal{400, "weak_password", "password"}},
			{"a control character", object{"username": "ann", "password": "thistle\tLantern"}, refusal{400, "weak_password", "password"}},
		} {
			wantRefusal(t, c.name, app.Post("/user/register", c.body), c.refusal)
		}
		if after := stores.snapshot(); after != before {
			t.Errorf("refused registrations left\n%s\nwant\n%s", after, before)
		}
		// Valid values at the limits.
		app.Post("/user/register", object{"username": "abc", "password": "k7#Qm!xz"}).Want(t, 200, "")
		app.Post("/user/register", object{"username": strings.Repeat("z", 64), "password": strings.Repeat("Xk7#é", 25) + "end"}).Want(t, 200, "")
	})
}

// Of concurrent registrations of one name, one creates a complete account. Those that find
// the hash queue full get 503.
func TestRegister_parallel(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		var mu sync.Mutex
		counts, winner, n := map[string]int{}, "", 0
		asks := kit.Crowd(200)
		parallel(asks, func() {
			mu.Lock()
			n++
			node, password := nodes[n%2], fmt.Sprintf("%s number %d", passOne, n)
			mu.Unlock()
			resp, err := node.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/register", Body: object{"username": "ann", "password": password}})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[fmt.Sprint(resp.Status, " ", resp.Text("code"))]++
			if resp.Status == 200 {
				winner = password
			}
			if resp.Status == 503 && resp.Header.Get("Retry-After") == "" {
				t.Errorf("503 without Retry-After: %s", resp.Body)
			}
		})
		t.Logf("%d registrations of one name: %v", asks, counts)
		if counts["200 "] != 1 || counts["409 username_taken"]+counts["503 unavailable"] != asks-1 {
			t.Errorf("%d registrations of one name: %v, want one 200 and else 409, or 503", asks, counts)
		}
		byPassword(app, "username", "ann", winner).Want(t, 200, "")
	})
}

// An account is created completely or not at all: no name is lost to an account that cannot
// sign in.
func TestRegister_half(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		db := openStores(t, app).db
		move := func(from, to string) {
			if _, err := db.Exec("ALTER TABLE `" + from + "` RENAME TO `" + to + "`"); err != nil {
				t.Fatal(err)
			}
		}
		ann := object{"username": "ann", "password": passOne}
		move("credential", "elsewhere")
		failed := app.Post("/user/register", ann)
		move("elsewhere", "credential")
		failed.Want(t, 503, "unavailable")
		app.Post("/user/register", ann).Want(t, 200, "")
		byPassword(app, "username", "ann", passOne).Want(t, 200, "")
	})
}

// A refused sign-in does not reveal why, in body or headers.
func TestPasswordLogin_refusalsAreAlike(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enroll(t, app, "ann")
		banned := enroll(t, app, "bob")
		bindAddress(t, app, banned, byPhone, "+919876543217")
		app.SignIn(phone)
		if err := app.Service.Accounts.Ban(t.Context(), banned.UserID, "a test", time.Time{}); err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, c := range []struct{ name, kind, value, password string }{
			{"an unknown user", "username", "carol", passOne},
			{"a wrong password", "username", "ann", passTwo},
			{"no password set", byPhone, phone, passOne},
			{"a banned user", "username", "bob", passOne},
			{"a banned user and a wrong password", byPhone, "+919876543217", passTwo},
			{"an unknown number", byPhone, "+919876543218", passOne},
			{"an unknown address", byEmail, "ann@example.com", passOne},
			{"no username", "username", "ann lee!", passOne},
			{"a short password", "username", "ann", "x"},
			{"a common password", "username", "ann", "password"},
		} {
			resp := byPassword(app, c.kind, c.value, c.password)
			resp.Want(t, 401, "invalid_credentials")
			got := alike(resp) + strings.Replace(string(resp.Body), resp.Text("requestId"), "", 1)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("the answer to %s differs (-want +got):\n%s", c.name, cmp.Diff(want, got))
			}
		}
	})
}

// A name of one kind is not a name of another kind, and another spelling is not another
// name.
func TestPasswordLogin_names(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enroll(t, app, "ann")
		bindAddress(t, app, ann, byPhone, phone)
		bindAddress(t, app, ann, byEmail, "ann@example.com")
		for _, c := range []struct {
			kind, value string
			status      int
		}{
			{byPhone, phone, 200}, {byPhone, "098765 43210", 200}, {byEmail, "Ann@EXAMPLE.com", 200},
			{byPhone, "ann", 401}, {byEmail, "ann", 401}, {"username", phone, 401}, {"username", "ann@example.com", 401},
			{"username", "ann ", 401}, {"username", " ann", 401}, {byEmail, "ann@example.com ", 401}, {"username", "%", 401},
			{"username", "a\u0301nn", 401}, {"username", "ánn", 401},
		} {
			resp := byPassword(app, c.kind, c.value, passOne)
			if resp.Status != c.status {
				t.Errorf("%s %q: %d %s, want %d", c.kind, c.value, resp.Status, resp.Text("code"), c.status)
			}
		}
		for name, body := range map[string]object{
			"two names":         {"username": "ann", "phone": phone, "password": passOne},
			"no name":           {"password": passOne},
			"no password":       {"username": "ann"},
			"a code and a name": {"username": "ann", "password": passOne, "otpId": "x", "otp": "123456"},
		} {
			if resp := app.Post("/user/login", body); resp.Status != 400 || resp.Text("code") != "invalid_request" {
				t.Errorf("%s: %d %s, want 400", name, resp.Status, resp.Body)
			}
		}
	})
}

func TestChangePassword(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		const path = "/user/password"
		first := app.SignIn(phone)
		app.Advance(time.Minute)
		second := app.SignIn(phone)
		wantAlive(t, nodes, first, second)

		// The first password needs no old one, and an old session is no obstacle.
		wantRefusal(t, "a short one", call(app, "POST", path, second.Access, object{"newPassword": "k7#Qm!x"}), refusal{400, "weak_password", "newPassword"})
		wantRefusal(t, "the number", call(app, "POST", path, second.Access, object{"newPassword": "9876543210"}), refusal{400, "weak_password", "newPassword"})
		wantRefusal(t, "none", call(app, "POST", path, second.Access, object{}), refusal{400, "invalid_request", "newPassword"})
		wantAlive(t, nodes, first, second)
		call(app, "POST", path, second.Access, object{"newPassword": passOne}).Want(t, 204, "")
		wantEnded(t, nodes, first)
		wantAlive(t, nodes, second)

		third := byPassword(app, byPhone, phone, passOne).Tokens()
		wantAlive(t, nodes, second, third)
		app.Advance(11 * time.Minute) // the old password is a sufficient proof
		for _, c := range []struct {
			name string
			body object
			refusal
		}{
			{"no old one", object{"newPassword": passTwo}, refusal{400, "invalid_request", "oldPassword"}},
			{"a wrong old one", object{"oldPassword": passTwo, "newPassword": passTwo}, refusal{401, "invalid_credentials", ""}},
			{"a weak new one", object{"oldPassword": passOne, "newPassword": "password"}, refusal{400, "weak_password", "newPassword"}},
		} {
			wantRefusal(t, c.name, call(app, "POST", path, third.Access, c.body), c.refusal)
		}
		wantAlive(t, nodes, second, third)
		change := object{"oldPassword": passOne, "newPassword": passTwo}
		call(app, "POST", path, third.Access, change).Want(t, 204, "")
		wantEnded(t, nodes, second)
		wantAlive(t, nodes, third)
		refresh(nodes[1], third.Refresh).Want(t, 200, "")
		call(app, "POST", path, third.Access, change).Want(t, 401, "invalid_credentials")
		byPassword(app, byPhone, phone, passOne).Want(t, 401, "invalid_credentials")
		byPassword(app, byPhone, phone, passTwo).Want(t, 200, "")
		wantUnlogged(t, passOne, passTwo)
	})
}

// A refresh is no proof: the first password needs a sign-in within the last ten minutes.
func TestChangePassword_recent(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		set := func() kit.Response {
			return call(app, "POST", "/user/password", tokens.Access, object{"newPassword": passOne})
		}
		app.Advance(5 * time.Minute)
		tokens = refresh(app, tokens.Refresh).Tokens()
		app.Advance(5*time.Minute + time.Second)
		set().Want(t, 403, "reauthentication_required")
		tokens = refresh(app, tokens.Refresh).Tokens()
		set().Want(t, 403, "reauthentication_required")
		byPassword(app, byPhone, phone, passOne).Want(t, 401, "invalid_credentials")
		tokens = app.SignIn(phone)
		app.Advance(10 * time.Minute)
		set().Want(t, 204, "")
		byPassword(app, byPhone, phone, passOne).Want(t, 200, "")
	})
}

// A hash from another system works, even with concurrent sign-ins, and is then replaced
// with one of ours.
func TestPasswordLogin_imported(t *testing.T) {
	testkit.NotInRace(t, "the detector makes bcrypt slower than a request may be")
	kit.Each(t, func(t *testing.T, app *kit.App) {
		db := openStores(t, app).db
		id := idOf(app, app.SignIn(phone))
		hash, err := bcrypt.GenerateFromPassword([]byte(passOne), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO `credential` (`user_id`, `kind`, `secret`, `changed`) VALUES (?, 'password', ?, 1)", id, string(hash)); err != nil {
			t.Fatal(err)
		}
		secret := func() (s string) {
			if err := db.QueryRow("SELECT `secret` FROM `credential` WHERE `user_id` = ?", id).Scan(&s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		byPassword(app, byPhone, phone, passTwo).Want(t, 401, "invalid_credentials")
		if secret() != string(hash) {
			t.Error("a wrong password changed the hash")
		}
		parallel(8, func() {
			resp, err := app.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{byPhone: phone, "password": passOne}})
			if err != nil || resp.Status != 200 {
				t.Errorf("one of the first sign-ins: %d %s %v, want 200", resp.Status, resp.Text("code"), err)
			}
		})
		upgraded := secret()
		if !strings.HasPrefix(upgraded, "$argon2id$") {
			t.Errorf("after the sign-in the hash is %.32s…, want argon2id", upgraded)
		}
		byPassword(app, byPhone, phone, passOne).Want(t, 200, "")
		byPassword(app, byPhone, phone, passTwo).Want(t, 401, "invalid_credentials")
		if secret() != upgraded {
			t.Error("the upgraded hash was replaced again")
		}
	})
}

// Passwords are hashed with the production parameters unless a test says otherwise, as most
// do.
func TestHashes(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enroll(t, app, "ann")
		var hash string
		if err := openStores(t, app).db.QueryRow("SELECT `secret` FROM `credential`").Scan(&hash); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the hash is %.32s…, want argon2id of 19 MiB and two passes", hash)
		}
	}, kit.RealHashes)
}

func TestResetPassword(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		const path = "/user/password/reset"
		ann := enroll(t, app, "ann")
		bindAddress(t, app, ann, byPhone, phone)
		bindAddress(t, app, ann, byEmail, "ann@example.com")
		for _, c := range []struct{ kind, address string }{{byPhone, phone}, {byEmail, "ann@example.com"}} {
			app.Advance(time.Minute)
			before, after := passOne, passTwo
			if c.kind == byEmail {
				before, after = passTwo, passOne
			}
			one, two := byPassword(app, "username", "ann", before).Tokens(), byPassword(nodes[1], "username", "ann", before).Tokens()
			wantAlive(t, nodes, one, two)
			id, code := codeFor(t, app, "reset", c.kind, c.address)

			// A rejected password costs nothing: the code still works.
			for name, body := range map[string]object{
				"a short one":  {"otpId": id, "otp": code, "newPassword": "k7#Qm!x"},
				"a common one": {"otpId": id, "otp": code, "newPassword": "password1"},
			} {
				for range 3 {
					wantRefusal(t, name, app.Post(path, body), refusal{400, "weak_password", "newPassword"})
				}
			}
			wantRefusal(t, "none", app.Post(path, object{"otpId": id, "otp": code}), refusal{400, "invalid_request", "newPassword"})
			wantRefusal(t, "no code", app.Post(path, object{"otpId": id, "newPassword": after}), refusal{400, "invalid_request", "otp"})
			wrong := app.Post(path, object{"otpId": id, "otp": "0000", "newPassword": after})
			wrong.Want(t, 401, "otp_invalid")
			if wrong.Number("attemptsLeft") != 4 {
				t.Errorf("the first wrong code: %s, want 4 attempts left", wrong.Body)
			}
			wantAlive(t, nodes, one, two)

			reset := object{"otpId": id, "otp": code, "newPassword": after}
			app.Post(path, reset).Want(t, 204, "")
			wantEnded(t, nodes, one, two)
			byPassword(nodes[1], "username", "ann", before).Want(t, 401, "invalid_credentials")
			last := byPassword(nodes[1], "username", "ann", after)
			last.Want(t, 200, "")
			app.Post(path, reset).Want(t, 401, "otp_invalid")
			wantAlive(t, nodes, last.Tokens())
		}
		wantUnlogged(t, passOne, passTwo)
	})
}

// A code works only for its purpose.
func TestResetPassword_purpose(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := app.SignIn(phone)
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "login", byPhone, phone)
		app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 401, "otp_invalid")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		app.Advance(time.Minute)
		id, code = codeFor(t, app, "reset", byPhone, phone)
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		wantAlive(t, []*kit.App{app}, ann)
		app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne}).Want(t, 204, "")
		wantEnded(t, []*kit.App{app}, ann)
	})
}

// A password reset for an unknown account gets the same answer as any other, including its
// length, and sends no message.
func TestResetPassword_unknown(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const wrong = "0000000000"
		mail := app.Post("/user/otp", object{"email": "anna@example.com"})
		code := app.Inbox("anna@example.com", 1)[0]
		app.Post("/user/login", object{"otpId": mail.Text("otpId"), "otp": code}).Want(t, 200, "")
		app.SignIn(phone)
		app.Advance(time.Minute)
		for _, c := range []struct{ kind, known, unknown string }{
			{byPhone, phone, "+919876543510"}, {byEmail, "anna@example.com", "arno@example.com"},
		} {
			before := len(app.Inbox(c.known, 0))
			var told [2]string
			for i, address := range []string{c.known, c.unknown} {
				ask := app.Post("/user/otp", object{c.kind: address, "purpose": "reset"})
				ask.Want(t, 200, "")
				id := ask.Text("otpId")
				told[i] = alike(ask)
				app.Await("status sent", func() bool { return app.Get("/user/otp/"+id, "").Text("status") == "sent" })
				told[i] += alike(app.Get("/user/otp/"+id, ""))
				told[i] += alike(app.Post("/user/otp", object{c.kind: address, "purpose": "reset"}))
				for range 5 {
					told[i] += alike(app.Post("/user/password/reset", object{"otpId": id, "otp": wrong, "newPassword": passOne}))
				}
				told[i] += alike(app.Get("/user/otp/"+id, ""))
			}
			if diff := cmp.Diff(told[0], told[1]); diff != "" {
				t.Errorf("by %s, the answers differ (-known +unknown):\n%s", c.kind, diff)
			}
			if n := len(app.Inbox(c.known, 0)) - before; n != 1 {
				t.Errorf("%d messages to the known address, want 1", n)
			}
			if list := messagesTo(app, c.unknown); len(list) != 0 {
				t.Errorf("%d messages to the unknown address", len(list))
			}
			if strings.Count(told[0], "attemptsLeft") != 4 || !strings.Contains(told[0], "429 ") || !strings.Contains(told[0], "404 ") {
				t.Errorf("the answers are not the ones to compare: %s", told[0])
			}
		}
	})
}
