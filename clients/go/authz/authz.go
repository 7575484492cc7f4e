// Package authz identifies the callers of a service by the access tokens of user-api.
//
//	auth, err := authz.New("https://id.example.com", authz.Client(id, secret))
//	defer auth.Close()
//	server.Use(auth.Middleware)                 // go-zero
//	http.Handle("/", auth.Handler(mux))         // net/http
//	caller, ok := authz.FromContext(r.Context())
//
// Tokens are verified locally with the public keys of the issuer, without a call. What a
// token cannot say, that its session has ended or its user was banned or has a new role,
// comes from the issuer's revocation feed, which is followed in the background: it is in
// force here within 5 seconds. While the feed is late by more than that, a Policy decides.
//
// Tokens are never logged, and no error contains one.
package authz

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Auth verifies the access tokens of one issuer. It is safe for concurrent use.
type Auth struct {
	options
	issuer string
	caller *caller
	keys   *keyring
	cache  *cache
	memory *memory
	asked  *asker

	stop    context.CancelFunc
	running sync.WaitGroup
}

// New returns an Auth for the tokens of an issuer, identified by its URL. It makes no call,
// so a service can start while the issuer is down. With Client it starts to follow the feed
// in the background, until Close.
func New(issuer string, set ...Option) (*Auth, error) {
	if err := checkIssuer(issuer); err != nil {
		return nil, err
	}
	o := options{audience: "user-api", logger: slog.Default(), now: time.Now}
	for _, option := range set {
		option(&o)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	caller := newCaller(o.httpClient)
	a := &Auth{options: o, issuer: issuer, caller: caller, stop: stop}
	a.keys = newKeyring(ctx, caller, issuer, o.now, o.logger)
	a.cache = newCache(o.cacheSize)
	a.memory = newMemory(o.now)
	a.asked = newAsker(ctx, caller, issuer, o.now)
	if o.clientID != "" {
		f := &follower{
			caller: caller, issuer: issuer, id: o.clientID, secret: o.clientSecret, now: o.now, logger: o.logger,
			jitter: rand.Float64, memory: a.memory, keys: a.keys,
		}
		a.running.Go(func() { f.run(ctx) })
	}
	return a, nil
}

// Format prints nothing of the client's secret.
func (a *Auth) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "authz.Auth of %s", a.issuer) }

// Close stops following the feed and waits until that has ended. From then on the feed is
// late.
func (a *Auth) Close() {
	a.stop()
	a.running.Wait()
	a.keys.close()
	a.asked.close()
	if a.httpClient == nil {
		a.caller.client.CloseIdleConnections()
	}
}

// Ready waits until the keys have been fetched and the feed, if it is followed, has been read
// once. It is suitable for a readiness probe. Without it the feed is late at first.
func (a *Auth) Ready(ctx context.Context) error {
	if err := a.keys.load(ctx); err != nil {
		return err
	}
	if a.clientID == "" {
		return nil
	}
	select {
	case <-a.memory.first:
		return nil
	case <-ctx.Done():
		return unavailable("the feed has not been read yet")
	}
}

// Behind returns how long ago this Auth had complete knowledge of what has ended. ok is false
// until it has read the feed once.
func (a *Auth) Behind() (behind time.Duration, ok bool) { return a.memory.behind() }

// Verify returns the user of a token. It rejects tokens of machines; use VerifyMachine for
// those. Every error is an *Error.
func (a *Auth) Verify(ctx context.Context, raw string) (Principal, error) {
	c, err := a.admitUser(ctx, raw)
	if err != nil {
		return Principal{}, err
	}
	return c.principal.clone(), nil
}

// VerifyMachine returns the machine of a token. It rejects tokens of users. Every error is an
// *Error.
func (a *Auth) VerifyMachine(ctx context.Context, raw string) (Machine, error) {
	c, err := a.admitMachine(ctx, raw)
	if err != nil {
		return Machine{}, err
	}
	return c.machine.clone(), nil
}

// checkIssuer validates an issuer (RFC 8414 section 2). Plain http is permitted only for
// loopback.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return errors.New("authz: the issuer is not a URL")
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(issuer, "/"):
		return fmt.Errorf("authz: the issuer %q must be a URL without user, query, fragment and trailing slash", u.Redacted())
	case !secure(u):
		return fmt.Errorf("authz: the issuer %q must be https; http is permitted only for loopback", issuer)
	}
	return nil
}

func secure(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}
