// Package social attacks social sign-in over HTTP on the whole service: with requests of
// strangers, with answers of failing providers, and with claims that a provider is not
// authoritative for.
package social

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }

const (
	// issuer is the address of the service for browsers.
	issuer = "https://id.example.com"
	// shop is the registered redirect address, and app the native one.
	shop = "https://shop.example.com/signed-in"
	app  = "com.example.app:/back"
	// iosClient is the client id of an app, whose id_tokens are accepted in addition to the
	// website's.
	iosClient = "ios.example.com"
	password  = "violet-harbour-42-lantern"
)

type (
	object = map[string]any
	claims = socialtest.Claims

	// world is the service and its providers: Google is authoritative for gmail.com, and
	// the others for no address.
	world struct {
		*kit.App
		t             *testing.T
		google, other *socialtest.Issuer
		line          *socialtest.Line
		wechat        *socialtest.WeChat
		github        *socialtest.OAuth2
		// nonces counts those of says.
		nonces int
	}
)

var people = map[string]socialtest.GitHubUser{
	"octo": {ID: 583231, Login: "octo", Emails: []claims{{"email": "octo@gmail.com", "primary": true, "verified": true}}},
}

func newWorld(t *testing.T, options ...kit.Option) *world {
	t.Helper()
	w := &world{t: t}
	now := clockOf(&w.App)
	w.google, w.other = socialtest.New(t, now), socialtest.New(t, now)
	w.line = socialtest.NewLine(t, now, nil)
	w.wechat = socialtest.NewWeChat(t, map[string]socialtest.WeChatUser{
		"li": {UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfL", Phone: "13812345678", CountryCode: "86"},
		"wu": {UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfM", Phone: "13812345679", CountryCode: "86"},
	})
	w.github = socialtest.NewGitHub(t, people)
	w.App = kit.New(t, kit.Embedded, append([]kit.Option{w.config(), "Email: {SignIn: true}\n"}, options...)...)
	for _, secret := range []string{socialtest.Secret, w.line.Secret, w.wechat.Secret, w.wechat.MiniSecret, w.github.ClientSecret} {
		kit.Remember(secret)
	}
	return w
}

func (w *world) config() kit.Option {
	g := w.github.URL
	return kit.Option(fmt.Sprintf(`
Auth: {Issuer: %q}
Sms: {AllowedRegions: [IN, CN]}
Social:
  Redirects: [%q, %q]
  Providers:
    - {Name: google, Kind: oidc, AllowPrivate: true, Issuer: %q, ClientId: %q, ClientSecret: %q, Audiences: [%q], Authoritative: [gmail.com]}
    - {Name: other, Kind: oidc, AllowPrivate: true, Issuer: %q, ClientId: %q, ClientSecret: %q}
    - {Name: line, Kind: line, AllowPrivate: true, BaseUrl: %q, ClientId: %q, ClientSecret: %q}
    - {Name: wechat, Kind: wechat, AllowPrivate: true, BaseUrl: %q, ClientId: %q, ClientSecret: %q, MiniAppId: %q, MiniSecret: %q}
    - Name: github
      Kind: oauth2
      AllowPrivate: true
      ClientId: %q
      ClientSecret: %q
      Scopes: [user]
      Userinfo: {AuthUrl: "%s/login/oauth/authorize", TokenUrl: "%s/login/oauth/access_token", Url: "%s/user", EmailsUrl: "%s/user/emails", Subject: id}
`, issuer, shop, app, w.google.URL, socialtest.ClientID, socialtest.Secret, iosClient, w.other.URL, socialtest.ClientID, socialtest.Secret,
		w.line.URL, w.line.Channel, w.line.Secret, w.wechat.URL, w.wechat.AppID, w.wechat.Secret, w.wechat.MiniAppID, w.wechat.MiniSecret,
		w.github.ClientID, w.github.ClientSecret, g, g, g, g))
}

// native signs in with an id_token, as an app does.
func (w *world) native(provider, token, nonce string) kit.Response {
	w.t.Helper()
	kit.Remember(token)
	body := object{"provider": provider, "idToken": token}
	if nonce != "" {
		body["nonce"] = nonce
	}
	return w.Post("/user/login/social", body)
}

// flow is a sign-in by redirect.
type flow struct {
	*world
	*kit.Browser
	provider, verifier string
	// page is the address of the provider's page.
	page string
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (w *world) flow(provider string) *flow {
	f := &flow{world: w, Browser: w.Browser(), provider: provider, verifier: verifier}
	f.Hosts[w.line.Page], f.Hosts[w.wechat.Page] = w.line.URL, w.wechat.URL
	return f
}

// begin opens the provider's page.
func (w *world) begin(provider string) *flow {
	w.t.Helper()
	f := w.flow(provider)
	f.page = f.Open(f.start(nil), "http://127", w.line.Page, w.wechat.Page).URL
	if !strings.Contains(f.page, "state=") {
		w.t.Fatalf("the browser is at %s", f.page)
	}
	return f
}

// start returns the address to which a page or an app sends the browser, with the query
// changed.
func (f *flow) start(change func(url.Values)) string {
	q := url.Values{"returnTo": {shop}, "challenge": {challengeOf(f.verifier)}}
	if change != nil {
		change(q)
	}
	return issuer + "/user/login/social/" + f.provider + "?" + q.Encode()
}

// approve signs in on the provider's page, and returns the redirect.
func (f *flow) approve(person string) string {
	f.t.Helper()
	page, _, _ := strings.Cut(f.page, "#")
	back := f.Open(page+"&login_hint="+person, issuer).URL
	if !strings.HasPrefix(back, issuer+"/user/login/social/"+f.provider+"/callback?") {
		f.t.Fatalf("the provider sends the browser to %s", back)
	}
	return back
}

// come follows the callback to the service, and returns its redirect or answer.
func (f *flow) come(back string) kit.Page {
	f.t.Helper()
	return f.Open(back, shop, app)
}

// codeOf returns the code in a redirect, or "".
func codeOf(p kit.Page) string {
	u, err := url.Parse(p.URL)
	if err != nil || !strings.HasPrefix(p.URL, shop+"?") {
		return ""
	}
	kit.Remember(u.Query().Get("code"))
	return u.Query().Get("code")
}

// finish exchanges the service's own code.
func (f *flow) finish(code, verifier string) kit.Response {
	f.t.Helper()
	return f.App.Post("/user/login/social", object{"provider": f.provider, "code": code, "verifier": verifier})
}

// sign completes a sign-in by redirect.
func (w *world) sign(provider, person string) kit.Response {
	w.t.Helper()
	f := w.begin(provider)
	return f.finish(codeOf(f.come(f.approve(person))), verifier)
}

// parallel runs a function n times concurrently.
func parallel(n int, do func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(do)
	}
	all.Wait()
}

// clockOf is the clock of an App that is created later, as the providers start first.
func clockOf(a **kit.App) func() time.Time {
	return func() time.Time {
		if *a == nil {
			return time.Now()
		}
		return (*a).Clock.Now()
	}
}
