package test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"user-api/internal/client"
	"user-api/test/kit"
)

// The token endpoint answers as in RFC 6749, errors of the edge included, and also in the
// schema of the other routes.
func TestOAuthToken(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("reader", client.UsersRead, client.AuditRead)
		good := url.Values{"grant_type": {"client_credentials"}}
		with := func(more url.Values) url.Values {
			form := maps.Clone(good)
			maps.Copy(form, more)
			return form
		}
		answer := app.Do(kit.FormRequest("/oauth/token", good, m.Basic()))
		answer.Want(t, 200, "")
		if answer.Text("token_type") != "Bearer" || answer.Number("expires_in") != 900 || answer.Text("scope") != "audit:read users:read" ||
			answer.Header.Get("Cache-Control") != "no-store" || len(answer.JSON) != 4 {
			t.Errorf("%v %s", answer.Header, answer.Body)
		}
		app.Get("/admin/users", answer.Text("access_token")).Want(t, 200, "")
		narrow := app.Do(kit.FormRequest("/oauth/token", with(url.Values{"scope": {"users:read"}, "client_id": {m.ID}, "client_secret": {m.Secret}}), nil))
		narrow.Want(t, 200, "")
		app.Get("/admin/users", narrow.Text("access_token")).Want(t, 200, "")
		app.Get("/admin/events", narrow.Text("access_token")).Want(t, 403, "forbidden")

		gzip, plain, large := maps.Clone(m.Basic()), maps.Clone(m.Basic()), strings.Repeat("a", 65<<10)
		gzip["Content-Encoding"], plain["Content-Type"] = "gzip", "text/plain"
		for name, c := range map[string]struct {
			request     kit.Request
			status      int
			code, error string
			challenge   string
		}{
			"no proof":          {kit.FormRequest("/oauth/token", good, nil), 401, "unauthorized", "invalid_client", `Basic realm="user-api", charset="UTF-8"`},
			"a wrong secret":    {kit.FormRequest("/oauth/token", good, kit.Machine{ID: m.ID, Secret: "x"}.Basic()), 401, "unauthorized", "invalid_client", `Basic realm="user-api", charset="UTF-8"`},
			"another grant":     {kit.FormRequest("/oauth/token", url.Values{"grant_type": {"password"}}, m.Basic()), 400, "invalid_request", "unsupported_grant_type", ""},
			"a machine's code":  {kit.FormRequest("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, m.Basic()), 400, "invalid_request", "unauthorized_client", ""},
			"a grant twice":     {kit.FormRequest("/oauth/token", url.Values{"grant_type": {"client_credentials", "client_credentials"}}, m.Basic()), 400, "invalid_request", "invalid_request", ""},
			"any other twice":   {kit.FormRequest("/oauth/token", with(url.Values{"resource": {"x", "x"}}), m.Basic()), 400, "invalid_request", "invalid_request", ""},
			"a malformed form":  {kit.Request{Method: "POST", Path: "/oauth/token", Body: "grant_type=%zz", Header: kit.FormRequest("", nil, m.Basic()).Header}, 400, "invalid_request", "invalid_request", ""},
			"another scope":     {kit.FormRequest("/oauth/token", with(url.Values{"scope": {"users:write"}}), m.Basic()), 400, "invalid_request", "invalid_scope", ""},
			"no grant":          {kit.FormRequest("/oauth/token", nil, m.Basic()), 400, "invalid_request", "invalid_request", ""},
			"no body":           {kit.Request{Method: "POST", Path: "/oauth/token", Header: m.Basic()}, 400, "invalid_request", "invalid_request", ""},
			"JSON":              {kit.Request{Method: "POST", Path: "/oauth/token", Header: m.Basic(), Body: object{"grant_type": "client_credentials"}}, 415, "unsupported_media_type", "invalid_request", ""},
			"text":              {kit.FormRequest("/oauth/token", good, plain), 415, "unsupported_media_type", "invalid_request", ""},
			"gzip":              {kit.FormRequest("/oauth/token", good, gzip), 415, "unsupported_media_type", "invalid_request", ""},
			"too much":          {kit.FormRequest("/oauth/token", url.Values{"a": {large}}, m.Basic()), 413, "body_too_large", "invalid_request", ""},
			"another method":    {kit.Request{Method: "GET", Path: "/oauth/token", Header: m.Basic()}, 405, "method_not_allowed", "invalid_request", ""},
			"in the query":      {kit.Request{Method: "POST", Path: "/oauth/token?" + with(url.Values{"client_id": {m.ID}, "client_secret": {m.Secret}}).Encode()}, 400, "invalid_request", "invalid_request", ""},
			"elsewhere, a form": {kit.FormRequest("/admin/invites", good, m.Basic()), 415, "unsupported_media_type", "", ""},
		} {
			resp := app.Do(c.request)
			resp.Want(t, c.status, c.code)
			if resp.Text("error") != c.error || (c.error != "" && resp.Text("error_description") != resp.Text("msg")) {
				t.Errorf("%s: %s, want the error %q", name, resp.Body, c.error)
			}
			if got := resp.Header.Get("WWW-Authenticate"); got != c.challenge || len(resp.Header.Values("WWW-Authenticate")) > 1 {
				t.Errorf("%s: WWW-Authenticate %q, want %q", name, got, c.challenge)
			}
		}
	})
}

// With a failing store: without Redis, or with a read-only one, machines work, and one
// removed on another node stops within 5 s. Without the database, cached machines work for
// 5 s, and then no request is called unauthorized.
func TestMachines_outages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for rows to become stale")
	}
	app := kit.New(t, kit.Real)
	there := app.Beside()
	m, kept := app.Machine("reader", client.UsersRead), app.Machine("kept", client.UsersRead)
	token := there.Token(m)
	status := func(header map[string]string, bearer string) int {
		return there.Do(kit.Request{Method: http.MethodGet, Path: "/admin/users", Header: header, Bearer: bearer}).Status
	}
	wants := func(what string, got int, want ...int) {
		t.Helper()
		if !slices.Contains(want, got) {
			t.Errorf("%s: %d, want one of %v", what, got, want)
		}
	}
	app.RedisLine.Cut()
	wants("a machine without Redis", status(m.Basic(), ""), 200)
	wants("its token", status(nil, token), 200)
	wants("a wrong secret", status(kit.Machine{ID: m.ID, Secret: "x"}.Basic(), ""), 401)
	if err := app.Service.Clients.Remove(t.Context(), m.Name); err != nil {
		t.Fatal(err)
	}
	there.Await("the end of the machine", func() bool { return status(m.Basic(), "") == 401 })
	wants("the token of one that is removed", status(nil, token), 401)
	wants("another machine", status(kept.Basic(), ""), 200)

	app.DBLine.Cut()
	// The route itself needs the database: any answer but 401 means the request was
	// authorized.
	wants("a machine without the database", status(kept.Basic(), ""), 503)
	there.Await("that nobody is told to be wrong", func() bool { return status(kit.Machine{ID: "x", Secret: "x"}.Basic(), "") == 503 })
	wants("a machine once rows are old", status(kept.Basic(), ""), 503)
	app.DBLine.Restore(t)
	app.RedisLine.Restore(t)
	there.Await("the database", func() bool { return status(kept.Basic(), "") == 200 })
	wants("the removed one", status(m.Basic(), ""), 401)
}
