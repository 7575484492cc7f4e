package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// world is the application, a service that issues one code, and a browser.
type world struct {
	*testing.T
	home    string
	browser *http.Client

	mu sync.Mutex
	// exchanged are the forms received by the token endpoint.
	exchanged []url.Values
	// over means that the session has ended at the service, down that the service fails.
	over, down bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t}
	service := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(service.Close)
	mux := http.NewServeMux()
	own := httptest.NewServer(mux)
	t.Cleanup(own.Close)
	app, err := newApp(t.Context(), options{issuer: service.URL, home: own.URL, clientID: "shop", clientSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app.handler())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.home = own.URL
	w.browser = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/oauth/authorize" {
			return http.ErrUseLastResponse // the pages of the service are not tested here
		}
		return nil
	}}
	return w
}

// serve is the handler of the service.
func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	answer := func(status int, v any) {
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(v)
	}
	at := "http://" + r.Host
	switch {
	case r.URL.Path == "/.well-known/oauth-authorization-server":
		answer(200, map[string]string{"issuer": at, "authorization_endpoint": at + "/oauth/authorize", "token_endpoint": at + "/oauth/token"})
	case w.down:
		answer(503, map[string]string{"code": "unavailable"})
	case r.URL.Path == "/oauth/token":
		_ = r.ParseForm()
		w.exchanged = append(w.exchanged, r.PostForm)
		if w.over || r.PostForm.Get("grant_type") == "authorization_code" && r.PostForm.Get("code") != "good" {
			answer(400, map[string]string{"error": "invalid_grant"})
			return
		}
		answer(200, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 900, "refresh_token": "r"})
	case w.over:
		answer(401, map[string]string{"code": "session_ended"})
	case r.URL.Path == "/user/info":
		answer(200, map[string]string{"displayName": "<b>Asha</b>", "phone": "+919876543210"})
	case r.URL.Path == "/user/logout":
		w.over = true
		out.WriteHeader(204)
	default:
		http.NotFound(out, r)
	}
}

// open requests a page of the application.
func (w *world) open(path string) (status int, body string, at *url.URL) {
	w.Helper()
	resp, err := w.browser.Get(w.home + path)
	return w.read(resp, err)
}

func (w *world) read(resp *http.Response, err error) (status int, body string, at *url.URL) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	if to, err := resp.Location(); err == nil {
		return resp.StatusCode, string(text), to
	}
	return resp.StatusCode, string(text), resp.Request.URL
}

// begins starts a sign-in and returns the parameters with which the service would redirect back.
func (w *world) begins() url.Values {
	w.Helper()
	_, _, at := w.open("/login")
	query := at.Query()
	if at.Path != "/oauth/authorize" || query.Get("code_challenge_method") != "S256" || query.Get("redirect_uri") != w.home+"/callback" {
		w.Fatalf("the browser is redirected to %s", at)
	}
	return url.Values{"code": {"good"}, "state": {query.Get("state")}, "iss": {at.Scheme + "://" + at.Host}}
}

func (w *world) exchanges() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.exchanged)
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

// A user who signs in at the service is signed in here until either side ends the session.
func TestApp(t *testing.T) {
	w := newWorld(t)
	back := w.begins()
	if _, body, _ := w.open("/callback?" + back.Encode()); !strings.Contains(body, "Signed in as <strong>&lt;b&gt;Asha&lt;/b&gt;</strong>") {
		t.Errorf("after the sign-in: %s", body)
	}
	if status, body, _ := w.open("/callback?" + back.Encode()); status != 400 || w.exchanges() != 1 {
		t.Errorf("the same response again: %d %s, %d exchanges", status, body, w.exchanges())
	}
	w.set(func() { w.down = true })
	if status, body, _ := w.open("/"); status != 502 || !strings.Contains(body, "does not answer") {
		t.Errorf("while the service is down: %d %s", status, body)
	}
	w.set(func() { w.down = false })
	resp, err := w.browser.PostForm(w.home+"/logout", nil)
	if _, body, _ := w.read(resp, err); !strings.Contains(body, "Sign in") || !w.over {
		t.Errorf("after the sign-out: %s; ended at the service: %t", body, w.over)
	}
	w.set(func() { w.over = false })
	w.open("/callback?" + w.begins().Encode())
	w.set(func() { w.over = true })
	if _, body, _ := w.open("/"); !strings.Contains(body, "You have been signed out.") {
		t.Errorf("after the session ended at the service: %s", body)
	}
	w.set(func() { w.over = false })
	if _, body, _ := w.open("/"); strings.Contains(body, "Signed in") {
		t.Errorf("an ended session is back: %s", body)
	}
}

// A response that does not belong to a request of this browser opens no session, and its code
// is not sent anywhere.
func TestApp_forged(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"another state":   func(v url.Values) { v.Set("state", "x") },
		"no state":        func(v url.Values) { v.Del("state") },
		"another issuer":  func(v url.Values) { v.Set("iss", "https://evil.example") },
		"no issuer":       func(v url.Values) { v.Del("iss") },
		"an error":        func(v url.Values) { v.Set("error", "access_denied") },
		"another browser": nil,
	} {
		w := newWorld(t)
		back := w.begins()
		if change == nil {
			w.browser.Jar, _ = cookiejar.New(nil)
		} else {
			change(back)
		}
		status, _, _ := w.open("/callback?" + back.Encode())
		_, body, _ := w.open("/")
		if status != 400 || w.exchanges() != 0 || strings.Contains(body, "Signed in") {
			t.Errorf("%s: %d, %d exchanges, %s", name, status, w.exchanges(), body)
		}
	}
	w := newWorld(t)
	back := w.begins()
	back.Set("code", "bad")
	if status, body, _ := w.open("/callback?" + back.Encode()); status != 400 || strings.Contains(body, "Signed in") {
		t.Errorf("a code that the service rejects: %d %s", status, body)
	}
}

// Another site cannot sign a user out.
func TestApp_crossSite(t *testing.T) {
	w := newWorld(t)
	w.open("/callback?" + w.begins().Encode())
	r, err := http.NewRequest(http.MethodPost, w.home+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := w.browser.Do(r)
	if status, _, _ := w.read(resp, err); status != http.StatusForbidden {
		t.Errorf("the status is %d", status)
	}
	if _, body, _ := w.open("/"); !strings.Contains(body, "Signed in") {
		t.Errorf("afterwards: %s", body)
	}
}

// A service with another issuer is rejected.
func TestDiscover_issuer(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": "https://evil.example"})
	}))
	defer other.Close()
	if _, err := newApp(t.Context(), options{issuer: other.URL, home: "http://127.0.0.1:3000"}); err == nil || !strings.Contains(err.Error(), "evil.example") {
		t.Errorf("%v", err)
	}
}
