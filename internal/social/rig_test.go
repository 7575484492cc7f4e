package social_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/social"
	"user-api/internal/social/socialtest"
)

// clock is a settable clock.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a provider and its issuer.
type rig struct {
	social.Provider
	*socialtest.Issuer
	clock *clock
}

// newRig returns a provider of a new issuer with changed options.
func newRig(t *testing.T, change func(*social.Options)) rig {
	t.Helper()
	c := newClock()
	issuer := socialtest.New(t, c.Now)
	return rig{Provider: provider(t, options(issuer, change), c), Issuer: issuer, clock: c}
}

func options(issuer *socialtest.Issuer, change func(*social.Options)) social.Options {
	o := social.Options{
		Name: "google", Kind: social.KindOIDC, Issuer: issuer.URL, ClientID: socialtest.ClientID, AllowPrivate: true,
		Secret: func(time.Time) (string, error) { return socialtest.Secret, nil },
	}
	if change != nil {
		change(&o)
	}
	return o
}

func provider(t *testing.T, o social.Options, c *clock) social.Provider {
	t.Helper()
	all, err := social.New([]social.Options{o}, social.Setup{Now: c.Now, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p, found := all.Find(o.Name)
	if !found {
		t.Fatal("the provider is missing")
	}
	return p
}

// elsewhere redirects every request to a test issuer.
type elsewhere struct{ to string }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	moved := r.Clone(r.Context())
	u, err := url.Parse(e.to + strings.TrimPrefix(r.URL.Path, "/common/v2.0"))
	if err != nil {
		return nil, err
	}
	moved.URL, moved.Host = u, ""
	return http.DefaultTransport.RoundTrip(moved)
}

// newTenants returns a provider configured for Microsoft.
func newTenants(t *testing.T, name string) rig {
	t.Helper()
	c := newClock()
	issuer := socialtest.New(t, c.Now)
	issuer.Metadata(claims{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"})
	o := options(issuer, func(o *social.Options) { o.Issuer = name })
	p, err := social.Through(o, social.Setup{Now: c.Now, Timeout: 10 * time.Second}, elsewhere{issuer.URL})
	if err != nil {
		t.Fatal(err)
	}
	return rig{Provider: p, Issuer: issuer, clock: c}
}
