package client_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/client"
	"user-api/internal/event"
	"user-api/internal/guard"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/token"
	"user-api/model"
)

var ctx = context.Background()

type (
	// node is the Clients of a process, with its dependencies.
	node struct {
		*client.Clients
		clock   *testkit.Clock
		elapsed atomic.Int64
		rows    *rows
		limits  *limits
		events  events
	}

	// rows fails to read while down.
	rows struct {
		model.ClientModel
		down  atomic.Bool
		reads atomic.Int64
	}

	// limits counts, and refuses what a test tells it to.
	limits struct {
		refused, spent atomic.Int64
		full, away     atomic.Bool
	}

	events struct{ kinds []event.Kind }
)

var errDown = errors.New("the database is gone")

func (r *rows) All(ctx context.Context) ([]*model.Client, error) {
	r.reads.Add(1)
	if r.down.Load() {
		return nil, errDown
	}
	return r.ClientModel.All(ctx)
}

func (l *limits) RecallMachine(string, netip.Addr) error {
	if l.full.Load() {
		return apperr.New(apperr.RateLimited)
	}
	return nil
}

func (l *limits) RefuseMachine(context.Context, string, netip.Addr) error {
	l.refused.Add(1)
	return nil
}

func (l *limits) SpendMachine(context.Context, string, guard.Rate) error {
	l.spent.Add(1)
	if l.away.Load() {
		return apperr.Down(errDown)
	}
	return nil
}

func (e *events) Keep(_ context.Context, one event.Event) { e.kinds = append(e.kinds, one.Kind) }

