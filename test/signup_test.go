package test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/client"
	"user-api/test/kit"
)

const (
	stranger1 = "+919876543251"
	stranger2 = "+919876543252"
)

// have creates an account whatever SignUp says, as an import does.
func have(t *testing.T, app *kit.App, number string) {
	t.Helper()
	address, err := address.ParsePhone(number, "")
	if err == nil {
		_, _, err = app.Service.Accounts.FindOrCreate(t.Context(), address)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// invites creates an invite as an administrator.
func invites(t *testing.T, app *kit.App, m kit.Machine, body object) string {
	t.Helper()
	resp := app.Do(kit.Request{Method: http.MethodPost, Path: "/admin/invites", Body: body, Header: m.Basic()})
	resp.Want(t, 200, "")
	return resp.Text("invite")
}

// If sign-up is closed, a stranger cannot distinguish it from an address with an account:
// the answers have the same form in every step. No message is sent.
func TestSignUp_closed(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		have(t, app, phone)
		known, unknown := &stranger{app: app, t: t}, &stranger{app: app, t: t}
		known.challenges("/user/otp", "/user/login", "", object{"phone": phone}, nil)
		unknown.challenges("/user/otp", "/user/login", "", object{"phone": stranger1}, nil)
		if diff := cmp.Diff(known.seen, unknown.seen); diff != "" {
			t.Errorf("an account and none (-account +none):\n%s", diff)
		}
		for to, want := range map[string]bool{phone: true, stranger1: false} {
			list, _ := app.Get("/dev/inbox?to=%2B"+to[1:], "").JSON["messages"].([]any)
			if got := len(list) > 0; got != want {
				t.Errorf("messages to %s: %d", to, len(list))
			}
		}
		app.Advance(24 * time.Hour)
		if got := app.SignIn(phone); got.IsNew {
			t.Error("a user with an account gets another one")
		}
		for _, name := range []string{"somebody", "somebody.else"} {
			app.Post("/user/register", object{"username": name, "password": goodPassword}).Want(t, 403, "forbidden")
		}
	}, "Accounts: {SignUp: closed}")
}

// The status of a message that fails does not reveal it either.
func TestSignUp_closedStatus(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for _, number := range []string{"+15005550004", "+15005550102"} { // opted out, rejected
			var told []string
			for _, account := range []bool{false, true} {
				if account {
					have(t, app, number)
					app.Advance(time.Minute)
				}
				id := app.Post("/user/otp", object{"phone": number}).Text("otpId")
				var status kit.Response
				app.Await("the message", func() bool {
					status = app.Get("/user/otp/"+id, "")
					return status.Status == 200 && status.Text("status") != "queued"
				})
				told = append(told, status.Text("status")+" "+status.Text("reason"))
			}
			if told[0] != told[1] {
				t.Errorf("%s: %q without an account, %q with one", number, told[0], told[1])
			}
		}
	}, "Accounts: {SignUp: closed}")
}

// An account that existed when the code was sent, but not when it is used, is not created
// again.
func TestSignUp_closedMeanwhile(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		closed := app.Beside("Accounts: {SignUp: closed}")
		id, code := app.AskCode(stranger1)
		body := object{"otpId": id, "otp": code}
		for range 2 { // and again: the code stays valid
			closed.Post("/user/login", body).Want(t, 403, "forbidden")
		}
		if resp := app.Post("/user/login", body); resp.Status != 200 || !resp.Tokens().IsNew {
			t.Errorf("with open sign-up: %d %s", resp.Status, resp.Body)
		}
	})
}

