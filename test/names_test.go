package test

import (
	"testing"

	"user-api/test/kit"
)

// A reserved name cannot be taken in any spelling. A user who has one keeps it.
func TestReservedNames(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		open := app.Beside("Accounts: {ReservedNames: [off]}") // from before they were reserved
		open.Post("/user/register", object{"username": "support", "password": passOne}).Want(t, 200, "")
		ann := enroll(t, app, "ann")
		reserved := refusal{400, "invalid_username", "username"}
		for _, name := range []string{"admin", "root", "support", "security", "postmaster", "webmaster", "ADMIN", "ad.min", "_admin_", "a-d-m-i-n", "adm1n"} {
			wantRefusal(t, "register "+name, app.Post("/user/register", object{"username": name, "password": passOne}), reserved)
			wantRefusal(t, "rename to "+name, call(app, "PATCH", "/user/info", ann.Access, object{"username": name}), reserved)
		}
		app.Post("/user/register", object{"username": "admin2", "password": passOne}).Want(t, 200, "")
		call(app, "PATCH", "/user/info", ann.Access, object{"username": "ann.admin"}).Want(t, 200, "")

		old := byPassword(app, "username", "support", passOne)
		old.Want(t, 200, "")
		call(app, "PATCH", "/user/info", old.Tokens().Access, object{"username": "Support"}).Want(t, 200, "") // no change
		wantRefusal(t, "another spelling", call(app, "PATCH", "/user/info", old.Tokens().Access, object{"username": "supp.ort"}), reserved)
		call(app, "PATCH", "/user/info", old.Tokens().Access, object{"username": "sue"}).Want(t, 200, "")
		wantRefusal(t, "back", call(app, "PATCH", "/user/info", old.Tokens().Access, object{"username": "support"}), reserved)
	})
}

func TestReservedNames_configured(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	more, other := app.Beside("Accounts: {ReservedNames: [+default, acme]}"), app.Beside("Accounts: {ReservedNames: [acme]}")
	for _, c := range []struct {
		node   *kit.App
		name   string
		status int
	}{
		{app, "acme", 200}, {more, "ac.me", 400}, {more, "admin", 400}, {other, "a-c-m-e", 400}, {other, "admin", 200},
	} {
		if resp := c.node.Post("/user/register", object{"username": c.name, "password": passOne}); resp.Status != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, resp.Status, resp.Body, c.status)
		}
	}
}

// A number in national format is read with its region, for passwords as for codes; failures
// count for the number, not its spelling.
func TestLogin_region(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const german = "+4915112345678"
		tokens := app.SignIn(german)
		call(app, "POST", "/user/password", tokens.Access, object{"newPassword": passOne}).Want(t, 204, "")
		for _, region := range []string{"DE", "de", "dE"} {
			login := app.Post("/user/login", object{"phone": "01511 2345678", "region": region, "password": passOne})
			login.Want(t, 200, "")
			if info := app.Get("/user/info", login.Tokens().Access); info.Text("phone") != german {
				t.Errorf("%s: %s, want the account of %s", region, info.Body, german)
			}
		}
		app.Post("/user/login", object{"phone": "01511 2345678", "password": passOne}).Want(t, 401, "invalid_credentials")
		app.Post("/user/login", object{"phone": "01511 2345678", "region": "FR", "password": passOne}).Want(t, 401, "invalid_credentials")
		app.Post("/user/login", object{"phone": german, "region": "FR", "password": passOne}).Want(t, 200, "")
		app.Post("/user/login", object{"phone": german, "region": nil, "password": passOne}).Want(t, 200, "")
		for i, spelled := range []string{german, "01511 2345678", "0151-12345678", "+49 (0)1511 2345678"} {
			resp := app.Post("/user/login", object{"phone": spelled, "region": "de", "password": passTwo})
			want := refusal{401, "invalid_credentials", ""}
			if i == 3 {
				want = refusal{429, "rate_limited", ""}
			}
			wantRefusal(t, "wrong as "+spelled, resp, want)
		}
	}, "RateLimit: {Password: {Account: 3/900}}")
}
