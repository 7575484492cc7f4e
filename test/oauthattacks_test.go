package test

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/test/kit"
)

// If the client or the redirect URI is wrong, the user is not redirected.
func TestOAuth_neverRedirected(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const registered = "https://shop.example/cb"
		web := newApp(t, app, "web", false, registered, "http://127.0.0.1:9000/cb")
		native := newApp(t, app, "native", true, "http://127.0.0.1/cb", "http://[::1]:7/cb?x=1", "com.example.app:/cb", registered, "http://localhost:9/cb")
		machine := app.Machine("machine")
		access := app.SignIn(phone).Access
		refuses := func(what string, query string) {
			t.Helper()
			for _, answer := range []kit.Response{app.Get("/oauth/authorize?"+query, ""), web.agrees(access, query)} {
				if answer.Status != 400 || answer.Text("code") != "invalid_request" || answer.Header.Get("Location") != "" || strings.Contains(string(answer.Body), "evil") {
					t.Errorf("%s: %d %v %s", what, answer.Status, answer.Header, answer.Body)
				}
			}
		}
		for _, evil := range []string{
			"https://evil.example/cb", registered + "/", registered + "/..", registered + "?a=b", registered + "#evil", registered + "%2f", registered + " ",
			"HTTPS://shop.example/cb", "https://SHOP.example/cb", "https://shop.example:443/cb", "https://shop.example/CB", "//shop.example/cb",
			"http://shop.example/cb", "https://shop.example.evil.example/cb", "https://shop.example@evil.example/cb", "https://evil.example/https://shop.example/cb",
			"https://shop.example/cb\r\nSet-Cookie: a=b", "https://shop.example\\@evil.example/cb", "https://shop.example/c%62", "javascript:alert(1)", "data:text/html,evil", "",
			"http://127.0.0.1:9001/cb", "http://127.0.0.1/cb",
		} {
			refuses(evil, web.asks(func(q url.Values) { q.Set("redirect_uri", evil) }))
		}
		for _, evil := range []string{
			"http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1:@evil.example/cb", "http://127.0.0.1.evil.example/cb", "http://127.0.0.1:1234567/cb",
			"http://127.0.0.1:/cb", "http://127.0.0.1:80evil/cb", "http://127.0.0.1:80/cb/", "http://127.0.0.1:80", "http://127.0.0.2:80/cb", "http://localhost:80/cb",
			"https://127.0.0.1:80/cb", "http://[::1]:80/cb", "http://[::1]:80/cb?x=2", "http://[::1:80/cb?x=1", "com.example.app:/cb/x", "com.example.app://cb", "com.example.evil:/cb",
		} {
			refuses(evil, native.asks(func(q url.Values) { q.Set("redirect_uri", evil) }))
		}
		for _, good := range []string{"http://127.0.0.1:51234/cb", "http://127.0.0.1/cb", "http://[::1]:65535/cb?x=1", "http://[::1]/cb?x=1", "com.example.app:/cb", registered, "http://localhost:9/cb"} {
			if page := app.Get("/oauth/authorize?"+native.asks(func(q url.Values) { q.Set("redirect_uri", good) }), ""); page.Status != 200 {
				t.Errorf("%s: %d %s", good, page.Status, page.Body)
			}
		}
		refuses("an unknown client", web.asks(func(q url.Values) { q.Set("client_id", "evil") }))
		refuses("a machine", web.asks(func(q url.Values) { q.Set("client_id", machine.ID) }))
		refuses("no client", web.asks(func(q url.Values) { q.Del("client_id") }))
		refuses("two clients", web.asks(func(q url.Values) { q.Add("client_id", web.id) }))
		refuses("two redirect URIs", web.asks(func(q url.Values) { q.Add("redirect_uri", registered) }))
		refuses("another client's", native.asks(func(q url.Values) { q.Set("redirect_uri", "http://127.0.0.1:9000/cb"); q.Set("client_id", web.id+"x") }))
		refuses("a malformed query", "client_id=%zz")
		app.Get("/user/check", access).Want(t, 200, "") // none of that ended the session
		if err := app.Service.Clients.Disable(t.Context(), "web"); err != nil {
			t.Fatal(err)
		}
		refuses("a disabled client", web.asks(nil))
	}, withIssuer)
}

