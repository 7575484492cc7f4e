package social

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

// Each provider signs users in by redirect, and as the same users the next time.
func TestRedirect(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	for _, provider := range []string{"google", "other"} {
		w.issuerOf(provider).Person(claims{"sub": "ann"})
	}
	for provider, person := range map[string]string{"google": "ann", "other": "ann", "line": "U1", "wechat": "li", "github": "octo"} {
		first := w.sign(provider, person)
		first.Want(t, http.StatusOK, "")
		second := w.sign(provider, person)
		second.Want(t, http.StatusOK, "")
		if a, b := w.subjectOf(first), w.subjectOf(second); !first.Tokens().IsNew || second.Tokens().IsNew || a != b {
			t.Errorf("%s: new %t, then %t; user %s, then %s", provider, first.Tokens().IsNew, second.Tokens().IsNew, a, b)
		}
	}
}

func (w *world) issuerOf(provider string) *socialtest.Issuer {
	if provider == "google" {
		return w.google
	}
	return w.other
}

// subjectOf returns the user of a session.
func (w *world) subjectOf(r kit.Response) string {
	w.t.Helper()
	check := w.Get("/user/check", r.Tokens().Access)
	check.Want(w.t, http.StatusOK, "")
	return check.Header.Get("X-User-Id")
}

// A callback that does not belong to the browser's own sign-in fails, without a redirect to
// the app.
func TestRedirect_state(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	w.google.Person(claims{"sub": "ann"})
	w.other.Person(claims{"sub": "ann"})
	set := func(back, name, value string) string {
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
		u.RawQuery = q.Encode()
		return u.String()
	}
	of := func(back, name string) string {
		u, _ := url.Parse(back)
		return u.Query().Get(name)
	}
	for name, attack := range map[string]func(f *flow, back string) string{
		"without a state":         func(_ *flow, back string) string { return set(back, "state", "") },
		"with a state of its own": func(_ *flow, back string) string { return set(back, "state", strings.Repeat("a", 43)) },
		"with a state cut off":    func(_ *flow, back string) string { return set(back, "state", of(back, "state")[:20]) },
		"with a second state":     func(_ *flow, back string) string { return back + "&state=evil" },
		"with the state twice":    func(_ *flow, back string) string { return back + "&state=" + url.QueryEscape(of(back, "state")) },
		"with a second code":      func(_ *flow, back string) string { return back + "&code=evil" },
		"with another's state": func(_ *flow, back string) string {
			return set(back, "state", of(w.begin("google").approve("ann"), "state"))
		},
		"with all of another's": func(*flow, string) string { return w.begin("google").approve("ann") },
		"without its cookies": func(f *flow, back string) string {
			clear(f.Cookies)
			return back
		},
		"with a cookie that was tampered with": func(f *flow, back string) string {
			for _, c := range f.Cookies["id.example.com"] {
				c.Value = flip(c.Value)
			}
			return back
		},
		"with a cookie cut off": func(f *flow, back string) string {
			for _, c := range f.Cookies["id.example.com"] {
				c.Value = c.Value[:len(c.Value)/2]
			}
			return back
		},
		"with another's cookies": func(f *flow, back string) string {
			f.Cookies = w.begin("google").Cookies
			return back
		},
		"eleven minutes later": func(_ *flow, back string) string {
			w.Advance(11 * time.Minute)
			return back
		},
		"at another provider's address": func(_ *flow, back string) string { return strings.Replace(back, "/google/", "/other/", 1) },
	} {
		f := w.begin("google")
		page := f.come(attack(f, f.approve("ann")))
		if page.Status != http.StatusBadRequest || page.Header.Get("Location") != "" || strings.HasPrefix(page.URL, shop) || strings.Contains(string(page.Body), "evil") {
			t.Errorf("a browser that comes %s: %d, at %s: %s", name, page.Status, page.URL, page.Body)
		}
	}
	w.sign("google", "ann").Want(t, http.StatusOK, "")
}

// flip changes one character in the middle.
func flip(text string) string {
	i, other := len(text)/2, byte('A')
	if text[i] == other {
		other = 'B'
	}
	return text[:i] + string(other) + text[i+1:]
}

