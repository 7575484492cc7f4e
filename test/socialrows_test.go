package test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/test/kit"
)

// issuers lists the issuers of withSite by their addresses.
var issuers sync.Map

// withSite configures a sign-in provider and other providers, for tests of all routes.
func withSite(t *testing.T, others ...string) kit.Option {
	t.Helper()
	site := socialtest.New(t, time.Now)
	issuers.Store(site.URL, site)
	providers := append([]string{fmt.Sprintf("{Name: site, Kind: oidc, Issuer: %q, ClientId: %q, ClientSecret: %q, AllowPrivate: true}",
		site.URL, socialtest.ClientID, socialtest.Secret)}, others...)
	return kit.Option(fmt.Sprintf("Social: {Providers: [%s], Redirects: [%q]}", strings.Join(providers, ", "), site.URL+"/landed"))
}

// siteOf returns the provider of withSite.
func siteOf(app *kit.App) *socialtest.Issuer {
	found, _ := issuers.Load(app.Config.Social.Providers[0].Issuer)
	return found.(*socialtest.Issuer)
}

// siteToken returns an id_token of the provider of withSite.
func siteToken(app *kit.App, subject string) string {
	now := app.Clock.Now().Unix()
	return siteOf(app).IDToken(subject, socialtest.Claims{"iat": now, "exp": now + 600})
}

// socialBodyRoutes are the bodyRoutes of social sign-in.
var socialBodyRoutes = []bodyRoute{{
	method: "POST", path: "/user/login/social", status: 200,
	fields: []string{"provider", "idToken", "nonce", "code", "verifier", "providerCode", "phoneCode", "invite"},
	empty:  refusal{400, badRequest, "provider"},
	good: func(_ *testing.T, app *kit.App, number string) goodInput {
		return goodInput{body: jsonText(object{"provider": "site", "idToken": siteToken(app, number)})}
	},
}}

// socialRefusals are the rows of refusals for social sign-in.
func socialRefusals(app *kit.App) map[string][]refuses {
	bySite := func(name, value string) func(int) kit.Request {
		b := object{"provider": "site", name: value}
		if name == "code" {
			b["verifier"] = verifier
		}
		return body(b)
	}
	path := func(p string) func(int) kit.Request { return func(int) kit.Request { return kit.Request{Path: p} } }
	begin := "/user/login/social/site?" + url.Values{"returnTo": {siteOf(app).URL + "/landed"}, "challenge": {challengeOf(verifier)}}.Encode()
	return map[string][]refuses{
		"GET /user/login/social": {{way: "none", request: path("/user/login/social"), free: "it is a list of the configuration"}},
		"POST /user/login/social": {
			{way: "nothing", request: body(object{}), code: "invalid_request", free: formOnly},
			{way: "no provider", request: body(object{"provider": "x", "idToken": "x"}), code: "not_found", limit: "lookup"},
			{way: "a token that is none", request: bySite("idToken", "x"), code: "invalid_credentials", limit: "password"},
			{way: "tokens in turn", request: func(i int) kit.Request { return bySite("idToken", fmt.Sprint("x", i))(i) }, code: "invalid_credentials", limit: "password"},
			{way: "a code that is none", request: bySite("code", "x"), code: "invalid_credentials", limit: "password"},
		},
		"GET /user/login/social/:provider": {
			{way: "no provider", request: path(strings.Replace(begin, "/site?", "/x?", 1)), code: "not_found", limit: "lookup"},
			{way: "another returnTo", request: path(begin + "x"), code: "invalid_request", limit: "lookup"},
		},
		"GET /user/login/social/:provider/callback": {
			{way: "no provider", request: path("/user/login/social/x/callback?state=x"), code: "not_found", limit: "lookup"},
			{way: "no cookie", request: path("/user/login/social/site/callback?state=x&code=x"), code: "invalid_request", limit: "lookup"},
		},
		"POST /user/login/social/:provider/callback": {
			{way: "no form", request: func(int) kit.Request {
				return kit.FormRequest("/user/login/social/site/callback", url.Values{"state": {"a", "b"}}, nil)
			}, code: "invalid_request", free: formOnly},
		},
	}
}

