package test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/model"
	"user-api/test/kit"
)

// asAdmin signs in an administrator and another user.
func asAdmin(t *testing.T, app *kit.App) (admin, other kit.Tokens) {
	t.Helper()
	admin, other = app.SignIn(phone), app.SignIn("+919876543211")
	id := app.Get("/user/info", admin.Access).Number("id")
	if err := app.Service.Accounts.SetRole(t.Context(), id, model.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	return admin, other
}

func as(app *kit.App, bearer, method, path string, body any) kit.Response {
	return app.Do(kit.Request{Method: method, Path: path, Bearer: bearer, Body: body})
}

func TestAdmin_onlyForAdmins(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		id := app.Get("/user/info", other.Access).Number("id")
		for _, route := range []struct {
			method, path string
			body         any
		}{
			{http.MethodGet, "/admin/users", nil},
			{http.MethodGet, "/admin/users/:id", nil},
			{http.MethodGet, "/admin/events", nil},
			{http.MethodGet, "/admin/deliveries", nil},
			{http.MethodGet, "/admin/stats", nil},
			{http.MethodGet, "/admin/health", nil},
			{http.MethodPost, "/admin/users/:id/ban", object{"reason": "x"}},
			{http.MethodPost, "/admin/users/:id/unban", nil},
			{http.MethodPut, "/admin/users/:id/role", object{"role": "admin"}},
			{http.MethodPatch, "/admin/users/:id/metadata", object{"appMetadata": object{"a": 1}}},
			{http.MethodDelete, "/admin/users/:id/sessions", nil},
			{http.MethodDelete, "/admin/users/:id", nil},
		} {
			path := replaceID(route.path, id)
			as(app, "", route.method, path, route.body).Want(t, 401, "unauthorized")
			as(app, other.Access, route.method, path, route.body).Want(t, 403, "forbidden")
			if path != route.path {
				as(app, admin.Access, route.method, replaceID(route.path, 1), route.body).Want(t, 404, "not_found")
				if resp := as(app, admin.Access, route.method, replaceIDText(route.path, "x"), route.body); resp.Status != 400 {
					t.Errorf("%s without a number: %d %s, want 400", route.path, resp.Status, resp.Body)
				}
			}
		}
		app.Get("/user/info", other.Access).Want(t, 200, "")
	})
}

// The role is read from the database: a change applies immediately, whatever the token
// says.
func TestAdmin_roleIsInForceAtOnce(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		admin, other := asAdmin(t, app)
		id := app.Get("/user/info", other.Access).Number("id")
		app.Get("/admin/users", other.Access).Want(t, 403, "forbidden")
		as(app, admin.Access, http.MethodPut, replaceID("/admin/users/:id/role", id), object{"role": "admin"}).Want(t, 204, "")
		node.Get("/admin/users", other.Access).Want(t, 200, "")
		if !soon(func() bool { return node.Get("/user/check", other.Access).Text("role") == "admin" }) {
			t.Error("check does not return the current role")
		}
		next := refresh(app, other.Refresh).Tokens()
		if role := app.Get("/user/check", next.Access).Text("role"); role != "admin" {
			t.Errorf("the role after a refresh is %q, want admin", role)
		}
		as(app, admin.Access, http.MethodPut, replaceID("/admin/users/:id/role", id), object{"role": "user"}).Want(t, 204, "")
		node.Get("/admin/users", next.Access).Want(t, 403, "forbidden")
		as(app, admin.Access, http.MethodPut, replaceID("/admin/users/:id/role", id), object{"role": "king"}).Want(t, 400, "invalid_request")
	})
}

