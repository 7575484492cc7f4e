package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"user-api/internal/social/socialtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// aBrowser follows no redirects and keeps no cookies.
var aBrowser = &http.Client{
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// visit is a request of a browser; the service's address as known to the provider leads
// here.
func (s *sites) visit(address, cookie string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, strings.Replace(address, issuer, s.URL, 1), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := aBrowser.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func beginAt(provider string, change func(url.Values)) string {
	query := url.Values{"returnTo": {appURL}, "challenge": {challengeOf(verifier)}, "state": {"tab 1"}}
	if change != nil {
		change(query)
	}
	return issuer + "/user/login/social/" + provider + "?" + query.Encode()
}

// begin starts at google and returns the address there and the cookie.
func (s *sites) begin() (there, cookie string) {
	s.t.Helper()
	resp := s.visit(beginAt("google", nil), "")
	if resp.StatusCode != 302 || len(resp.Cookies()) != 1 {
		s.t.Fatalf("begin: %d %v", resp.StatusCode, resp.Header)
	}
	c := resp.Cookies()[0]
	if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 {
		s.t.Errorf("the cookie is %+v", c)
	}
	return resp.Header.Get("Location"), c.Name + "=" + c.Value
}

// back returns the address to which google redirects the browser.
func (s *sites) back(there string) string {
	s.t.Helper()
	resp := s.visit(there, "")
	if resp.StatusCode != 302 {
		s.t.Fatalf("the provider: %d", resp.StatusCode)
	}
	return resp.Header.Get("Location")
}

// end completes the flow and returns the parameters for the app.
func (s *sites) end(callback, cookie string) url.Values {
	s.t.Helper()
	resp := s.visit(callback, cookie)
	at, values := location(s.t, resp.Header.Get("Location"))
	if want, _, _ := strings.Cut(appURL, "?"); resp.StatusCode != 302 || at != want || values.Get("from") != "id" || values.Get("state") != "tab 1" {
		s.t.Fatalf("the end: %d %v", resp.StatusCode, resp.Header)
	}
	if c := resp.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
		s.t.Errorf("the cookie stays: %v", c)
	}
	return values
}

// code returns the code of a complete flow.
func (s *sites) code(person socialtest.Claims) string {
	s.t.Helper()
	s.google.Person(person)
	there, cookie := s.begin()
	values := s.end(s.back(there), cookie)
	if values.Get("code") == "" {
		s.t.Fatalf("no code: %v", values)
	}
	return values.Get("code")
}

func (s *sites) byCode(code, verifier string) kit.Response {
	s.t.Helper()
	return s.Post("/user/login/social", object{"provider": "google", "code": code, "verifier": verifier})
}

func TestSocialFlow(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		person := socialtest.Claims{"sub": "ann", "email": annAtGmail, "email_verified": true, "auth_time": s.Clock.Now().Unix() - 60}
		code := s.code(person)
		for what, wrong := range map[string]kit.Response{
			"another verifier": s.byCode(code, verifier+"x"),
			"another provider": s.Post("/user/login/social", object{"provider": "office", "code": code, "verifier": verifier}),
			"another spelling": s.byCode(code+"=", verifier),
			"no code of ours":  s.byCode("x", verifier),
		} {
			wantRefusal(t, what, wrong, refusal{401, "invalid_credentials", ""})
		}
		first := s.byCode(code, verifier)
		if first.Want(t, 200, ""); !first.Tokens().IsNew || s.info(first.Tokens())["email"] != annAtGmail {
			t.Errorf("the first sign-in: %s", first.Body)
		}
		wantRefusal(t, "the code once more", s.byCode(code, verifier), refusal{401, "invalid_credentials", ""})
		// The age of the sign-in is that of the sign-in at the provider.
		if claims := payload(t, first.Tokens().Access); claims["auth_time"] != float64(s.Clock.Now().Unix()-60) {
			t.Errorf("auth_time %v", claims["auth_time"])
		}
		late := s.code(person)
		s.Advance(time.Minute)
		wantRefusal(t, "a code of a minute ago", s.byCode(late, verifier), refusal{401, "invalid_credentials", ""})
		// The same person with an id_token.
		if again := s.by("ann", nil); again.Status != 200 || s.user(again.Tokens()) != s.user(first.Tokens()) {
			t.Errorf("by an id_token: %d %s", again.Status, again.Body)
		}
	})
}

// Whatever ends a user's proofs voids a pending code.
func TestSocialFlow_epoch(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		person := socialtest.Claims{"sub": "ann"}
		tokens := s.byCode(s.code(person), verifier).Tokens()
		waiting := s.code(person)
		s.Do(kit.Request{Method: http.MethodDelete, Path: "/user/sessions?scope=all", Bearer: tokens.Access}).Want(t, 204, "")
		wantRefusal(t, "a code from before", s.byCode(waiting, verifier), refusal{401, "invalid_credentials", ""})
		s.byCode(s.code(person), verifier).Want(t, 200, "")
	})
}