// socialDeeds are the rows of the matrix for social sign-in.
var socialDeeds = []deed{
	{"GET /user/login/social", "", func(*matrix) attempt { return attempt{Request: get("/user/login/social", "")} }},
	{"POST /user/login/social", "a new user", func(m *matrix) attempt { return m.bySite(m.name()) }},
	{"POST /user/login/social", "", func(m *matrix) attempt {
		who := m.name()
		m.Do(m.bySite(who).Request).Want(m.t, 200, "")
		return m.bySite(who)
	}},
	{"GET /user/login/social/:provider", "", func(m *matrix) attempt {
		siteOf(m.App).Instead("/authorize", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{}")) })
		return attempt{Request: get(m.siteBegin(), "")}
	}},
	{"GET /user/login/social/:provider/callback", "", func(m *matrix) attempt {
		query, cookie := m.backFromSite()
		return m.landing(kit.Request{Method: "GET", Path: "/user/login/social/site/callback?" + query.Encode(), Header: cookie})
	}},
	{"POST /user/login/social/:provider/callback", "", func(m *matrix) attempt {
		query, cookie := m.backFromSite()
		return m.landing(kit.FormRequest("/user/login/social/site/callback", query, cookie))
	}},
}

// backFromSite returns the callback of a browser and its cookie.
func (m *matrix) backFromSite() (url.Values, map[string]string) {
	site := siteOf(m.App)
	begun := m.follow(m.siteBegin(), "")
	_, there := location(m.t, begun.Header.Get("Location"))
	now := m.Clock.Now().Unix()
	code := site.Code(socialtest.Claims{"sub": m.name(), "nonce": there.Get("nonce"), "iat": now, "exp": now + 600}, there.Get("code_challenge"), there.Get("redirect_uri"))
	cookie := begun.Cookies()[0]
	return url.Values{"code": {code}, "state": {there.Get("state")}, "iss": {site.URL}}, map[string]string{"Cookie": cookie.Name + "=" + cookie.Value}
}

// landing is a browser whose code is about to be redeemed.
func (m *matrix) landing(r kit.Request) attempt {
	return attempt{Request: r, effect: func(r kit.Response) error {
		return m.wants(post("/user/login/social", object{"provider": "site", "code": r.Text("code"), "verifier": verifier}), 200)
	}}
}

// bySite signs in with an id_token of the provider.
func (m *matrix) bySite(subject string) attempt {
	body := object{"provider": "site", "idToken": siteOf(m.App).IDToken(subject, socialtest.Claims{
		"jti": m.name(), "iat": m.Clock.Now().Unix(), "exp": m.Clock.Now().Unix() + 600,
	})}
	return attempt{Request: post("/user/login/social", body), effect: func(r kit.Response) error {
		if err := m.wants(post("/user/login/social", body), 401); err != nil {
			return fmt.Errorf("the id_token a second time: %w", err)
		}
		return m.all(m.wants(get("/user/info", r.Tokens().Access), 200), m.wants(refreshing(r.Tokens().Refresh), 200))
	}}
}

// siteBegin starts the flow of a browser. An error at its end counts in the matrix as what
// it means: 503 if it may be retried.
func (m *matrix) siteBegin() string {
	site := siteOf(m.App)
	site.Instead("/landed", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("error") == "unavailable" {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"code":"unavailable"}`)
			return
		}
		fmt.Fprintf(w, `{"code":%q,"error":%q}`, r.URL.Query().Get("code"), r.URL.Query().Get("error"))
	})
	return "/user/login/social/site?" + url.Values{"returnTo": {site.URL + "/landed"}, "challenge": {challengeOf(verifier)}}.Encode()
}

// follow sends a request without following redirects.
func (m *matrix) follow(path, cookie string) *http.Response {
	s := sites{App: m.App, t: m.t}
	return s.visit(m.URL+path, cookie)
}
