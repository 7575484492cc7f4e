package test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/password/breached/breachedtest"
	"user-api/internal/signin"
	"user-api/test/kit"
)

// leaked is on the list and satisfies all other rules.
const leaked = "Trouble-with-Tribbles-67"

func askingList(l *breachedtest.List, onError string) kit.Option {
	return kit.Option(fmt.Sprintf("Passwords: {Breached: {Enabled: true, Url: %q, OnError: %s, Timeout: 10}}", l.URL, onError))
}

// setting is one way to set a password. The function is called repeatedly with other
// passwords and returns the status and code of the answer.
type setting func(t *testing.T, app *kit.App) func(password string) (status int, code string)

func answered(r kit.Response) (int, string) { return r.Status, r.Text("code") }

// settings returns the ways to set a password, by their names in docs/breached.md.
var settings = map[string]setting{
	"`POST /user/register`": func(_ *testing.T, app *kit.App) func(string) (int, string) {
		return func(password string) (int, string) {
			return answered(app.Post("/user/register", object{"username": "newcomer", "password": password}))
		}
	},
	"`POST /user/password`": func(t *testing.T, app *kit.App) func(string) (int, string) {
		who := enroll(t, app, "changer")
		return func(password string) (int, string) {
			return answered(call(app, http.MethodPost, "/user/password", who.Access, object{"oldPassword": passOne, "newPassword": password}))
		}
	},
	"`POST /user/password`, the first one": func(_ *testing.T, app *kit.App) func(string) (int, string) {
		who := app.SignIn(stranger1)
		return func(password string) (int, string) {
			return answered(call(app, http.MethodPost, "/user/password", who.Access, object{"newPassword": password}))
		}
	},
	"`POST /user/password/reset`": func(t *testing.T, app *kit.App) func(string) (int, string) {
		app.SignIn(stranger2)
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "reset", byPhone, stranger2)
		return func(password string) (int, string) {
			return answered(app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": password}))
		}
	},
	"`POST /user/password/reset`, delayed": func(t *testing.T, app *kit.App) func(string) (int, string) {
		const to = "+919876543253"
		bindAddress(t, app, app.SignIn(to), byEmail, "two@example.com")
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "reset", byPhone, to)
		return func(password string) (int, string) {
			return answered(app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": password}))
		}
	},
	"`user create`": func(t *testing.T, app *kit.App) func(string) (int, string) {
		return func(password string) (int, string) {
			_, err := app.Service.Signin.CreateUser(t.Context(), signin.NewUser{Username: "made", Password: password})
			if err != nil {
				return 0, string(apperr.From(err).Code)
			}
			return 204, ""
		}
	},
}

// Wherever a password is set, the list is queried once, after all other checks, and a
// breached password is rejected. If the list fails, nothing is used up: the same request
// succeeds once the list is back. With OnError: allow, it does not block.
func TestBreached_settings(t *testing.T) {
	t.Parallel()
	list := breachedtest.New(t, leaked)
	broken := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		for name, set := range settings {
			attempt := set(t, app)
			want := func(what, password, code string, questions int) {
				t.Helper()
				before := len(list.Asked())
				status, got := attempt(password)
				if got != code || code == "" && status/100 != 2 || code == "weak_password" && status != 400 && status != 0 {
					t.Errorf("%s, %s: %d %q, want %q", name, what, status, got, code)
				}
				if n := len(list.Asked()) - before; n != questions {
					t.Errorf("%s, %s: %d queries, want %d", name, what, n, questions)
				}
			}
			want("a weak password", "password1", "weak_password", 0)
			want("a breached password", leaked, "weak_password", 1)
			list.Instead(broken)
			want("a list that fails", passTwo, "unavailable", 1)
			list.Instead(nil)
			want("a good password", passTwo, "", 1)
		}
		wantUnlogged(t, leaked, passTwo)
	}, askingList(list, "refuse"), "Reset: {Both: delay}")
	app := kit.New(t, kit.Embedded, askingList(list, "allow"), "Reset: {Both: delay}")
	for name, set := range settings {
		attempt := set(t, app)
		if status, code := attempt(leaked); code != "weak_password" {
			t.Errorf("%s: %d %s", name, status, code)
		}
		list.Instead(broken)
		if status, code := attempt(leaked); code != "" {
			t.Errorf("%s, with OnError allow: %d %s", name, status, code)
		}
		list.Instead(nil)
	}
	text, err := os.ReadFile("../docs/breached.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, row := range regexp.MustCompile(`(?m)^\| (.+?) \| asked \|`).FindAllStringSubmatch(string(text), -1) {
		told = append(told, row[1])
	}
	slices.Sort(told)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(settings)), told); diff != "" {
		t.Errorf("docs/breached.md (-want +got):\n%s", diff)
	}
}

// A sign-in never queries the list, and neither does a request that is rejected for another
// reason.
func TestBreached_neverAtSignIn(t *testing.T) {
	t.Parallel()
	list := breachedtest.New(t, passOne)
	list.Instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	app := kit.New(t, kit.Embedded, askingList(list, "allow"))
	ann := enroll(t, app, "ann") // the list may fail
	bindAddress(t, app, ann, byPhone, phone)
	app.Advance(time.Minute)
	id, _ := codeFor(t, app, "reset", byPhone, phone)
	before := len(list.Asked())
	byPassword(app, "username", "ann", passOne).Want(t, 200, "")
	byPassword(app, "username", "ann", passTwo).Want(t, 401, "invalid_credentials")
	byPassword(app, "phone", phone, passOne).Want(t, 200, "")
	refresh(app, ann.Refresh).Want(t, 200, "")
	app.Post("/user/register", object{"username": "ann", "password": passTwo}).Want(t, 409, "username_taken")
	app.Post("/user/register", object{"username": "!", "password": passTwo}).Want(t, 400, "invalid_username")
	app.Post("/user/password/reset", object{"otpId": id, "otp": "0000", "newPassword": passTwo}).Want(t, 401, "otp_invalid")
	app.Post("/user/password/reset", object{"otpId": strings.Repeat("A", 24), "otp": "0000", "newPassword": passTwo}).Want(t, 401, "otp_invalid")
	call(app, http.MethodPost, "/user/password", ann.Access, object{"oldPassword": passTwo, "newPassword": passTwo}).Want(t, 401, "invalid_credentials")
	call(app, http.MethodDelete, "/user", ann.Access, object{"password": passOne}).Want(t, 204, "")
	if n := len(list.Asked()) - before; n != 0 {
		t.Errorf("%d queries, want none", n)
	}
}

// Requests over the limit are rejected before the list is queried.
func TestBreached_limited(t *testing.T) {
	t.Parallel()
	kit.Raced(t)
	list := breachedtest.New(t, leaked)
	app := kit.New(t, kit.Embedded, askingList(list, "refuse"), "RateLimit: {Register: {Client: 5/3600}}")
	given := map[int]int{}
	for _, answer := range atOnce(t, app, 40, func(i int) kit.Request {
		return post("/user/register", object{"username": fmt.Sprint("name", i), "password": leaked})
	}) {
		given[answer.Status]++
	}
	if n := len(list.Asked()); given[400] != 5 || given[429] != 35 || n != 5 {
		t.Errorf("answers %v, %d queries", given, n)
	}
}
