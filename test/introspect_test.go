package test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/client"
	"user-api/internal/types"
	"user-api/model"
	"user-api/test/kit"
)

// introspecting is an introspection request with HTTP Basic.
func introspecting(m kit.Machine, token string) kit.Request {
	return kit.FormRequest("/service/introspect", url.Values{"token": {token}}, m.Basic())
}

func introspect(app *kit.App, m kit.Machine, token string) kit.Response {
	return app.Do(introspecting(m, token))
}

// wantInactive checks that an answer says only that the token is inactive.
func wantInactive(t *testing.T, name string, resp kit.Response) {
	t.Helper()
	if resp.Status != 200 || string(resp.Body) != `{"active":false}` {
		t.Errorf("%s: %d %s, want only active: false", name, resp.Status, resp.Body)
	}
}

// An active token is described by its claims, with the current role; an inactive one by
// nothing, whatever the reason.
func TestIntrospect(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("gateway", client.Introspect)
		admin, user := asAdmin(t, app)
		id := idOf(app, user)
		as(app, admin.Access, "PATCH", replaceID("/admin/users/:id/metadata", id), object{"appMetadata": object{"plan": "pro"}}).Want(t, 204, "")
		user = refresh(app, user.Refresh).Tokens()
		holds := func(what, token string, more object) kit.Response {
			t.Helper()
			resp := introspect(app, m, token)
			resp.Want(t, 200, "")
			want := payload(t, token)
			maps.Copy(want, object{"active": true, "token_type": "Bearer"})
			maps.Copy(want, more)
			if diff := cmp.Diff(want, resp.JSON); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			if resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", what, resp.Header)
			}
			return resp
		}
		told := holds("a user's", user.Access, object{"plan": "pro"}).JSON
		maps.Copy(told, holds("a machine's", app.Token(m), object{"scope": "introspect", "client_id": m.ID}).JSON)
		delete(told, "plan")
		described := members(types.IntrospectResp{})
		slices.Sort(described)
		if diff := cmp.Diff(described, slices.Sorted(maps.Keys(told))); diff != "" {
			t.Errorf("the fields in user.api and in the answer (-described +got):\n%s", diff)
		}
		as(app, admin.Access, "PUT", replaceID("/admin/users/:id/role", id), object{"role": "admin"}).Want(t, 204, "")
		holds("a role that has changed", user.Access, object{"role": "admin"})

		// Introspection of a token is not charged to the machine that the token belongs to.
		other := app.Machine("other", client.UsersRead, client.AuditRead)
		token := app.Token(other)
		holds("another machine's", token, nil)
		elsewhere, secret, err := app.Service.Clients.Create(t.Context(), client.Draft{Name: "orders", Audience: "orders"})
		if err != nil {
			t.Fatal(err)
		}
		ended := app.SignIn("+919876543212")
		app.Do(kit.Request{Method: "POST", Path: "/user/logout", Bearer: ended.Access}).Want(t, 204, "")
		if err := app.Service.Clients.Disable(t.Context(), other.Name); err != nil {
			t.Fatal(err)
		}
		for name, token := range map[string]string{
			"a refresh token":          user.Refresh,
			"no token":                 "opaque-" + canary,
			"a forged one":             user.Access[:len(user.Access)-4] + "AAAA",
			"for another audience":     app.Token(kit.Machine{ID: elsewhere.ID, Secret: secret}),
			"a session that has ended": ended.Access,
			"a disabled machine":       token,
			"a very long one":          strings.Repeat("a", 60<<10),
		} {
			wantInactive(t, name, introspect(app, m, token))
		}
		as(app, admin.Access, "POST", replaceID("/admin/users/:id/ban", id), object{"reason": "x"}).Want(t, 204, "")
		wantInactive(t, "a banned user", introspect(app, m, user.Access))
		late := app.Token(m)
		app.Advance(15 * time.Minute)
		wantInactive(t, "expired", introspect(app, m, admin.Access))
		wantInactive(t, "a machine's, expired", introspect(app, m, late))
		if strings.Contains(kit.Log(), "opaque-"+canary) {
			t.Error("the log contains the token")
		}
	}, "Auth: {Claims: {plan: appMetadata.plan}}")
}

