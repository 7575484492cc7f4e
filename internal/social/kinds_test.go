package social_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

// site is a provider of a kind other than oidc and its server.
type site struct {
	t *testing.T
	social.Provider
	clock *clock
	*socialtest.Server
}

func newSite(t *testing.T, s *socialtest.Server, o social.Options) site {
	t.Helper()
	o.Name, o.AllowPrivate = "it", true
	c := newClock()
	return site{t, provider(t, o, c), c, s}
}

// secretOf returns a constant Options.Secret.
func secretOf(text string) func(time.Time) (string, error) {
	return func(time.Time) (string, error) { return text, nil }
}

// redirect signs a person in on the provider's page and returns the code with which the browser
// returns.
func (r site) redirect(person string) (code string) {
	r.t.Helper()
	address, err := r.AuthURL(r.t.Context(), social.Begin{State: "s t", Nonce: "n", Challenge: challenge(), RedirectURI: callback})
	if err != nil {
		r.t.Fatal(err)
	}
	address, _, _ = strings.Cut(address, "#")
	there, ok := strings.CutPrefix(address, r.Page)
	if !ok {
		r.t.Fatalf("the page is %s", address)
	}
	resp, err := (&http.Transport{}).RoundTrip(newRequest(r.t, r.URL+there+"&login_hint="+person))
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), callback+"?") || back.Query().Get("state") != "s t" {
		r.t.Fatalf("the browser returns to %q, %d", back, resp.StatusCode)
	}
	return back.Query().Get("code")
}

func newRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exchange calls Exchange with the parameters used by redirect.
func (r site) exchange(code string) (social.Identity, error) {
	return r.Exchange(r.t.Context(), code, verifier, "n", callback)
}

// is checks the identity of a sign-in.
func (r site) is(who social.Identity, err error, subject, email string, proven bool) {
	r.t.Helper()
	if err != nil || who.Provider != "it" || who.Subject != subject || who.Email.Canonical() != email || who.EmailProven != proven {
		r.t.Errorf("got %q, %q, proven %t: %v; want %q, %q, %t", who.Subject, who.Email.Canonical(), who.EmailProven, err, subject, email, proven)
	}
}

// fails checks the error of a sign-in, and that it returns no identity.
func (r site) fails(what string, want error) func(social.Identity, error) {
	return func(who social.Identity, err error) {
		r.t.Helper()
		if !errors.Is(err, want) || who != (social.Identity{}) {
			r.t.Errorf("%s: %+v, %v, want %v", what, who, err, want)
		}
	}
}

// captureLog captures the log until the test ends.
func captureLog(t *testing.T) *log {
	l := &log{}
	old := logx.Reset()
	logx.SetWriter(logx.NewWriter(l))
	t.Cleanup(func() { logx.SetWriter(old) })
	return l
}

type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// troubles are responses of a failing provider.
var troubles = map[string]http.HandlerFunc{
	"down":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
	"HTML":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>be back soon</html>") },
	"empty": func(http.ResponseWriter, *http.Request) {},
	"elsewhere": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	},
	"limited": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
	"huge": func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"a":"`+strings.Repeat("a", 1<<20)+`"}`)
	},
	"broken off": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"a":`)
	},
	"nulls": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "null") },
}
