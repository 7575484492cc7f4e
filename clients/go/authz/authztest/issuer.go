// Package authztest is an issuer of access tokens on loopback, for tests of services that are
// protected by package authz.
//
//	issuer := authztest.New(t)
//	auth := issuer.Auth()
//	alice := issuer.SignIn(authztest.User{ID: 7})
//	request.Header.Set("Authorization", "Bearer "+alice.Token)
//	issuer.End(alice) // from here on auth rejects the token
//
// When a method that changes something returns, every Auth that follows the issuer knows of
// the change. The clock stands still until Advance moves it, so tests need not sleep.
package authztest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"user-api/clients/go/authz"
)

const (
	// Audience is the audience of the tokens.
	Audience = "user-api"
	// Life is the lifetime of a token.
	Life = 15 * time.Minute

	clientID, clientSecret = "authztest", "secret-of-authztest"

	// longAgo exceeds the permitted lateness of the feed.
	longAgo = 10 * time.Second
	// patience is how long to wait for a follower.
	patience = 15 * time.Second
)

// Issuer stands in for user-api. It is safe for concurrent use.
type Issuer struct {
	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex
	changed  *sync.Cond // signals a new epoch or a read by a follower
	now      time.Time
	keys     []*key
	signer   *key
	sessions map[string]*Session
	users    map[int64]account
	tokens   map[string]string // session by token
	serial   int

	events    []event
	epoch     int // grows with every change; the cursor of the feed
	visible   int // the epoch up to which the feed is readable
	late      time.Time
	down      bool
	followers map[string]follower // by user agent
}

type (
	// follower is an Auth that reads the feed.
	follower struct {
		read int // the epoch up to which it has read
		conn any
	}

	// connection is the context key of a request's connection.
	connection struct{}
)

// account is what is known about a user besides the sessions.
type account struct {
	role   string
	barred bool
}

// New starts an issuer, which ends with the test. Its clock starts at the current time.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{
		t: t, now: time.Now().Truncate(time.Second), sessions: map[string]*Session{}, users: map[int64]account{},
		tokens: map[string]string{}, followers: map[string]follower{}, epoch: 1, visible: 1,
	}
	i.changed = sync.NewCond(&i.mu)
	i.signer = newKey(t, ES256)
	i.keys = []*key{i.signer}
	i.server = httptest.NewUnstartedServer(i.handler())
	i.server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connection{}, c)
	}
	i.server.Config.ConnState = i.connection
	i.server.Start()
	t.Cleanup(i.close)
	return i
}

// URL returns the issuer's identifier and address.
func (i *Issuer) URL() string { return i.server.URL }

// Now returns the time of the issuer's clock.
func (i *Issuer) Now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now
}

// Options returns the options of authz.New for following this issuer with its clock.
func (i *Issuer) Options() []authz.Option {
	return []authz.Option{authz.Client(clientID, clientSecret), authz.Now(i.Now)}
}

// Auth returns an Auth that follows the issuer and has read its feed. It ends with the
// test.
func (i *Issuer) Auth(more ...authz.Option) *authz.Auth {
	i.t.Helper()
	auth, err := authz.New(i.URL(), append(i.Options(), more...)...)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(auth.Close)
	if err := auth.Ready(i.t.Context()); err != nil {
		i.t.Fatal(err)
	}
	return auth
}

// Advance moves the clock forward. Followers stay as late as they were.
func (i *Issuer) Advance(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
	i.happened()
}

// Late hides further changes from the feed and moves the clock forward by 10 seconds, after
// which followers are late. Everything else continues. Up ends it.
func (i *Issuer) Late() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.late = i.now
	i.now = i.now.Add(longAgo)
	i.changed.Broadcast()
}

// Down makes the issuer stop answering and moves the clock forward by 10 seconds, after which
// followers are late. Up ends it.
func (i *Issuer) Down() {
	i.mu.Lock()
	i.late, i.down = i.now, true
	for who, f := range i.followers {
		f.conn = nil // it is closed here; Up waits for the next one
		i.followers[who] = f
	}
	i.now = i.now.Add(longAgo)
	i.changed.Broadcast()
	i.mu.Unlock()
	i.server.CloseClientConnections()
}

// Up ends Late and Down, moves the clock forward by a second and waits until the followers
// know what happened in the meantime.
func (i *Issuer) Up() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.late, i.down = time.Time{}, false
	i.now = i.now.Add(time.Second)
	i.happened()
	// The first answer may be to an older request that was retried when its connection was
	// closed, and prove little. The next one is not.
	i.happened()
}

// happened publishes events and waits until every follower knows them. i.mu must be held.
func (i *Issuer) happened(events ...event) {
	i.epoch++
	for _, e := range events {
		e.ID, e.At, e.epoch = i.nextID(), i.now.UnixMilli(), i.epoch
		i.events = append(i.events, e)
	}
	if !i.late.IsZero() {
		return // the feed is late
	}
	i.visible = i.epoch
	i.changed.Broadcast()
	until := i.epoch
	over := false
	timer := time.AfterFunc(patience, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		over = true
		i.changed.Broadcast()
	})
	defer timer.Stop()
	for !i.known(until) && !over {
		i.changed.Wait()
	}
	if over {
		i.t.Errorf("authztest: a follower has not read the feed for %v", patience)
	}
}

// known reports whether every follower has read up to an epoch.
func (i *Issuer) known(epoch int) bool {
	for _, f := range i.followers {
		if f.read < epoch {
			return false
		}
	}
	return true
}

// connection drops a follower that has closed its connection.
func (i *Issuer) connection(c net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for who, f := range i.followers {
		if f.conn == c {
			delete(i.followers, who)
			i.changed.Broadcast()
		}
	}
}

func (i *Issuer) close() {
	i.mu.Lock()
	i.down = true
	i.changed.Broadcast()
	i.mu.Unlock()
	i.server.CloseClientConnections()
	i.server.Close()
}

// handler serves the routes of user-api that package authz uses.
func (i *Issuer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", i.serveMetadata)
	mux.HandleFunc("GET /.well-known/jwks.json", i.serveKeys)
	mux.HandleFunc("GET /service/revocations", i.serveFeed)
	mux.HandleFunc("GET /user/check", i.serveCheck)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		down := i.down
		i.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler) // closes the connection
		}
		mux.ServeHTTP(w, r)
	})
}