// members returns the JSON names of a type's fields.
func members(v any) (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// An invalid request is answered as at the token endpoint.
func TestIntrospect_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m, reader := app.Machine("gateway", client.Introspect), app.Machine("reader", client.UsersRead)
		user := app.SignIn(phone)
		form := func(more string) kit.Request {
			r := kit.FormRequest("/service/introspect", nil, m.Basic())
			r.Body = "token=" + user.Access + more
			return r
		}
		by := func(header map[string]string) kit.Request {
			return kit.FormRequest("/service/introspect", url.Values{"token": {user.Access}}, header)
		}
		const basic, bearer, invalid = `Basic realm="user-api", charset="UTF-8"`, "Bearer", `Bearer error="invalid_token"`
		ended := app.Machine("ended", client.Introspect)
		endedToken := app.Token(ended)
		if err := app.Service.Clients.Remove(t.Context(), ended.Name); err != nil {
			t.Fatal(err)
		}
		plain := maps.Clone(m.Basic())
		plain["Content-Type"] = "text/plain"
		for name, c := range map[string]struct {
			request     kit.Request
			status      int
			code, error string
			challenges  []string
		}{
			"nobody":              {by(nil), 401, "unauthorized", "invalid_client", []string{basic, bearer}},
			"a wrong secret":      {by(kit.Machine{ID: m.ID, Secret: "x"}.Basic()), 401, "unauthorized", "invalid_client", []string{basic, bearer}},
			"a user":              {by(map[string]string{"Authorization": "Bearer " + user.Access}), 401, "unauthorized", "invalid_client", []string{invalid}},
			"a machine no more":   {by(map[string]string{"Authorization": "Bearer " + endedToken}), 401, "unauthorized", "invalid_client", []string{invalid}},
			"another scope":       {by(reader.Basic()), 403, "forbidden", "insufficient_scope", []string{`Bearer error="insufficient_scope", scope="introspect"`}},
			"a secret as form":    {kit.FormRequest("/service/introspect", url.Values{"token": {user.Access}, "client_id": {m.ID}, "client_secret": {m.Secret}}, nil), 401, "unauthorized", "invalid_client", []string{basic, bearer}},
			"no body":             {kit.Request{Method: "POST", Path: "/service/introspect", Header: m.Basic()}, 400, "invalid_request", "invalid_request", nil},
			"no token":            {kit.FormRequest("/service/introspect", url.Values{"token_type_hint": {"access_token"}}, m.Basic()), 400, "invalid_request", "invalid_request", nil},
			"an empty token":      {kit.FormRequest("/service/introspect", url.Values{"token": {""}}, m.Basic()), 400, "invalid_request", "invalid_request", nil},
			"two tokens":          {form("&token=" + user.Access), 400, "invalid_request", "invalid_request", nil},
			"two hints":           {form("&token_type_hint=a&token_type_hint=b"), 400, "invalid_request", "invalid_request", nil},
			"something twice":     {form("&resource=a&resource=b"), 400, "invalid_request", "invalid_request", nil},
			"another's name":      {form("&client_id=" + reader.ID), 400, "invalid_request", "invalid_request", nil},
			"no form":             {form("&%zz"), 400, "invalid_request", "invalid_request", nil},
			"JSON":                {kit.Request{Method: "POST", Path: "/service/introspect", Header: m.Basic(), Body: object{"token": user.Access}}, 415, "unsupported_media_type", "invalid_request", nil},
			"text":                {kit.FormRequest("/service/introspect", url.Values{"token": {"x"}}, plain), 415, "unsupported_media_type", "invalid_request", nil},
			"too much":            {form("&a=" + strings.Repeat("a", 65<<10)), 413, "body_too_large", "invalid_request", nil},
			"another method":      {kit.Request{Method: "GET", Path: "/service/introspect?token=x", Header: m.Basic()}, 405, "method_not_allowed", "invalid_request", nil},
			"no such route":       {kit.Request{Method: "POST", Path: "/service/introspects", Header: m.Basic()}, 404, "not_found", "", nil},
			"in the query":        {kit.Request{Method: "POST", Path: "/service/introspect?token=" + user.Access, Header: m.Basic()}, 400, "invalid_request", "invalid_request", nil},
			"the right one":       {form("&token_type_hint=refresh_token&resource=x"), 200, "", "", nil},
			"its own token":       {by(map[string]string{"Authorization": "Bearer " + app.Token(m)}), 200, "", "", nil},
			"its own token again": {kit.FormRequest("/service/introspect", url.Values{"token": {app.Token(m)}}, map[string]string{"Authorization": "Bearer " + app.Token(m)}), 200, "", "", nil},
		} {
			resp := app.Do(c.request)
			resp.Want(t, c.status, c.code)
			if resp.Text("error") != c.error || c.error != "" && resp.Text("error_description") != resp.Text("msg") {
				t.Errorf("%s: %s, want the error %q", name, resp.Body, c.error)
			}
			if got := resp.Header.Values("WWW-Authenticate"); !slices.Equal(got, c.challenges) {
				t.Errorf("%s: WWW-Authenticate %q, want %q", name, got, c.challenges)
			}
			if resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", name, resp.Header.Get("Cache-Control"))
			}
			if c.status == 200 && resp.JSON["active"] != true {
				t.Errorf("%s: %s", name, resp.Body)
			}
		}
	})
}

