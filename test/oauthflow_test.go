package test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"user-api/internal/client"
	"user-api/test/kit"
)

const (
	issuer   = "https://id.example.com"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	appURL   = "https://shop.example/cb?from=id"
)

// withIssuer enables sign-in for applications.
const withIssuer kit.Option = "Auth: {Issuer: " + issuer + "}"

// oauthApp is an application of the operator.
type oauthApp struct {
	*kit.App
	t          *testing.T
	id, secret string
	redirect   string
}

// newApp creates a client with redirect URIs, of which the first is used.
func newApp(t *testing.T, app *kit.App, name string, public bool, redirects ...string) oauthApp {
	t.Helper()
	one, secret, err := app.Service.Clients.Create(t.Context(), client.Draft{Name: name, Public: public, Redirects: redirects})
	if err != nil {
		t.Fatal(err)
	}
	return oauthApp{App: app, t: t, id: one.ID, secret: secret, redirect: redirects[0]}
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// asks returns the authorization request; change modifies it.
func (a oauthApp) asks(change func(url.Values)) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {a.redirect}, "state": {"s t&a=te"},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	if change != nil {
		change(query)
	}
	return query.Encode()
}

// agrees posts what the page posts.
func (a oauthApp) agrees(access, query string) kit.Response {
	return a.Do(kit.Request{Method: http.MethodPost, Path: "/oauth/authorize", Bearer: access, Body: object{"query": query}})
}

// code signs in on the page and returns the code.
func (a oauthApp) code(access string) string {
	a.t.Helper()
	answer := a.agrees(access, a.asks(nil))
	answer.Want(a.t, 200, "")
	at, values := location(a.t, answer.Text("location"))
	if want, _, _ := strings.Cut(a.redirect, "?"); at != want || values.Get("state") != "s t&a=te" || values.Get("iss") != issuer || values.Get("code") == "" {
		a.t.Fatalf("the location %s", answer.Text("location"))
	}
	return values.Get("code")
}

// form returns the request for tokens with a code.
func (a oauthApp) form(code string) url.Values {
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {a.redirect}, "code_verifier": {verifier},
		"client_id": {a.id},
	}
	if a.secret != "" {
		form.Set("client_secret", a.secret)
	}
	return form
}

func (a oauthApp) tokens(form url.Values) kit.Response {
	return a.Do(kit.FormRequest("/oauth/token", form, nil))
}

func (a oauthApp) refresh(token string) kit.Response {
	form := a.form("")
	for _, name := range []string{"code", "redirect_uri", "code_verifier"} {
		form.Del(name)
	}
	form.Set("grant_type", "refresh_token")
	form.Set("refresh_token", token)
	return a.tokens(form)
}

// location splits a URL from its parameters.
func location(t *testing.T, text string) (at string, values url.Values) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	values = u.Query()
	at, _, _ = strings.Cut(text, "?")
	return at, values
}

func wantGrantError(t *testing.T, what string, answer kit.Response, name string) {
	t.Helper()
	if answer.Status != 400 || answer.Text("error") != name || answer.Text("error_description") == "" || answer.Text("code") != "invalid_request" {
		t.Errorf("%s: %d %s, want 400 and the error %s", what, answer.Status, answer.Body, name)
	}
}

