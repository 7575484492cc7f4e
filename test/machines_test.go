package test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/client"
	"user-api/test/kit"
)

// scopes lists the scopes that a machine needs for its own routes and those of
// administrators. The list in internal/server/gate.go must agree with it.
var scopes = map[string]string{
	"POST /service/introspect": "introspect",

	"GET /admin/users":                  "users:read",
	"GET /admin/users/:id":              "users:read",
	"POST /admin/users/:id/ban":         "users:write",
	"POST /admin/users/:id/unban":       "users:write",
	"PUT /admin/users/:id/role":         "users:write",
	"PATCH /admin/users/:id/metadata":   "users:write",
	"DELETE /admin/users/:id":           "users:write",
	"POST /admin/users/:id/mfa/reset":   "users:write",
	"DELETE /admin/users/:id/mfa/reset": "users:write",
	"DELETE /admin/users/:id/sessions":  "sessions:write",
	"POST /admin/invites":               "users:write",
	"GET /admin/events":                 "audit:read",
	"GET /admin/deliveries":             "audit:read",
	"GET /admin/stats":                  "audit:read",
	"GET /admin/health":                 "audit:read",
	"GET /service/revocations":          "revocations:read",
}

// Users and administrators use their routes as before. A machine may use the administrator
// routes and its own routes in its scope, with its secret or its token, and no route for
// users; a user may use none for machines.
func TestMachines_everyRoute(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, user := asAdmin(t, app)
		one, token := map[string]kit.Machine{}, map[string]string{}
		for _, scope := range client.Scopes {
			one[scope] = app.Machine(strings.ReplaceAll(scope, ":", "-"), scope)
			token[scope] = app.Token(one[scope])
		}
		all := app.Machine("all", client.Scopes...)
		allToken := app.Token(all)
		wrong := kit.Machine{ID: all.ID, Secret: one[client.UsersRead].Secret}
		found := map[string]string{}
		for _, group := range readRoutes(t) {
			for _, r := range group.routes {
				if _, open := openRoutes[r.String()]; open {
					continue
				}
				ask := func(bearer string, header map[string]string) int {
					path := regexp.MustCompile(`:\w+`).ReplaceAllString(r.path, "1")
					resp := app.Do(kit.Request{Method: r.method, Path: path, Bearer: bearer, Header: header})
					if resp.Status >= 400 {
						resp.Want(t, resp.Status, resp.Text("code")) // in the common error schema
					}
					return resp.Status
				}
				wants := func(who string, got int, want ...int) {
					t.Helper()
					if !slices.Contains(want, got) {
						t.Errorf("%s by %s: %d, want one of %v", r, who, got, want)
					}
				}
				wants("nobody", ask("", nil), 401)
				wants("a wrong secret", ask("", wrong.Basic()), 401)
				forMachines := strings.HasPrefix(r.path, "/service/")
				if !strings.HasPrefix(r.path, "/admin/") && !forMachines {
					wants("a machine with every scope", ask("", all.Basic()), 401)
					wants("its token", ask(allToken, nil), 401)
					continue
				}
				passes := []int{200, 204, 400, 404} // there is no user 1, and no body
				if forMachines {
					wants("a user", ask(user.Access, nil), 401)
					wants("an administrator", ask(admin.Access, nil), 401)
				} else {
					wants("a user", ask(user.Access, nil), 403)
					wants("an administrator", ask(admin.Access, nil), passes...)
				}
				wants("a machine with every scope", ask("", all.Basic()), passes...)
				wants("its token", ask(allToken, nil), passes...)
				for _, scope := range client.Scopes {
					bySecret, byToken := ask("", one[scope].Basic()), ask(token[scope], nil)
					if bySecret != byToken {
						t.Errorf("%s with %s: %d by secret, %d by token", r, scope, bySecret, byToken)
					}
					if bySecret != http.StatusForbidden {
						wants(scope, bySecret, passes...)
						found[r.String()] += scope
					}
				}
			}
		}
		if diff := cmp.Diff(scopes, found); diff != "" {
			t.Errorf("the scopes that routes need (-want +got):\n%s", diff)
		}
		// A user's token does not authenticate a client.
		app.Do(kit.FormRequest("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, map[string]string{"Authorization": "Bearer " + admin.Access})).
			Want(t, 401, "unauthorized")
	})
}