// A callback that the browser has not requested redirects nowhere.
func TestSocialFlow_foreign(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		s.google.Person(socialtest.Claims{"sub": "ann"})
		there, mine := s.begin()
		callback := s.back(there)
		_, theirs := s.begin()
		name, value, _ := strings.Cut(mine, "=")
		for what, row := range map[string][2]string{
			"no cookie":                   {callback, ""},
			"another browser's":           {callback, theirs},
			"no state":                    {strings.Replace(callback, "state=", "x=", 1), mine},
			"another state":               {strings.Replace(callback, "state=", "state=x", 1), mine},
			"another provider's callback": {strings.Replace(callback, "/google/", "/office/", 1), mine},
			"a cookie that was changed":   {callback, name + "=B" + value[1:]},
			"the cookie twice":            {callback, mine + "; " + theirs},
			"the state twice":             {callback + "&state=x", mine},
			"the cookie as a code":        {issuer + "/user/login/social/google/callback?state=&code=x", name + "="},
		} {
			resp := s.visit(row[0], row[1])
			if resp.StatusCode != 400 || resp.Header.Get("Location") != "" {
				t.Errorf("%s: %d to %q", what, resp.StatusCode, resp.Header.Get("Location"))
			}
		}
		wantRefusal(t, "the cookie in the place of a code", s.byCode(value, verifier), refusal{401, "invalid_credentials", ""})
		if s.end(callback, mine).Get("code") == "" {
			t.Error("the browser that started the flow is refused")
		}
		if again := s.end(callback, mine); again.Get("error") != "invalid_credentials" {
			t.Errorf("the repeated callback: %v", again)
		}
		there, mine = s.begin()
		callback = s.back(there)
		s.Advance(10 * time.Minute)
		if resp := s.visit(callback, mine); resp.StatusCode != 400 {
			t.Errorf("after ten minutes: %d", resp.StatusCode)
		}
	})
}

// Errors of the provider reach the app as error codes of ours.
func TestSocialFlow_errors(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		s.google.Person(nil)
		there, cookie := s.begin()
		if got := s.end(s.back(there), cookie); got.Get("error") != "forbidden" || got.Get("code") != "" {
			t.Errorf("without consent: %v", got)
		}
		s.google.Person(socialtest.Claims{"sub": "ann"})
		for what, row := range map[string]struct {
			change func(url.Values)
			want   string
		}{
			"a failure of its own":     {func(v url.Values) { v.Set("error", "server_error") }, "unavailable"},
			"an error beside the code": {func(v url.Values) { v.Set("error", "invalid_scope") }, "invalid_credentials"},
			"no code":                  {func(v url.Values) { v.Del("code") }, "invalid_credentials"},
			"another code":             {func(v url.Values) { v.Set("code", "x") }, "invalid_credentials"},
			"another issuer":           {func(v url.Values) { v.Set("iss", "https://evil.example") }, "invalid_credentials"},
			"no issuer":                {func(v url.Values) { v.Del("iss") }, "invalid_credentials"},
		} {
			there, cookie := s.begin()
			at, values := location(t, s.back(there))
			row.change(values)
			if got := s.end(at+"?"+values.Encode(), cookie); got.Get("error") != row.want || got.Get("code") != "" {
				t.Errorf("%s: %v, want %s", what, got, row.want)
			}
		}
		// A code of another sign-in with the same provider, in this browser.
		there, cookie = s.begin()
		stolen, _ := s.begin()
		_, theirs := location(t, s.back(stolen))
		at, values := location(t, s.back(there))
		values.Set("code", theirs.Get("code"))
		if got := s.end(at+"?"+values.Encode(), cookie); got.Get("error") != "invalid_credentials" {
			t.Errorf("a code that another browser was given: %v", got)
		}
		s.google.Instead("/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		there, cookie = s.begin()
		if got := s.end(s.back(there), cookie); got.Get("error") != "unavailable" {
			t.Errorf("a provider that fails: %v", got)
		}
	})
}