// Other errors are reported to the application by a redirect, with its state and the
// issuer.
func TestOAuth_redirectedErrors(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a := newApp(t, app, "app", true, appURL)
		set := func(name string, values ...string) func(url.Values) {
			return func(q url.Values) {
				if q[name] = values; len(values) == 0 {
					q.Del(name)
				}
			}
		}
		for name, c := range map[string]struct {
			change func(url.Values)
			want   string
		}{
			"no PKCE":            {func(q url.Values) { q.Del("code_challenge"); q.Del("code_challenge_method") }, "invalid_request"},
			"plain":              {set("code_challenge_method", "plain"), "invalid_request"},
			"no method":          {set("code_challenge_method"), "invalid_request"},
			"no challenge":       {set("code_challenge"), "invalid_request"},
			"a short challenge":  {set("code_challenge", challengeOf(verifier)[1:]), "invalid_request"},
			"an odd challenge":   {set("code_challenge", challengeOf(verifier)[1:]+"="), "invalid_request"},
			"no response_type":   {set("response_type"), "invalid_request"},
			"token":              {set("response_type", "token"), "unsupported_response_type"},
			"two response types": {set("response_type", "code id_token"), "unsupported_response_type"},
			"fragment":           {set("response_mode", "fragment"), "invalid_request"},
			"a scope":            {set("scope", "openid"), "invalid_scope"},
			"max_age":            {set("max_age", "-1"), "invalid_request"},
			"a request object":   {set("request", "e30.e30."), "request_not_supported"},
			"a request_uri":      {set("request_uri", "https://evil.example"), "request_uri_not_supported"},
			"twice":              {set("code_challenge", challengeOf(verifier), challengeOf("other")), "invalid_request"},
			"any twice":          {set("resource", "a", "a"), "invalid_request"},
			"prompt=none":        {set("prompt", "none"), "interaction_required"},
		} {
			answer := noFollow(t, app, "/oauth/authorize?"+a.asks(c.change))
			at, values := location(t, answer.Header.Get("Location"))
			if answer.StatusCode != 303 || at != "https://shop.example/cb" || answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %v", name, answer.StatusCode, answer.Header)
			}
			values.Del("error_description")
			want := url.Values{"from": {"id"}, "error": {c.want}, "state": {"s t&a=te"}, "iss": {issuer}}
			if diff := cmp.Diff(want, values); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		answer := noFollow(t, app, "/oauth/authorize?"+a.asks(set("state", "a", "b")))
		if _, values := location(t, answer.Header.Get("Location")); values.Has("state") || values.Get("error") != "invalid_request" {
			t.Errorf("state twice: %v", answer.Header)
		}
		access := app.SignIn(phone).Access
		wrong := a.agrees(access, a.asks(set("scope", "x")))
		wrong.Want(t, 200, "")
		if _, values := location(t, wrong.Text("location")); values.Get("error") != "invalid_scope" || values.Has("code") {
			t.Errorf("posted by the page: %s", wrong.Body)
		}
	}, withIssuer)
}