// A refusal lists both ways to authenticate a machine, and names a missing scope.
func TestMachines_challenges(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("reader", client.UsersRead)
		const basic, bearer = `Basic realm="user-api", charset="UTF-8"`, "Bearer"
		lacks := `Bearer error="insufficient_scope", scope="audit:read"`
		for name, c := range map[string]struct {
			path   string
			bearer string
			header map[string]string
			status int
			want   []string
		}{
			"nobody":                     {path: "/admin/users", status: 401, want: []string{basic, bearer}},
			"a wrong secret":             {path: "/admin/users", header: kit.Machine{ID: m.ID, Secret: "x"}.Basic(), status: 401, want: []string{basic, bearer}},
			"an unknown machine":         {path: "/admin/users", header: kit.Machine{ID: "x", Secret: m.Secret}.Basic(), status: 401, want: []string{basic, bearer}},
			"a wrong token":              {path: "/admin/users", bearer: "x", status: 401, want: []string{bearer}},
			"another scope":              {path: "/admin/events", header: m.Basic(), status: 403, want: []string{lacks}},
			"a token of another scope":   {path: "/admin/events", bearer: app.Token(m), status: 403, want: []string{lacks}},
			"a machine for a user":       {path: "/user/info", header: m.Basic(), status: 401, want: []string{bearer}},
			"the right one is asked for": {path: "/admin/users", header: m.Basic(), status: 200},
		} {
			resp := app.Do(kit.Request{Method: "GET", Path: c.path, Bearer: c.bearer, Header: c.header})
			if got := resp.Header.Values("WWW-Authenticate"); resp.Status != c.status || !slices.Equal(got, c.want) {
				t.Errorf("%s: %d %q, want %d %q", name, resp.Status, got, c.status, c.want)
			}
		}
	})
}

// All actions of a machine are in the trail under its name, without a person's proof; and
// the last administrator stays.
func TestMachines_acts(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, other := asAdmin(t, app)
		id, boss := idOf(app, other), idOf(app, admin)
		m := app.Machine("billing", client.Scopes...)
		do := func(method, path string, body any) kit.Response {
			return app.Do(kit.Request{Method: method, Path: path, Body: body, Header: m.Basic()})
		}
		for _, power := range powers {
			path := replaceID(power.path, boss)
			if resp := do(power.method, path, power.body); strings.HasSuffix(path, "/unban") || strings.HasSuffix(path, "/metadata") || strings.HasSuffix(path, "/sessions") {
				resp.Want(t, 204, "")
			} else if strings.HasSuffix(path, "/mfa/reset") {
				resp.Want(t, 404, "not_found") // no factor, and no reset
			} else {
				resp.Want(t, 403, "forbidden")
			}
		}
		app.Advance(time.Minute)
		admin = app.SignIn(phone) // its sessions were ended
		for _, path := range []string{"/admin/users", fmt.Sprint("/admin/users/", id), "/admin/events", "/admin/deliveries"} {
			do("GET", path, nil).Want(t, 200, "")
		}
		do("POST", replaceID("/admin/users/:id/ban", id), object{"reason": "x"}).Want(t, 204, "")
		app.Get("/user/info", other.Access).Want(t, 401, "session_ended")
		do("POST", replaceID("/admin/users/:id/unban", id), nil).Want(t, 204, "")
		do("PUT", replaceID("/admin/users/:id/role", id), object{"role": "admin"}).Want(t, 204, "")
		do("POST", "/admin/invites", object{"expiresIn": 60}).Want(t, 200, "")
		do("DELETE", replaceID("/admin/users/:id", id), nil).Want(t, 204, "")
		app.Token(m)
		want := []string{
			"account_deleted ", "admin_read deliveries", "admin_read events", "admin_read user_data", "admin_read users", "app_metadata_changed ", "banned ", "client_token ",
			"invite_created ", "role_changed admin", "sessions_ended ", "unbanned ", "unbanned ",
		}
		var got []string
		soon(func() bool {
			got = nil
			events, _ := app.Get("/admin/events?limit=100", admin.Access).JSON["events"].([]any)
			for _, one := range events {
				e := one.(object)
				if actor, _ := e["actor"].(string); actor == "client:billing" {
					reason, _ := e["reason"].(string)
					got = append(got, fmt.Sprint(e["type"], " ", reason))
					if e["actorId"] != nil {
						t.Errorf("%v has the actor %v in addition to the machine", e["type"], e["actorId"])
					}
				}
			}
			slices.Sort(got)
			return len(got) == len(want)
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the trail of the machine (-want +got):\n%s", diff)
		}
	})
}

// A machine has its own limit, and wrong secrets have one by network; neither affects the
// correct secret of another machine.
func TestMachines_limits(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m, other := app.Machine("reader", client.UsersRead), app.Machine("other", client.UsersRead)
		ask := func(m kit.Machine) kit.Response {
			return app.Do(kit.Request{Method: "GET", Path: "/admin/users", Header: m.Basic()})
		}
		// A charge that takes Redis too long is skipped, so a busy machine may let more
		// pass.
		refused := func(m kit.Machine, before int) {
			t.Helper()
			for n := 0; ; n++ {
				resp := ask(m)
				if resp.Status != before {
					resp.Want(t, 429, "rate_limited")
					if resp.Text("limit") != "machine" || resp.Number("retryAfter") < 1 || n == 0 {
						t.Errorf("request %d refused by %s", n+1, resp.Body)
					}
					return
				}
				if n == 50 {
					t.Fatalf("no limit after %d", n)
				}
			}
		}
		refused(kit.Machine{ID: m.ID, Secret: "wrong"}, 401)
		ask(m).Want(t, 200, "")
		refused(m, 200)
		ask(other).Want(t, 200, "")
		app.Advance(2 * time.Minute)
		ask(m).Want(t, 200, "")
	}, "RateLimit: {Machine: {Id: 5/300, Requests: 3/60}}")
}