// A user signs in on the page for an application, which gets its own tokens: the flow of
// RFC 6749 section 4.1 with PKCE, for a public and a confidential client.
func TestOAuth_walk(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for name, public := range map[string]bool{"app": true, "web": false} {
			a := newApp(t, app, name, public, appURL, "https://shop.example/other")
			page := app.Get("/oauth/authorize?"+a.asks(nil), "")
			if page.Status != 200 || !strings.Contains(string(page.Body), `"application":"`+name+`"`) {
				t.Fatalf("the page: %d %s", page.Status, page.Body)
			}
			user := app.SignIn(phone)
			code := a.code(user.Access)
			if strings.Contains(code, a.id) || len(code) > 600 {
				t.Errorf("the code %s", code)
			}
			app.Get("/user/check", user.Access).Want(t, 401, "session_ended")
			answer := a.tokens(a.form(code))
			answer.Want(t, 200, "")
			if answer.Text("token_type") != "Bearer" || answer.Number("expires_in") != 900 || len(answer.JSON) != 4 ||
				answer.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v %s", answer.Header, answer.Body)
			}
			claims := payload(t, answer.Text("access_token"))
			if claims["client_id"] != a.id || claims["auth_time"] != payload(t, user.Access)["auth_time"] || len(claims["amr"].([]any)) != 2 {
				t.Errorf("the claims %v", claims)
			}
			access := answer.Text("access_token")
			list := app.Get("/user/sessions", access)
			list.Want(t, 200, "")
			if one := list.JSON["sessions"].([]any)[0].(map[string]any); one["clientId"] != a.id || one["current"] != true {
				t.Errorf("the list of sessions: %s", list.Body)
			}
			app.Await("the export", func() bool {
				text := string(app.Get("/user/export", access).Body)
				return strings.Contains(text, `"clientId":"`+a.id+`"`) && strings.Contains(text, `"reason":"application","requestId"`) &&
					strings.Contains(text, `"by":"application"`)
			})
			next := a.refresh(answer.Text("refresh_token"))
			next.Want(t, 200, "")
			if got := payload(t, next.Text("access_token")); got["client_id"] != a.id || got["auth_time"] != claims["auth_time"] {
				t.Errorf("the claims after a refresh %v", got)
			}
			app.Post("/user/logout", object{"refreshToken": next.Text("refresh_token")}).Want(t, 204, "")
			wantGrantError(t, "after a sign-out", a.refresh(next.Text("refresh_token")), "invalid_grant")
			app.Advance(61e9)
		}
	}, withIssuer)
}

// A refresh token works only for its client and not at /user/refresh; using it elsewhere
// ends nothing.
func TestOAuth_refreshOfAnother(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		a, b := newApp(t, app, "app", true, appURL), newApp(t, app, "web", false, appURL)
		own := app.SignIn(phone)
		wantGrantError(t, "one that no client opened", a.refresh(own.Refresh), "invalid_grant")
		app.Post("/user/refresh", object{"refreshToken": own.Refresh}).Want(t, 200, "")
		app.Advance(61e9)
		first := a.tokens(a.form(a.code(app.SignIn(phone).Access))).Text("refresh_token")
		app.Advance(61e9)
		app.Post("/user/refresh", object{"refreshToken": first}).Want(t, 401, "refresh_invalid")
		wantGrantError(t, "another client", b.refresh(first), "invalid_grant")
		second := a.refresh(first)
		second.Want(t, 200, "")
		a.refresh(first).Want(t, 200, "") // the same answer within the grace period
		if again := a.refresh(first); again.Text("refresh_token") != second.Text("refresh_token") {
			t.Errorf("another successor: %s", again.Body)
		}
		app.Advance(11e9)
		wantGrantError(t, "used before", a.refresh(first), "invalid_grant")
		wantGrantError(t, "then", a.refresh(second.Text("refresh_token")), "invalid_grant")

		// A disabled client cannot refresh.
		app.Advance(61e9)
		last := a.tokens(a.form(a.code(app.SignIn(phone).Access))).Text("refresh_token")
		if err := app.Service.Clients.Disable(t.Context(), "app"); err != nil {
			t.Fatal(err)
		}
		a.refresh(last).Want(t, 401, "unauthorized")
		if err := app.Service.Clients.Enable(t.Context(), "app"); err != nil {
			t.Fatal(err)
		}
		a.refresh(last).Want(t, 200, "")
	}, withIssuer)
}

// sessions counts the sessions opened for the application, and the active ones.
func (a oauthApp) sessions() (opened, living int) {
	a.t.Helper()
	err := openStores(a.t, a.App).db.QueryRow("SELECT COUNT(*), COALESCE(SUM(`revoked` = 0), 0) FROM `token` WHERE `client_id` = ?", a.id).Scan(&opened, &living)
	if err != nil {
		a.t.Fatal(err)
	}
	return opened, living
}

// noFollow sends a request like a browser, without following redirects.
func noFollow(t *testing.T, app *kit.App, path string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, app.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}