// A code works only for the client it was issued to, with its verifier and redirect URI,
// and for a minute.
func TestOAuth_codeInjection(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const other = "https://shop.example/other"
		a, b := newApp(t, app, "app", true, appURL, other), newApp(t, app, "web", false, appURL)
		code := a.code(app.SignIn(phone).Access)
		with := func(name string, values ...string) url.Values {
			form := maps.Clone(a.form(code))
			if form[name] = values; len(values) == 0 {
				form.Del(name)
			}
			return form
		}
		for what, c := range map[string]struct {
			form url.Values
			want string
		}{
			"no verifier":         {with("code_verifier"), "invalid_request"},
			"an empty verifier":   {with("code_verifier", ""), "invalid_request"},
			"a short verifier":    {with("code_verifier", verifier[1:]), "invalid_request"},
			"another verifier":    {with("code_verifier", strings.Repeat("a", 43)), "invalid_grant"},
			"the challenge":       {with("code_verifier", challengeOf(verifier)), "invalid_grant"},
			"two verifiers":       {with("code_verifier", verifier, verifier), "invalid_request"},
			"another redirect":    {with("redirect_uri", other), "invalid_grant"},
			"two codes":           {with("code", code, code), "invalid_request"},
			"no code":             {with("code"), "invalid_request"},
			"an altered code":     {with("code", code[:len(code)-4]+"AAAA"), "invalid_grant"},
			"a longer code":       {with("code", code+"A"), "invalid_grant"},
			"no code of ours":     {with("code", "x"), "invalid_grant"},
			"a code with an end":  {with("code", code+"="), "invalid_grant"},
			"a very long code":    {with("code", strings.Repeat("a", 5000)), "invalid_grant"},
			"of another client":   {b.form(code), "invalid_grant"},
			"as a refresh token":  {url.Values{"grant_type": {"refresh_token"}, "refresh_token": {code}, "client_id": {a.id}}, "invalid_grant"},
			"as another grant":    {with("grant_type", "password"), "unsupported_grant_type"},
			"of its own, no code": {with("grant_type", "client_credentials"), "unauthorized_client"},
		} {
			wantGrantError(t, what, a.tokens(c.form), c.want)
		}
		for what, form := range map[string]url.Values{
			"a secret of a public client": with("client_secret", "x"), "an unknown client": with("client_id", "x"), "no client": with("client_id"),
			"a confidential client without its secret": with("client_id", b.id),
		} {
			if answer := a.tokens(form); answer.Status != 401 || answer.Text("error") != "invalid_client" {
				t.Errorf("%s: %d %s", what, answer.Status, answer.Body)
			}
		}
		// None of that has used it up. OAuth 2.1 does not require repeating the redirect
		// URI.
		tokens := a.tokens(with("redirect_uri"))
		tokens.Want(t, 200, "")
		app.Get("/user/check", tokens.Text("access_token")).Want(t, 200, "")

		app.Advance(61e9)
		code = a.code(app.SignIn(phone).Access)
		app.Advance(time.Minute)
		wantGrantError(t, "after a minute", a.tokens(a.form(code)), "invalid_grant")
	}, withIssuer)
}

// Of concurrent uses of a code, one opens a session, which the second use ends.
func TestOAuth_codeOnce(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		a := newApp(t, app, "app", true, appURL)
		code := a.code(app.SignIn(phone).Access)
		var all sync.WaitGroup
		var good atomic.Int64
		var last atomic.Value
		for range kit.Crowd(100) {
			all.Go(func() {
				answer, err := a.TryAnswered(kit.FormRequest("/oauth/token", a.form(code), nil))
				switch {
				case err != nil:
					t.Error(err)
				case answer.Status == 200:
					good.Add(1)
					last.Store(answer)
				case answer.Text("error") != "invalid_grant":
					t.Errorf("%d %s", answer.Status, answer.Body)
				}
			})
		}
		all.Wait()
		if good.Load() != 1 {
			t.Fatalf("%d uses were good, want 1", good.Load())
		}
		tokens := last.Load().(kit.Response)
		app.Get("/user/check", tokens.Text("access_token")).Want(t, 401, "session_ended")
		wantGrantError(t, "its refresh token", a.refresh(tokens.Text("refresh_token")), "invalid_grant")
		if opened, living := a.sessions(); opened != 1 || living != 0 {
			t.Errorf("%d sessions were opened, of which %d are active; want 1 and 0", opened, living)
		}
	}, withIssuer)
}

// One sign-in on the page gives one code, even with repeated requests.
func TestOAuth_pageOnce(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		a := newApp(t, app, "app", true, appURL)
		access := app.SignIn(phone).Access
		var all sync.WaitGroup
		var good atomic.Int64
		for range 50 {
			all.Go(func() {
				answer, err := a.TryDo(kit.Request{Method: "POST", Path: "/oauth/authorize", Bearer: access, Body: object{"query": a.asks(nil)}})
				switch {
				case err != nil:
					t.Error(err)
				case answer.Status == 200:
					good.Add(1)
				case answer.Text("code") != "session_ended":
					t.Errorf("%d %s", answer.Status, answer.Body)
				}
			})
		}
		all.Wait()
		if good.Load() != 1 {
			t.Errorf("%d codes, want 1", good.Load())
		}
	}, withIssuer)
}