func newNode(t *testing.T, db *store.DB, clock *testkit.Clock) *node {
	t.Helper()
	n := &node{clock: clock, rows: &rows{ClientModel: model.NewClientModel(db.Conn)}, limits: &limits{}}
	codec, err := token.New(token.Options{
		AccessSecret: strings.Repeat("a", 32), RefreshSecret: strings.Repeat("b", 32), Issuer: "i", Audience: "us",
		AccessLife: 15 * time.Minute, Now: clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	n.Clients = client.New(client.Options{
		Rows: n.rows, Guard: n.limits, Codec: codec, Events: &n.events, Life: 15 * time.Minute, Now: clock.Now,
		Elapsed: func() time.Duration { return time.Duration(n.elapsed.Load()) }, Rand: rand.Reader,
	})
	return n
}

// pass advances both clocks.
func (n *node) pass(d time.Duration) { n.elapsed.Add(int64(d)) }

// create creates a client with scopes.
func (n *node) create(t *testing.T, name string, scopes ...string) (client.Client, string) {
	t.Helper()
	one, secret, err := n.Create(ctx, client.Draft{Name: name, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return one, secret
}

// shows returns the error code for credentials, or "" if they are accepted.
func (n *node) shows(id, secret string) apperr.Code {
	_, err := n.ByBasic(ctx, basic(id, secret))
	return code(err)
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func code(err error) apperr.Code {
	if err == nil {
		return ""
	}
	return apperr.From(err).Code
}

func want(t *testing.T, what string, got, want apperr.Code) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestClients_create(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		one, secret := n.create(t, "billing", client.UsersWrite, client.UsersRead)
		m, err := n.ByBasic(ctx, basic(one.ID, secret))
		if err != nil || m.ID != one.ID || m.Name != "billing" || !m.Has(client.UsersRead) || m.Has(client.AuditRead) || m.Actor() != "client:billing" {
			t.Fatalf("%+v, %v", m, err)
		}
		if len(secret) < 48 || !strings.HasPrefix(secret, "uacs_") {
			t.Errorf("a secret of %d characters", len(secret))
		}
		// The table does not contain the secret.
		all, err := db.SQL.Query("SELECT * FROM client")
		if err != nil {
			t.Fatal(err)
		}
		defer all.Close()
		columns, _ := all.Columns()
		for all.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(string)
			}
			if err := all.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				if strings.Contains(*v.(*string), secret[5:20]) {
					t.Errorf("the column %s has the secret", columns[i])
				}
			}
		}
		if _, _, err := n.Create(ctx, client.Draft{Name: "billing"}); !errors.Is(err, client.ErrNameTaken) {
			t.Errorf("the name once more: %v", err)
		}
		app, none, err := n.Create(ctx, client.Draft{Name: "app", Public: true, Redirects: []string{"com.example.app:/cb", "http://127.0.0.1:7/cb"}, Audience: "orders"})
		if err != nil || none != "" {
			t.Fatalf("a public client: %q, %v", none, err)
		}
		for _, secret := range []string{"", "x", "da39a3ee5e6b4b0d3255bfef95601890afd80709"} {
			want(t, "a public client with a secret", n.shows(app.ID, secret), apperr.Unauthorized)
		}
		list, err := n.List(ctx)
		if err != nil || len(list) != 2 || list[0].Name != "app" || list[0].Audience != "orders" || len(list[0].Redirects) != 2 || list[1].Used.IsZero() {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestClients_refusedAlike(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		one, secret := n.create(t, "billing")
		texts := map[string]bool{}
		for _, header := range []string{
			basic(one.ID, "wrong"), basic("unknown", secret), basic(one.ID, ""), basic("", ""), basic(one.ID, secret+" "), basic(" "+one.ID, secret),
			basic(strings.ToUpper(one.ID), secret), "Basic", "Basic !", "Basic " + base64.StdEncoding.EncodeToString([]byte(one.ID)),
			basic(one.ID, strings.ToUpper(secret)), "Basic " + base64.StdEncoding.EncodeToString([]byte(one.ID+":%zz")), "Bearer " + secret,
		} {
			_, err := n.ByBasic(ctx, header)
			want(t, header, code(err), apperr.Unauthorized)
			texts[apperr.From(err).Message()] = true
		}
		if len(texts) != 1 || n.limits.refused.Load() != 13 {
			t.Errorf("%d answers, %d charges, want 1 and 13", len(texts), n.limits.refused.Load())
		}
		// A correct secret is not refused because of wrong ones, which are.
		n.limits.full.Store(true)
		want(t, "a wrong secret, once there were too many", n.shows(one.ID, "wrong"), apperr.RateLimited)
		want(t, "the right one then", n.shows(one.ID, secret), "")
		// Nor because of Redis.
		n.limits.away.Store(true)
		want(t, "the right one without Redis", n.shows(one.ID, secret), "")
	})
}

func TestClients_rotate(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		n := newNode(t, db, clock)
		one, first := n.create(t, "billing", client.UsersRead)
		old, err := n.token([]string{basic(one.ID, first)}, "grant_type=client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		second, err := n.Rotate(ctx, "billing", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		n.pass(time.Second)
		want(t, "the new secret at once", n.shows(one.ID, second), "")
		want(t, "the old one beside it", n.shows(one.ID, first), "")
		_, known, err := n.ByToken(ctx, old.AccessToken)
		if !known || err != nil {
			t.Errorf("a token of the old secret: %t, %v", known, err)
		}
		clock.Add(time.Hour)
		want(t, "the old one after the overlap", n.shows(one.ID, first), apperr.Unauthorized)

		token, err := n.token([]string{basic(one.ID, second)}, "grant_type=client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Second)
		third, err := n.Rotate(ctx, "billing", 0)
		if err != nil {
			t.Fatal(err)
		}
		n.pass(3 * time.Second)
		want(t, "the secret before, without an overlap", n.shows(one.ID, second), apperr.Unauthorized)
		if _, known, err := n.ByToken(ctx, token.AccessToken); !known || code(err) != apperr.Unauthorized {
			t.Errorf("a token of the secret before: %t, %v", known, err)
		}
		next, err := n.token([]string{basic(one.ID, third)}, "grant_type=client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := n.ByToken(ctx, next.AccessToken); err != nil {
			t.Errorf("a token that was asked for at once: %v", err)
		}
		for _, overlap := range []time.Duration{-1, client.MaxOverlap + 1} {
			if _, err := n.Rotate(ctx, "billing", overlap); err == nil {
				t.Errorf("an overlap of %v", overlap)
			}
		}
		if _, err := n.Rotate(ctx, "nobody", 0); !errors.Is(err, client.ErrNoClient) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// On another node a removed or disabled client is accepted no longer than rows are cached,
// and if the database is down no longer than stale rows may be used. Redis is not involved.
func TestClients_ends(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		here, there := newNode(t, db, clock), newNode(t, db, clock)
		there.limits.away.Store(true)
		one, secret := here.create(t, "billing", client.UsersRead)
		grant, err := here.token([]string{basic(one.ID, secret)}, "grant_type=client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		byToken := func() apperr.Code { _, _, err := there.ByToken(ctx, grant.AccessToken); return code(err) }
		want(t, "on the other node", there.shows(one.ID, secret), "")

		if err := here.Disable(ctx, "billing"); err != nil {
			t.Fatal(err)
		}
		there.pass(2*time.Second + 1)
		want(t, "disabled", there.shows(one.ID, secret), apperr.Unauthorized)
		want(t, "its token", byToken(), apperr.Unauthorized)
		if err := here.Enable(ctx, "billing"); err != nil {
			t.Fatal(err)
		}
		there.pass(time.Second)
		want(t, "enabled again", there.shows(one.ID, secret), "")
		want(t, "its token then", byToken(), "")

		there.rows.down.Store(true)
		if err := here.Remove(ctx, "billing"); err != nil {
			t.Fatal(err)
		}
		there.pass(4 * time.Second)
		want(t, "with the database gone, of the rows held", there.shows(one.ID, secret), "")
		want(t, "a wrong secret then, which may be a new one", there.shows(one.ID, "wrong"), apperr.Unavailable)
		there.pass(time.Second + 1)
		want(t, "once they are too old", there.shows(one.ID, secret), apperr.Unavailable)
		want(t, "a wrong secret", there.shows(one.ID, "wrong"), apperr.Unavailable)
		want(t, "a token", byToken(), apperr.Unavailable)
		there.rows.down.Store(false)
		want(t, "removed", there.shows(one.ID, secret), apperr.Unauthorized)
		want(t, "its token", byToken(), apperr.Unauthorized)
		if err := here.Remove(ctx, "billing"); !errors.Is(err, client.ErrNoClient) {
			t.Errorf("removed twice: %v", err)
		}
	})
}

// Clients cost the database a query every two seconds, and unknown ones ten a second.
func TestClients_reads(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		one, secret := n.create(t, "billing")
		for range 100 {
			n.shows(one.ID, secret)
			n.pass(20 * time.Millisecond)
		}
		if got := n.rows.reads.Load(); got != 1 {
			t.Errorf("%d reads in 2 s of right secrets, want 1", got)
		}
		before := n.rows.reads.Load()
		for range 50 {
			n.shows(one.ID, "wrong")
			n.pass(20 * time.Millisecond)
		}
		if got := n.rows.reads.Load() - before; got > 11 {
			t.Errorf("%d reads in a second of wrong secrets, want 10", got)
		}
	})
}

func TestDraft(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		n := newNode(t, db, testkit.NewClock())
		long := strings.Repeat("a", 256)
		for name, d := range map[string]client.Draft{
			"no name":                {},
			"a name with a space":    {Name: "a b"},
			"a long name":            {Name: strings.Repeat("a", 33)},
			"a capital":              {Name: "Billing"},
			"no scope of ours":       {Name: "a", Scopes: []string{"users:delete"}},
			"a long audience":        {Name: "a", Audience: long},
			"a space in an audience": {Name: "a", Audience: "a b"},
			"plain http":             {Name: "a", Redirects: []string{"http://app.example/cb"}},
			"a fragment":             {Name: "a", Redirects: []string{"https://app.example/cb#x"}},
			"a star":                 {Name: "a", Redirects: []string{"https://*.app.example/cb"}},
			"a user":                 {Name: "a", Redirects: []string{"https://a@app.example/cb"}},
			"a script":               {Name: "a", Redirects: []string{"javascript:alert(1)"}},
			"no scheme":              {Name: "a", Redirects: []string{"/cb"}},
			"public, with scopes":    {Name: "a", Public: true, Scopes: []string{client.UsersRead}, Redirects: []string{"https://app.example/cb"}},
			"public, without a URI":  {Name: "a", Public: true},
		} {
			if _, _, err := n.Create(ctx, d); !errors.Is(err, client.ErrDraft) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if list, err := n.List(ctx); err != nil || len(list) > 0 {
			t.Errorf("kept %d of them, %v", len(list), err)
		}
	})
}
