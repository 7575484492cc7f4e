package test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/model"
	"user-api/test/kit"
)

// powers lists the routes with which an administrator changes another user.
var powers = []struct {
	method, path string
	body         any
}{
	{http.MethodPost, "/admin/users/:id/ban", object{"reason": "x"}},
	{http.MethodPost, "/admin/users/:id/unban", nil},
	{http.MethodPut, "/admin/users/:id/role", object{"role": "user"}},
	{http.MethodPatch, "/admin/users/:id/metadata", object{"appMetadata": object{"a": 1}}},
	{http.MethodDelete, "/admin/users/:id/sessions", nil},
	{http.MethodPost, "/admin/users/:id/mfa/reset", nil},
	{http.MethodDelete, "/admin/users/:id/mfa/reset", nil},
	{http.MethodDelete, "/admin/users/:id", nil},
}

// Every route that changes a user needs a sign-in within the last ten minutes and reports
// that as in RFC 9470. A refresh does not count. Reading stays possible.
func TestAdmin_stepUp(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		id := idOf(app, other)
		app.Advance(10*time.Minute + time.Second)
		admin = refresh(app, admin.Refresh).Tokens()
		for _, power := range powers {
			resp := as(app, admin.Access, power.method, replaceID(power.path, id), power.body)
			resp.Want(t, 403, "reauthentication_required")
			want := `Bearer error="insufficient_user_authentication", max_age=600`
			if got := resp.Header.Get("WWW-Authenticate"); got != want {
				t.Errorf("%s: WWW-Authenticate %q, want %q", power.path, got, want)
			}
		}
		app.Get("/admin/users", admin.Access).Want(t, 200, "")
		app.Get("/user/info", refresh(app, other.Refresh).Tokens().Access).Want(t, 200, "")
	})
}

// Administrators cannot change themselves with the administrator routes, and no route
// removes the last active administrator.
func TestAdmin_lastOne(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		for _, power := range powers {
			as(app, admin.Access, power.method, replaceID(power.path, idOf(app, admin)), power.body).Want(t, 403, "forbidden")
		}
		app.Advance(time.Minute)
		id, code := codeFor(t, app, "login", byPhone, phone)
		leave(app, admin, object{"otpId": id, "otp": code}).Want(t, 403, "forbidden")
		app.Get("/admin/users", admin.Access).Want(t, 200, "")

		// A banned administrator does not count as active.
		role := replaceID("/admin/users/:id/role", idOf(app, other))
		as(app, admin.Access, http.MethodPut, role, object{"role": "admin"}).Want(t, 204, "")
		ban := replaceID("/admin/users/:id/ban", idOf(app, other))
		as(app, admin.Access, http.MethodPost, ban, object{"reason": "x"}).Want(t, 204, "")
		app.Advance(2 * time.Minute)
		id, code = codeFor(t, app, "login", byPhone, phone)
		leave(app, admin, object{"otpId": id, "otp": code}).Want(t, 403, "forbidden")
	})
}

// If administrators concurrently remove each other's role, one remains.
func TestAdmin_lastOneRace(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		phones := []string{"+919876543221", "+919876543222", "+919876543223"}
		var admins []kit.Tokens
		for _, number := range phones {
			admins = append(admins, app.SignIn(number))
		}
		for range 5 {
			for _, admin := range admins {
				if err := app.Service.Accounts.SetRole(t.Context(), idOf(app, admin), model.RoleAdmin); err != nil {
					t.Fatal(err)
				}
			}
			var wait sync.WaitGroup
			for i, admin := range admins {
				next := admins[(i+1)%len(admins)]
				path := replaceID("/admin/users/:id/role", idOf(app, next))
				for _, at := range []*kit.App{app, node} {
					wait.Go(func() { as(at, admin.Access, http.MethodPut, path, object{"role": "user"}) })
				}
			}
			wait.Wait()
			left := 0
			for _, number := range phones {
				address, _ := address.ParsePhone(number, "")
				if user, err := app.Service.Accounts.ByAddress(t.Context(), address); err == nil && user.Role == model.RoleAdmin {
					left++
				}
			}
			if left == 0 {
				t.Fatal("no administrator is left")
			}
		}
	})
}

// Reading personal data creates an event for the reader.
func TestAdmin_readIsAudited(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		reader, id := idOf(app, admin), idOf(app, other)
		for path, reason := range map[string]string{
			"/admin/users?q=%2B91": "users", replaceID("/admin/users/:id", id): "user_data",
			"/admin/deliveries": "deliveries", "/admin/events?type=sign_in": "events",
		} {
			app.Get(path, admin.Access).Want(t, 200, "")
			app.Await("admin_read "+reason, func() bool {
				read := app.Get("/admin/events?type=admin_read&limit=100", admin.Access)
				list, _ := read.JSON["events"].([]any)
				for _, e := range list {
					e, _ := e.(object)
					about, _ := e["userId"].(float64)
					actor, _ := e["actorId"].(float64)
					if e["reason"] == reason && (about == float64(id)) == strings.HasSuffix(path, replaceID(":id", id)) && int64(actor) == reader {
						return true
					}
				}
				return false
			})
		}
	})
}

// Within 5 s, check returns the current role on every node, whatever the token says.
func TestSessions_role(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		tokens := app.SignIn(phone)
		for _, change := range []struct{ to string }{{"admin"}, {"user"}} {
			if err := app.Service.Accounts.SetRole(t.Context(), idOf(app, tokens), change.to); err != nil {
				t.Fatal(err)
			}
			next := refresh(app, tokens.Refresh).Tokens()
			for _, access := range []string{tokens.Access, next.Access} {
				for _, node := range nodes {
					soon(func() bool { return node.Get("/user/check", access).Text("role") == change.to })
					check := node.Get("/user/check", access)
					check.Want(t, 200, "")
					if check.Text("role") != change.to || check.Header.Get("X-User-Role") != change.to {
						t.Errorf("check %s with X-User-Role %q, want %s", check.Body, check.Header.Get("X-User-Role"), change.to)
					}
					if info := node.Get("/user/info", access); info.Text("role") != change.to {
						t.Errorf("info %s, want the role %s", info.Body, change.to)
					}
				}
			}
			app.Advance(time.Minute)
			tokens = next
		}
	})
}