func TestAdmin_ban(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		admin, other := asAdmin(t, app)
		info := app.Get("/user/info", other.Access)
		id := info.Number("id")
		node.Get("/user/info", other.Access).Want(t, 200, "")
		until := app.Clock.Now().Add(time.Hour).Unix()
		as(app, admin.Access, http.MethodPost, replaceID("/admin/users/:id/ban", id), object{"reason": "spam", "until": until}).Want(t, 204, "")
		wantLearned(t, node, other.Access)
		node.Get("/user/info", other.Access).Want(t, 401, "session_ended")
		refresh(node, other.Refresh).Want(t, 401, "session_ended")
		shown := as(app, admin.Access, http.MethodGet, replaceID("/admin/users/:id", id), nil)
		if shown.Text("status") != "banned" || shown.Text("banReason") != "spam" || shown.Number("banUntil") != until || shown.JSON["sessions"] != nil {
			t.Errorf("a banned user is shown as %s", shown.Body)
		}
		// A banned user gets messages like any other, but the code does not sign in.
		app.Advance(time.Minute)
		ask, code := app.AskCode("+919876543211")
		app.Post("/user/login", object{"otpId": ask, "otp": code}).Want(t, 401, "otp_invalid")
		app.Post("/user/login", object{"otpId": ask, "otp": code}).Want(t, 401, "otp_invalid")
		app.Advance(time.Hour)
		app.SignIn("+919876543211") // the ban has expired
		admin = app.SignIn(phone)
		over := as(app, admin.Access, http.MethodGet, replaceID("/admin/users/:id", id), nil)
		if over.Text("status") != "active" || over.Text("banReason") != "" || over.JSON["banUntil"] != nil {
			t.Errorf("an expired ban is shown as %s", over.Body)
		}
		for status, want := range map[string]bool{"active": true, "banned": false} {
			list := app.Get("/admin/users?q=%2B919876543211&status="+status, admin.Access)
			if users, _ := list.JSON["users"].([]any); (len(users) == 1) != want {
				t.Errorf("with status=%s the user is listed: %s, want %t", status, list.Body, want)
			}
		}

		as(app, admin.Access, http.MethodPost, replaceID("/admin/users/:id/ban", id), object{"reason": "again"}).Want(t, 204, "")
		as(app, admin.Access, http.MethodPost, replaceID("/admin/users/:id/unban", id), nil).Want(t, 204, "")
		app.Advance(time.Minute)
		app.SignIn("+919876543211")
		for _, body := range []any{object{}, object{"reason": ""}, object{"reason": "x", "until": -1}, object{"reason": "x", "until": app.Clock.Now().Unix()}} {
			as(app, admin.Access, http.MethodPost, replaceID("/admin/users/:id/ban", id), body).Want(t, 400, "invalid_request")
		}
	})
}

func TestAdmin_sessionsAndErasure(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		admin, other := asAdmin(t, app)
		id := app.Get("/user/info", other.Access).Number("id")
		shown := as(app, admin.Access, http.MethodGet, replaceID("/admin/users/:id", id), nil)
		shown.Want(t, 200, "")
		if list, _ := shown.JSON["sessions"].([]any); len(list) != 1 || shown.Text("phone") != "+919876543211" || shown.Text("status") != "active" {
			t.Errorf("one user is shown as %s", shown.Body)
		}
		as(app, admin.Access, http.MethodDelete, replaceID("/admin/users/:id/sessions", id), nil).Want(t, 204, "")
		wantLearned(t, node, other.Access)
		node.Get("/user/info", other.Access).Want(t, 401, "session_ended")

		app.Advance(time.Minute)
		other = app.SignIn("+919876543211")
		node.Get("/user/info", other.Access).Want(t, 200, "")
		as(app, admin.Access, http.MethodDelete, replaceID("/admin/users/:id", id), nil).Want(t, 204, "")
		node.Get("/user/info", other.Access).Want(t, 401, "session_ended")
		as(app, admin.Access, http.MethodGet, replaceID("/admin/users/:id", id), nil).Want(t, 404, "not_found")
	})
}

func TestAdmin_list(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		for i := range 5 {
			app.Post("/user/register", object{"username": fmt.Sprintf("walker%d", i), "password": "correct horse battery"}).Want(t, 200, "")
		}
		list := func(query string) (users []any, next string) {
			resp := app.Get("/admin/users?"+query, admin.Access)
			resp.Want(t, 200, "")
			users, _ = resp.JSON["users"].([]any)
			return users, resp.Text("next")
		}
		seen := map[string]bool{}
		pages := 0
		for next := ""; pages == 0 || next != ""; pages++ {
			var users []any
			users, next = list("limit=3&cursor=" + next)
			for _, user := range users {
				seen[fmt.Sprint(user.(object)["id"])] = true
			}
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%d users on %d pages, want 7 on 3", len(seen), pages)
		}
		for query, want := range map[string]int{
			"q=walker": 5, "q=WALKER3": 1, "q=%2B91": 2, "q=%2B919876543211": 1, "q=nobody": 0, "q=%25": 0, "q=_": 0,
			"status=active": 7, "status=banned": 0,
		} {
			if users, _ := list(query); len(users) != want {
				t.Errorf("%s lists %d users, want %d", query, len(users), want)
			}
		}
		for _, query := range []string{"limit=101", "limit=-1", "limit=x", "cursor=x", "cursor=-1", "status=dead"} {
			app.Get("/admin/users?"+query, admin.Access).Want(t, 400, "invalid_request")
		}
	})
}

func replaceIDText(path, id string) string { return strings.ReplaceAll(path, ":id", id) }

func replaceID(path string, id int64) string { return replaceIDText(path, fmt.Sprint(id)) }