// Whatever invalidates one-time codes invalidates a code of OAuth: a ban, a new password,
// signing out everywhere, deleting the account.
func TestOAuth_voidBetween(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a, number := newApp(t, app, "app", true, appURL), 0
		for name, do := range map[string]func(user kit.Tokens){
			"a ban": func(user kit.Tokens) {
				if err := app.Service.Accounts.Ban(t.Context(), idOf(app, user), "", time.Time{}); err != nil {
					t.Fatal(err)
				}
			},
			"a ban that was lifted": func(user kit.Tokens) {
				id := idOf(app, user)
				if err := errors.Join(app.Service.Accounts.Ban(t.Context(), id, "", time.Time{}), app.Service.Accounts.Unban(t.Context(), id)); err != nil {
					t.Fatal(err)
				}
			},
			"password": func(user kit.Tokens) {
				as(app, user.Access, "POST", "/user/password", object{"newPassword": passOne}).Want(t, 204, "")
			},
			"erasure": func(user kit.Tokens) {
				if err := app.Service.Accounts.Delete(t.Context(), idOf(app, user)); err != nil {
					t.Fatal(err)
				}
			},
			"sign-out everywhere": func(user kit.Tokens) {
				as(app, user.Access, "DELETE", "/user/sessions?scope=all", nil).Want(t, 204, "")
			},
		} {
			number++
			user := fmt.Sprintf("+91987654%04d", number)
			other := app.SignIn(user) // stays active while the page's session ends
			app.Advance(61e9)
			code := a.code(app.SignIn(user).Access)
			do(other)
			wantGrantError(t, name, a.tokens(a.form(code)), "invalid_grant")
			if _, living := a.sessions(); living != 0 {
				t.Errorf("%s: %d sessions are active", name, living)
			}
		}
	}, withIssuer)
}

// The sign-in behind a code must be recent, or as recent as the application demands, and
// made on the page.
func TestOAuth_age(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a := newApp(t, app, "app", true, appURL)
		within := func(seconds string) string {
			return a.asks(func(q url.Values) {
				if seconds != "" {
					q.Set("max_age", seconds)
				}
			})
		}
		access := app.SignIn(phone).Access
		app.Advance(2 * time.Minute)
		for seconds, told := range map[string]string{"0": "60", "1": "60", "119": "119"} {
			answer := a.agrees(access, within(seconds))
			answer.Want(t, 403, "reauthentication_required")
			want := `Bearer error="insufficient_user_authentication", max_age=` + told
			if got := answer.Header.Get("WWW-Authenticate"); got != want {
				t.Errorf("max_age=%s: WWW-Authenticate %q, want %q", seconds, got, want)
			}
		}
		a.agrees(access, within("121")).Want(t, 200, "")
		app.Advance(61e9)
		access = app.SignIn(phone).Access
		a.agrees(access, within("0")).Want(t, 200, "")

		app.Advance(61e9)
		access = app.SignIn(phone).Access
		app.Advance(10*time.Minute + time.Second)
		answer := a.agrees(access, within("86400"))
		answer.Want(t, 403, "reauthentication_required")
		if got := answer.Header.Get("WWW-Authenticate"); !strings.HasSuffix(got, "max_age=600") {
			t.Errorf("WWW-Authenticate %q", got)
		}
		tokens := a.tokens(a.form(a.code(app.SignIn(phone).Access)))
		a.agrees(tokens.Text("access_token"), within("")).Want(t, 403, "forbidden")
	}, withIssuer)
}

// Without a URL as issuer, applications cannot use sign-in (RFC 9207).
func TestOAuth_noIssuer(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a := newApp(t, app, "app", true, appURL)
		app.Get("/oauth/authorize?"+a.asks(nil), "").Want(t, 404, "not_found")
		a.agrees(app.SignIn(phone).Access, a.asks(nil)).Want(t, 404, "not_found")
	})
}