// The app gets the provider's errors as codes of the contract, and none opens a session.
func TestRedirect_answers(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	w.google.Person(claims{"sub": "ann"})
	w.other.Person(claims{"sub": "ann"})
	codeIn := func(back string) string {
		u, _ := url.Parse(back)
		return u.Query().Get("code")
	}
	with := func(back, name, value string) string {
		u, _ := url.Parse(back)
		q := u.Query()
		q.Set(name, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, attack := range map[string]func(f *flow, back string) string{
		// An attacker's code in a link for the victim's browser: the verifier and nonce of
		// that browser do not match.
		"a code of another browser": func(_ *flow, back string) string {
			return with(back, "code", codeIn(w.begin("google").approve("ann")))
		},
		"a code of another provider": func(_ *flow, back string) string {
			return with(back, "code", codeIn(w.begin("other").approve("ann")))
		},
		"a code that is none":         func(_ *flow, back string) string { return with(back, "code", "none") },
		"an id_token for a code":      func(_ *flow, back string) string { return with(back, "code", w.google.IDToken("ann", nil)) },
		"neither a code nor an error": func(_ *flow, back string) string { return with(back, "code", "") },
		"another provider's name":     func(_ *flow, back string) string { return with(back, "iss", w.other.URL) },
		"no name of its own": func(_ *flow, back string) string {
			u, _ := url.Parse(back)
			q := u.Query()
			q.Del("iss")
			u.RawQuery = q.Encode()
			return u.String()
		},
		"a code that was used": func(f *flow, back string) string {
			u, _ := url.Parse(f.page)
			_, _ = http.PostForm(w.google.URL+"/token", url.Values{
				"client_id": {socialtest.ClientID}, "client_secret": {socialtest.Secret}, "code": {codeIn(back)}, "redirect_uri": {u.Query().Get("redirect_uri")},
			})
			return back
		},
	} {
		f := w.begin("google")
		page := f.come(attack(f, f.approve("ann")))
		if u, err := url.Parse(page.URL); err != nil || !strings.HasPrefix(page.URL, shop+"?") || u.Query().Get("error") != "invalid_credentials" || u.Query().Has("code") {
			t.Errorf("%s: %d, at %s: %s", name, page.Status, page.URL, page.Body)
		}
	}
	// A user who cancels on the provider's page.
	f := w.begin("line")
	back := f.Open(f.page, issuer).URL
	if page := f.come(back); codeOf(page) != "" || !strings.HasPrefix(page.URL, shop+"?") || !strings.Contains(page.URL, "error=") {
		t.Errorf("a sign-in that was refused there: %d, at %s", page.Status, page.URL)
	}
}

// The service's own code works once, for a minute, with the verifier of the app that
// started the flow.
func TestRedirect_code(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	w.google.Person(claims{"sub": "ann"})
	refused := func(what string, resp kit.Response) {
		t.Helper()
		if resp.Status != http.StatusUnauthorized || resp.Text("code") != "invalid_credentials" {
			t.Errorf("%s: %d %s", what, resp.Status, resp.Body)
		}
	}
	begin := func() (*flow, string) {
		f := w.begin("google")
		code := codeOf(f.come(f.approve("ann")))
		if code == "" {
			t.Fatal("there is no code")
		}
		return f, code
	}
	f, code := begin()
	refused("another verifier", f.finish(code, strings.Repeat("x", 43)))
	refused("the challenge for a verifier", f.finish(code, challengeOf(verifier)))
	refused("a code with another character", f.finish(flip(code), verifier))
	refused("a code of the provider", f.finish("code-1", verifier))
	f.provider = "other"
	refused("another provider", f.finish(code, verifier))
	f.provider = "google"
	if resp := w.Post("/user/login/social", object{"provider": "google", "code": code}); resp.Status/100 != 4 {
		t.Errorf("no verifier: %d %s", resp.Status, resp.Body)
	}
	f.finish(code, verifier).Want(t, http.StatusOK, "")
	for what, again := range map[string]string{
		"a code that was used": code, "with a line break": code[:20] + "\n" + code[20:], "with a line break at its end": code + "\r\n", "padded": code + "=",
	} {
		refused(what, f.finish(again, verifier))
	}
	f, code = begin()
	w.Advance(61 * time.Second)
	refused("a code of a minute ago", f.finish(code, verifier))
	// The callback works only once, too.
	f = w.begin("google")
	back := f.approve("ann")
	code = codeOf(f.come(back))
	if page := f.come(back); codeOf(page) != "" {
		t.Errorf("the callback works twice: %s", page.URL)
	}
	f.finish(code, verifier).Want(t, http.StatusOK, "")
}

// A browser is only redirected to a registered address, compared exactly.
func TestRedirect_open(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	w := newWorld(t)
	f := w.flow("google")
	for _, to := range []string{
		"", "https://evil.example/", shop + "/", shop + "/../x", shop + "?a=b", shop + "#a", shop + "%2f", shop + " ", shop + "\r\nSet-Cookie: a=b",
		"HTTPS://shop.example.com/signed-in", "https://SHOP.example.com/signed-in", "https://shop.example.com:443/signed-in", "https://shop.example.com/SIGNED-IN",
		"//shop.example.com/signed-in", "/signed-in", "http://shop.example.com/signed-in", "https://shop.example.com.evil.example/signed-in",
		"https://shop.example.com@evil.example/signed-in", "https://evil.example/?" + shop, "https://evil.example#" + shop, `https://shop.example.com\@evil.example/signed-in`,
		"https://shop.example.com/signed%2din", "https://shop.example.com/./signed-in", "https://shop.example.com//signed-in", "javascript:alert(1)", "data:text/html,x",
		app + "/more", "com.example.app://back", "com.example.evil:/back", "com.example.app:/back?x", shop + "," + shop, shop[:len(shop)-1],
	} {
		refusedStart(t, f, to, func(q url.Values) { q.Set("returnTo", to) })
	}
	refusedStart(t, f, "none", func(q url.Values) { q.Del("returnTo") })
	refusedStart(t, f, "two", func(q url.Values) { q.Add("returnTo", "https://evil.example/") })
	refusedStart(t, f, "two, the other way round", func(q url.Values) { q["returnTo"] = []string{"https://evil.example/", shop} })
	refusedStart(t, f, "no challenge", func(q url.Values) { q.Del("challenge") })
	refusedStart(t, f, "a short challenge", func(q url.Values) { q.Set("challenge", "abc") })
	refusedStart(t, f, "two challenges", func(q url.Values) { q.Add("challenge", challengeOf("x")) })
	f.provider = "nobody"
	if page := f.Open(f.start(nil), "http"); page.Status != http.StatusNotFound {
		t.Errorf("an unknown provider: %d, at %s", page.Status, page.URL)
	}
}

func refusedStart(t *testing.T, f *flow, what string, change func(url.Values)) {
	t.Helper()
	page := f.Open(f.start(change), "http", "com.")
	if page.Status != http.StatusBadRequest || page.Header.Get("Location") != "" || strings.Contains(string(page.Body), "evil") {
		t.Errorf("returnTo %q: %d, to %q: %s", what, page.Status, page.URL, page.Body)
	}
}
