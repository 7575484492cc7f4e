package interop

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/internal/client"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const people = 4

// goConsumer is a service behind clients/go.
func goConsumer(t *testing.T, issuer string, m kit.Machine, options ...authz.Option) place {
	t.Helper()
	auth, err := authz.New(issuer, append(options, authz.Client(m.ID, m.Secret))...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	t.Cleanup(func() {
		server.Close()
		auth.Close()
	})
	return place{"clients/go", server.URL}
}

// nodeConsumer is a service behind jose.
func nodeConsumer(t *testing.T, issuer string, more object) place {
	t.Helper()
	given := object{"issuer": issuer, "audience": audience, "signing": "ES256"}
	for key, value := range more {
		given[key] = value
	}
	return place{"jose", listen(t, "consumer.mjs", given).URL}
}

// Keys change by their schedule, twice, while people call two nodes and the consumers:
// by the clock two minutes at a time, the second node being late by as much. Nobody is
// refused, and jose keeps the key set as it does unless told otherwise.
func TestRotation_bySchedule(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	options := []kit.Option{issuing(front.URL, "ES256"), "Auth: {KeyLife: 3600, KeyLead: 600}"}
	a := kit.New(t, kit.Embedded, options...)
	b := a.Beside(options...)
	front.to(t, a.URL, b.URL)
	l := newLoad(t, a.Clock.Now, 10*time.Minute, a, b,
		goConsumer(t, front.URL, a.Machine("orders", client.RevocationsRead), authz.Now(a.Clock.Now)),
		nodeConsumer(t, front.URL, object{"clock": a.Clock.Now().UnixMilli()}))
	l.begin(people)
	for step := range 65 {
		a.Advance(2 * time.Minute)
		nodes := []*kit.App{a, b}
		for _, node := range nodes[:1+step%2] {
			if err := node.Service.Keys.Pass(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if l.soon(people); t.Failed() {
			break
		}
	}
	l.end()
	l.want(3)
}

// A key is changed by hand, on two nodes as processes, while people call them and the
// consumers; then the old one is revoked, and at last the one that signs. jose, which
// follows no feed, learns of a revoked key once its key set is old: here after three
// seconds, unless told otherwise after ten minutes.
func TestRotation_byHand(t *testing.T) {
	t.Parallel()
	front := newFront(t)
	line := kit.NewLine(t, testkit.RealRedis(t).Addr)
	stores := kit.Stores{Redis: line.Addr(), DataSource: testkit.MySQL(t)}
	options := []kit.Option{kit.NodeSecrets(), issuing(front.URL, "ES256"), "Auth: {KeyLead: 10}"}
	a, b := kit.NewNode(t, stores, options...), kit.NewNode(t, stores, options...)
	for _, node := range []*kit.Node{a, b} {
		node.Start()
		if err := node.Serving("/readyz", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	front.to(t, a.URL, b.URL)
	l := newLoad(t, time.Now, time.Second, a.App, b.App,
		goConsumer(t, front.URL, a.Machine("orders", client.RevocationsRead)),
		nodeConsumer(t, front.URL, object{"cacheMaxAge": 3000}))
	held := a.SignIn(phone)
	first := kid(held.Access)
	l.begin(people)
	l.soon(people)
	a.Run("keys", "rotate")
	l.retired(first)
	// The key of before verifies what it has signed.
	if err := l.everywhere(held.Access); err != nil {
		t.Errorf("a token of the key before: %v", err)
	}
	l.soon(people)
	b.Run("keys", "revoke", first)
	l.refused(held.Access)
	l.soon(people)
	l.end()
	l.want(2)

	// The key that signs is revoked, while Redis hangs: its tokens end, sessions do not.
	tokens := b.Post("/user/refresh", object{"refreshToken": held.Refresh}).Tokens()
	line.Stall()
	a.Run("keys", "revoke", kid(tokens.Access))
	l.refused(tokens.Access)
	line.Restore(t)
	resp := a.Post("/user/refresh", object{"refreshToken": tokens.Refresh})
	resp.Want(t, http.StatusOK, "")
	l.accepted(resp.Tokens().Access)
}

// want checks how many keys have signed tokens that were let in everywhere.
func (l *load) want(keys int) {
	l.t.Helper()
	n := 0
	l.kids.Range(func(any, any) bool { n++; return true })
	if n != keys {
		l.t.Errorf("tokens of %d keys were let in, want %d", n, keys)
	}
	l.t.Logf("%d rounds of calls, tokens of %d keys", l.rounds.Load(), n)
}

// refused waits until a token of a revoked key is refused at every place, which is to
// take 5 s at most.
func (l *load) refused(token string) {
	l.t.Helper()
	l.becomes(token, http.StatusOK, http.StatusUnauthorized, 5*time.Second)
}

// accepted waits until a token is let in at every place whose key was published for no
// time: a node reads the keys every two seconds, and clients/go fetches what it does not
// know every five.
func (l *load) accepted(token string) {
	l.t.Helper()
	l.becomes(token, http.StatusUnauthorized, http.StatusOK, 7*time.Second)
}

// becomes waits until every place answers a token with another status than before.
func (l *load) becomes(token string, before, after int, within time.Duration) {
	l.t.Helper()
	begin := time.Now()
	for _, p := range l.places {
		for {
			status, text, err := l.ask(p, token)
			if err != nil {
				l.t.Fatal(err)
			}
			took := time.Since(begin)
			if status == after {
				l.t.Logf("%s answers %d after %v", p.name, after, took)
				break
			}
			if status != before || took > kit.Busy(within) {
				l.t.Errorf("%s answers after %v with %d %s, want %d", p.name, took, status, text, after)
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
