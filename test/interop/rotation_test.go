package interop

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"user-api/clients/go/authz"
	"user-api/internal/client"
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