// returnTo is compared exactly, and no other address is used.
func TestSocialFlow_begin(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		for what, change := range map[string]func(url.Values){
			"no returnTo":          func(v url.Values) { v.Del("returnTo") },
			"another host":         func(v url.Values) { v.Set("returnTo", "https://evil.example/cb?from=id") },
			"a longer one":         func(v url.Values) { v.Set("returnTo", appURL+"&x=1") },
			"a shorter one":        func(v url.Values) { v.Set("returnTo", strings.TrimSuffix(appURL, "d")) },
			"another case":         func(v url.Values) { v.Set("returnTo", strings.ToUpper(appURL)) },
			"a user":               func(v url.Values) { v.Set("returnTo", strings.Replace(appURL, "https://", "https://x@", 1)) },
			"returnTo twice":       func(v url.Values) { v.Add("returnTo", "https://evil.example") },
			"no challenge":         func(v url.Values) { v.Del("challenge") },
			"a short challenge":    func(v url.Values) { v.Set("challenge", "x") },
			"a very long state":    func(v url.Values) { v.Set("state", strings.Repeat("x", 257)) },
			"fresh that is no yes": func(v url.Values) { v.Set("fresh", "perhaps") },
		} {
			resp := s.visit(beginAt("google", change), "")
			if resp.StatusCode != 400 || resp.Header.Get("Location") != "" || len(resp.Cookies()) != 0 {
				t.Errorf("%s: %d %v", what, resp.StatusCode, resp.Header)
			}
		}
		if resp := s.visit(beginAt("nobody", nil), ""); resp.StatusCode != 404 {
			t.Errorf("an unknown provider: %d", resp.StatusCode)
		}
		fresh := s.visit(beginAt("google", func(v url.Values) { v.Set("fresh", "true") }), "")
		if _, values := location(t, fresh.Header.Get("Location")); values.Get("prompt") != "login" {
			t.Errorf("fresh: %v", values)
		}
		s.work.Instead("", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		down := s.visit(beginAt("office", nil), "")
		if at, values := location(t, down.Header.Get("Location")); !strings.HasPrefix(appURL, at) || values.Get("error") != "unavailable" || len(down.Cookies()) != 0 {
			t.Errorf("a provider that is down: %v", down.Header)
		}
	})
}

// A form posted by the provider continues as a link, so that the browser sends its cookie.
func TestSocialFlow_form(t *testing.T) {
	eachSites(t, func(t *testing.T, s *sites) {
		s.google.Person(socialtest.Claims{"sub": "ann"})
		there, cookie := s.begin()
		at, values := location(t, s.back(there))
		post := func(provider, form string) *http.Response {
			resp, err := aBrowser.Post(s.URL+"/user/login/social/"+provider+"/callback", "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return resp
		}
		resp := post("google", values.Encode()+"&user="+url.QueryEscape(`{"name":{"firstName":"Ann"}}`))
		next, kept := location(t, resp.Header.Get("Location"))
		if resp.StatusCode != 303 || next != "" || kept.Encode() != values.Encode() {
			t.Fatalf("the form: %d %v", resp.StatusCode, resp.Header)
		}
		if s.end(at+resp.Header.Get("Location"), cookie).Get("code") == "" {
			t.Error("no code after a form")
		}
		for what, resp := range map[string]*http.Response{"a field twice": post("google", "state=a&state=b"), "no form": post("google", "%zz")} {
			if resp.StatusCode != 400 {
				t.Errorf("%s: %d", what, resp.StatusCode)
			}
		}
		s.Get("/user/login/social/nobody/callback", "").Want(t, 404, "not_found")
		s.Do(kit.Request{
			Method: http.MethodPost, Path: "/user/login/social/google/callback", Body: "state=a&state=b",
			Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		}).Want(t, 400, "invalid_request")
		if resp := post("nobody", "state=a"); resp.StatusCode < 400 || resp.Header.Get("Location") != "" {
			t.Errorf("an unknown provider: %d", resp.StatusCode)
		}
	})
}

// On this host without TLS the cookie has another name, and without an address of the
// service no browser can return.
func TestSocialFlow_elsewhere(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	begin := func(o ...kit.Option) *kit.App { return kit.New(t, kit.Embedded, o...) }
	s := newSites(t, begin, "Auth: {Issuer: 'http://localhost:8888'}")
	resp := s.visit(s.URL+strings.TrimPrefix(beginAt("google", nil), issuer), "")
	if c := resp.Cookies(); resp.StatusCode != 302 || len(c) != 1 || c[0].Secure || strings.HasPrefix(c[0].Name, "__Host-") || !c[0].HttpOnly {
		t.Errorf("on this host: %d %v", resp.StatusCode, resp.Header)
	}
	s = newSites(t, begin, "Auth: {Issuer: user-api}")
	if resp := s.visit(s.URL+strings.TrimPrefix(beginAt("google", nil), issuer), ""); resp.StatusCode != 404 {
		t.Errorf("without an address: %d", resp.StatusCode)
	}
	s.by("ann", nil).Want(t, 200, "") // an app needs none
}