// Requests are charged to the machine that sends them, wrong secrets to the client that
// sends them, and neither to the token's owner.
func TestIntrospect_limits(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m, asked := app.Machine("gateway", client.Introspect), app.Machine("asked", client.UsersRead)
		token := app.Token(asked)
		limited := func(m kit.Machine) kit.Response {
			t.Helper()
			for range 50 { // a charge that takes Redis too long is skipped
				if resp := introspect(app, m, token); resp.Status == http.StatusTooManyRequests {
					return resp
				}
			}
			t.Fatal("there is no limit")
			return kit.Response{}
		}
		for _, m := range []kit.Machine{{ID: m.ID, Secret: "wrong"}, m} {
			if resp := limited(m); resp.Text("limit") != "machine" || resp.Text("error") != "temporarily_unavailable" {
				t.Errorf("refused by %s", resp.Body)
			}
		}
		app.Do(kit.Request{Method: "GET", Path: "/admin/users", Bearer: token}).Want(t, 200, "")
	}, "RateLimit: {Machine: {Id: 5/300, Requests: 3/60}}")
}

// A node never guesses: without both stores it answers 503 once its cached data is stale. A
// session ended on another node is inactive here within 5 s.
func TestIntrospect_outage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for cached data to become stale")
	}
	app := kit.New(t, kit.Real)
	there := app.Beside()
	m, user, stays := app.Machine("gateway", client.Introspect), app.SignIn(phone), app.SignIn("+919876543211")
	bearer := map[string]string{"Authorization": "Bearer " + app.Token(m)}
	state := func(access string) string {
		resp := there.Do(kit.FormRequest("/service/introspect", url.Values{"token": {access}}, bearer))
		return fmt.Sprint(resp.Status, " ", resp.JSON["active"])
	}
	if got := state(user.Access); got != "200 true" {
		t.Fatal(got)
	}
	app.RedisLine.Cut()
	if err := app.Service.Sessions.Revoke(t.Context(), payload(t, user.Access)["sid"].(string), model.EndedBySignOut); err != nil {
		t.Fatal(err)
	}
	there.Await("the end of the session", func() bool { return state(user.Access) == "200 false" })
	app.DBLine.Cut()
	there.Await("that nothing is said", func() bool {
		got := state(stays.Access)
		if got != "200 true" && got != "503 <nil>" {
			t.Fatalf("an active token: %s", got)
		}
		return got == "503 <nil>"
	})
	if got := state(user.Access); got == "200 true" {
		t.Errorf("a token of an ended session: %s", got)
	}
	app.DBLine.Restore(t)
	app.RedisLine.Restore(t)
	there.Await("the stores", func() bool { return state(stays.Access) == "200 true" })
	if got := state(user.Access); got != "200 false" {
		t.Errorf("a token of an ended session: %s", got)
	}
}

// Tokens signed with a key pair are described like others; they become inactive when their
// key is revoked.
func TestIntrospect_byKey(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m, user := app.Machine("gateway", client.Introspect), app.SignIn(phone)
		machine, old := app.Token(m), headerOf(t, user.Access).Kid
		for _, token := range []string{user.Access, machine} {
			if resp := introspect(app, m, token); resp.JSON["active"] != true || resp.Text("iss") != "https://id.example.com" {
				t.Errorf("%d %s", resp.Status, resp.Body)
			}
			head, rest, _ := strings.Cut(token, ".")
			wantInactive(t, "another signature", introspect(app, m, token[:len(token)-4]+"AAAA"))
			wantInactive(t, "another key", introspect(app, m, strings.Replace(head, head[len(head)-20:], strings.Repeat("A", 20), 1)+"."+rest))
			wantInactive(t, "another algorithm", introspect(app, m, jwtPart(accessHeader)+"."+rest))
		}
		if _, err := app.Service.Keys.Rotate(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if _, err := app.Service.Keys.Revoke(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{user.Access, machine} {
			app.Await("the end of the key", func() bool {
				resp := introspect(app, m, token)
				return resp.Status == 200 && resp.JSON["active"] == false
			})
		}
	}, byES256)
}