// Without the pages, users cannot sign in on one.
func TestOAuth_noPage(t *testing.T) {
	app := kit.New(t, kit.Embedded, withIssuer, "Web: {Enabled: false}\n")
	a := newApp(t, app, "app", true, appURL)
	app.Get("/oauth/authorize?"+a.asks(nil), "").Want(t, 404, "not_found")
}

// Strangers cannot probe for clients or codes without limit, and their requests are not
// charged to the application.
func TestOAuth_limits(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a, web := newApp(t, app, "app", true, appURL), newApp(t, app, "web", false, appURL)
		limited := func(what, limit string, want string, ask func() kit.Response) {
			t.Helper()
			for range 3 {
				if answer := ask(); answer.Status == 429 {
					t.Fatalf("%s: %s", what, answer.Body)
				}
			}
			answer := ask()
			answer.Want(t, 429, "rate_limited")
			if answer.Text("limit") != limit || answer.Text("error") != want || answer.Header.Get("Retry-After") == "" {
				t.Errorf("%s: %v %s", what, answer.Header, answer.Body)
			}
		}
		limited("unknown clients", "lookup", "", func() kit.Response {
			return app.Get("/oauth/authorize?"+a.asks(func(q url.Values) { q.Set("client_id", "x") }), "")
		})
		limited("codes", "refresh", "temporarily_unavailable", func() kit.Response { return a.tokens(a.form("x")) })
		app.Advance(62e9)
		limited("refresh tokens", "refresh", "temporarily_unavailable", func() kit.Response { return a.refresh("x") })
		for range 5 { // a client that has shown its secret is charged separately
			wantGrantError(t, "a code of a confidential client", web.tokens(web.form("x")), "invalid_grant")
		}
	}, withIssuer, "RateLimit: {Lookup: {Client: 3/300}, Refresh: {Client: 3/60}}")
}

// If the stores fail between issuing and using a code, it works or costs nothing, and
// whatever happens to Redis, it opens no second session.
func TestOAuth_outages(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real, withIssuer)
	there := app.Beside(withIssuer)
	here := newApp(t, app, "app", true, appURL)
	elsewhere := here
	elsewhere.App = there
	asked := 0
	well := func() { // both nodes send codes again
		t.Helper()
		for _, node := range []*kit.App{app, there} {
			asked++
			number := fmt.Sprintf("+91987654%04d", asked)
			node.Await("both stores", func() bool { return node.Post("/user/otp", object{"phone": number}).Status == 200 })
		}
	}
	code := func() string {
		t.Helper()
		app.Advance(61e9)
		return here.code(app.SignIn(phone).Access)
	}
	once := func(what, code string) {
		t.Helper()
		opened, _ := here.sessions()
		tokens := elsewhere.tokens(here.form(code))
		if tokens.Status != 200 {
			t.Fatalf("%s: %d %s", what, tokens.Status, tokens.Body)
		}
		if err := app.Redis.Client.FlushAll(t.Context()).Err(); err != nil && what != "Redis is gone" {
			t.Error(err)
		}
		wantGrantError(t, what+", once more", here.tokens(here.form(code)), "invalid_grant")
		if again, living := here.sessions(); again != opened+1 || living != 0 {
			t.Errorf("%s: %d sessions more, of which %d are active; want 1 and 0", what, again-opened, living)
		}
		there.Await("the end on the other node", func() bool { return there.Get("/user/check", tokens.Text("access_token")).Status == 401 })
	}
	once("all is well", code())

	first := code()
	app.RedisLine.Cut()
	once("Redis is gone", first)
	app.RedisLine.Restore(t)
	well()

	first = code()
	app.DBLine.Cut()
	answer := here.tokens(here.form(first))
	if answer.Status != 503 || answer.Text("error") != "temporarily_unavailable" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("without the database: %d %v %s", answer.Status, answer.Header, answer.Body)
	}
	app.DBLine.Restore(t)
	well()
	once("the database was gone", first)
}
