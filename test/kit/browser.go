package kit

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

type (
	// Browser is what a person signs in with. It keeps cookies by those rules of browsers
	// that matter here, and reaches the service by the address that its issuer has.
	Browser struct {
		// Hosts says where the sites are that stand in for others, by the address of those.
		Hosts map[string]string
		// Cookies are those of each site, by name.
		Cookies map[string]map[string]*http.Cookie

		app *App
		// at is the site that it shows.
		at string
	}

	// Page is where a Browser has come to: what is there, or nothing if it was to stop
	// before going there. Form is what it was to post there; nil for a link.
	Page struct {
		Response
		URL  string
		Form url.Values
	}
)

var (
	formAction = regexp.MustCompile(`(?i)<form method="post" action="([^"]*)"`)
	formInput  = regexp.MustCompile(`(?i)<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// Browser returns a new browser without cookies.
func (a *App) Browser() *Browser {
	return &Browser{app: a, Hosts: map[string]string{a.Config.Auth.Issuer: a.URL}, Cookies: map[string]map[string]*http.Cookie{}}
}

// Open loads an address and follows redirects and forms that submit themselves, until the next
// address begins with one of stops.
func (b *Browser) Open(address string, stops ...string) Page {
	return b.walk(Page{URL: address}, stops)
}

// Post submits a form from the current site and then continues like Open.
func (b *Browser) Post(address string, form url.Values, stops ...string) Page {
	return b.walk(Page{URL: address, Form: form}, stops)
}

func (b *Browser) walk(to Page, stops []string) Page {
	b.app.t.Helper()
	for range 12 {
		to.Response = b.request(to)
		next, on := to.next()
		if !on {
			return to
		}
		for _, stop := range stops {
			if strings.HasPrefix(next.URL, stop) {
				return next
			}
		}
		to = next
	}
	b.app.t.Fatalf("the browser goes in circles, and is at %s", to.URL)
	return Page{}
}

// next returns where a page leads without user action.
func (p Page) next() (Page, bool) {
	here, err := url.Parse(p.URL)
	if err != nil {
		return Page{}, false
	}
	if location := p.Header.Get("Location"); location != "" && p.Status/100 == 3 {
		u, err := here.Parse(location)
		if err != nil {
			return Page{}, false
		}
		return Page{URL: u.String()}, true
	}
	action := formAction.FindSubmatch(p.Body)
	if action == nil || !strings.Contains(string(p.Body), "submit()") {
		return Page{}, false
	}
	form := url.Values{}
	for _, input := range formInput.FindAllSubmatch(p.Body, -1) {
		form.Add(html.UnescapeString(string(input[1])), html.UnescapeString(string(input[2])))
	}
	return Page{URL: html.UnescapeString(string(action[1])), Form: form}, true
}

// request loads one page.
func (b *Browser) request(to Page) Response {
	b.app.t.Helper()
	u, err := url.Parse(to.URL)
	if err != nil {
		b.app.t.Fatal(err)
	}
	u.Fragment = ""
	method, content := http.MethodGet, io.Reader(nil)
	if to.Form != nil {
		method, content = http.MethodPost, strings.NewReader(to.Form.Encode())
	}
	r, err := http.NewRequest(method, b.found(u.String()), content)
	if err != nil {
		b.app.t.Fatal(err)
	}
	if to.Form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://"+b.at)
	}
	cross := b.at != "" && b.at != u.Host
	for _, c := range b.Cookies[u.Host] {
		if path := strings.TrimSuffix(c.Path, "/"); u.Path != c.Path && !strings.HasPrefix(u.Path, path+"/") {
			continue
		}
		// Only a cookie with SameSite=None is sent with a POST from another site.
		if cross && (c.SameSite == http.SameSiteStrictMode || to.Form != nil && c.SameSite != http.SameSiteNoneMode) {
			continue
		}
		r.AddCookie(c)
	}
	resp, err := client.Transport.RoundTrip(r)
	if err != nil {
		b.app.t.Fatalf("%s: %v", u.Host, err)
	}
	defer resp.Body.Close()
	b.keep(u, resp)
	b.at = u.Host
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.app.t.Fatal(err)
	}
	return Response{Status: resp.StatusCode, Header: resp.Header, Body: body}
}

// found returns the real address of a site that stands in for another.
func (b *Browser) found(address string) string {
	for from, to := range b.Hosts {
		if rest, ok := strings.CutPrefix(address, from); ok {
			return to + rest
		}
	}
	return address
}

// keep stores the cookies of a response and fails the test for one that a browser would reject.
func (b *Browser) keep(from *url.URL, resp *http.Response) {
	b.app.t.Helper()
	if b.Cookies[from.Host] == nil {
		b.Cookies[from.Host] = map[string]*http.Cookie{}
	}
	for _, c := range resp.Cookies() {
		if strings.HasPrefix(c.Name, "__Host-") && (!c.Secure || c.Path != "/" || c.Domain != "") || c.SameSite == http.SameSiteNoneMode && !c.Secure {
			b.app.t.Errorf("no browser keeps the cookie %s", c.Name)
		}
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(b.Cookies[from.Host], c.Name)
			continue
		}
		if c.Path == "" {
			c.Path = "/"
		}
		b.Cookies[from.Host][c.Name] = c
	}
}

// Remember records a secret that the test itself made. It must not appear in a log or a store.
func Remember(secret string) { remember(secret) }