func TestSignUp_invite(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		have(t, app, phone)
		m := app.Machine("inviter", client.UsersWrite, client.AuditRead)
		app.SignIn(phone) // needs none
		code := invites(t, app, m, object{"expiresIn": 3600})
		bound := invites(t, app, m, object{"expiresIn": 3600, "phone": "098765 43252", "region": "IN"})
		short := invites(t, app, m, object{"expiresIn": 60})
		for _, secret := range []string{code, bound, short} {
			wantNoRow(t, app, "invite", secret)
		}

		id, otp := app.AskCode(stranger1)
		try := func(invite string) kit.Response {
			body := object{"otpId": id, "otp": otp}
			if invite != "" {
				body["invite"] = invite
			}
			return app.Post("/user/login", body)
		}
		for what, invite := range map[string]string{"none": "", "one that never was": strings.Repeat("0000-", 5) + "0000", "another's": bound} {
			resp := try(invite)
			if resp.Status != 403 || resp.Text("code") != "forbidden" || resp.Text("field") != "invite" {
				t.Errorf("%s: %d %s", what, resp.Status, resp.Body)
			}
		}
		// The code is still valid: the right invite works, in any spelling.
		resp := try(strings.ToUpper(strings.ReplaceAll(code, "-", "")))
		resp.Want(t, 200, "")
		if !resp.Tokens().IsNew {
			t.Error("the account is not new")
		}
		app.Post("/user/register", object{"username": "somebody", "password": goodPassword, "invite": code}).Want(t, 403, "forbidden") // used
		app.Post("/user/register", object{"username": "somebody", "password": goodPassword}).Want(t, 403, "forbidden")
		app.Advance(61 * time.Second)
		app.Post("/user/register", object{"username": "somebody", "password": goodPassword, "invite": short}).Want(t, 403, "forbidden") // expired
		app.Post("/user/register", object{"username": "somebody", "password": goodPassword, "invite": bound}).Want(t, 403, "forbidden") // for an address
		again := invites(t, app, m, object{"expiresIn": 3600})
		app.Post("/user/register", object{"username": "somebody", "password": goodPassword, "invite": again}).Want(t, 200, "")

		id, otp = app.AskCode(stranger2)
		try(bound).Want(t, 200, "")
		soon(func() bool {
			events, _ := app.Do(kit.Request{Method: "GET", Path: "/admin/events?type=invite_created", Header: m.Basic()}).JSON["events"].([]any)
			return len(events) == 4
		})
	}, "Accounts: {SignUp: invite}")
}

// Guesses of invites are charged.
func TestSignUp_guesses(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		register := func() kit.Response {
			return app.Post("/user/register", object{"username": "somebody", "password": goodPassword, "invite": "0000-0000"})
		}
		for range 5 {
			register().Want(t, 403, "forbidden")
		}
		resp := register()
		resp.Want(t, 429, "rate_limited")
		if resp.Text("limit") != "lookup" {
			t.Errorf("refused by %s", resp.Body)
		}
	}, "Accounts: {SignUp: invite}", "RateLimit: {Lookup: {Client: 5/300}}")
}

// Concurrent uses of one invite create one account.
func TestSignUp_once(t *testing.T) {
	const tries = 1000
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		made, err := app.Service.Signin.Invites.Create(t.Context(), address.Address{}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		n := tries
		if testing.Short() {
			n = 50
		}
		var all sync.WaitGroup
		var new, other atomic.Int64
		turns := make(chan struct{}, 64)
		for i := range n {
			turns <- struct{}{}
			all.Go(func() {
				defer func() { <-turns }()
				resp, err := app.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/register", Body: object{
					"username": fmt.Sprintf("racer%d", i), "password": goodPassword, "invite": made.Code,
				}})
				switch {
				case err == nil && resp.Status == 200:
					new.Add(1)
				case err != nil || resp.Status != 403:
					other.Add(1)
					t.Errorf("%d %s, %v", resp.Status, resp.Body, err)
				}
			})
		}
		all.Wait()
		if new.Load() != 1 || other.Load() != 0 {
			t.Errorf("%d accounts and %d other answers, want 1 and 0", new.Load(), other.Load())
		}
		var users int
		if err := openDB(t, app).SQL.QueryRow("SELECT COUNT(*) FROM user").Scan(&users); err != nil || users != 1 {
			t.Errorf("%d users are stored, %v", users, err)
		}
	}, "Accounts: {SignUp: invite}", "RateLimit: {Lookup: {Client: 100000/300}, Register: {Client: 100000/300}}")
}

// wantNoRow checks that no column of a table contains a text.
func wantNoRow(t *testing.T, app *kit.App, table, text string) {
	t.Helper()
	rows, err := openDB(t, app).SQL.Query("SELECT * FROM `" + table + "`")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	n := 0
	for ; rows.Next(); n++ {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(string)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if strings.Contains(*v.(*string), text) || strings.Contains(*v.(*string), strings.ReplaceAll(text, "-", "")) {
				t.Errorf("%s.%s contains the text", table, columns[i])
			}
		}
	}
	if n == 0 {
		t.Errorf("%s is empty", table)
	}
}
