package webhook_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/webhook"
	"user-api/model"
	"user-api/model/migrations"
)

// Requests have the documented headers, and a body in which addresses are masked.
func TestDeliver(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		masked, clear := newReceiver(t), newReceiver(t)
		inClear := endpoint("clear", clear)
		inClear.Clear, inClear.Events = true, []string{model.UserCreated, model.SessionEnded}
		r := newRig(t, db, endpoint("masked", masked), inClear)
		r.user()
		r.role(1, "admin")
		r.deliver()
		at := r.clock.Now()
		if diff := cmp.Diff([]string{"user.created 1", "user.role_changed 1"}, masked.kinds()); diff != "" {
			t.Fatalf("delivered (-want +got):\n%s", diff)
		}
		first := masked.all()[0]
		want := fmt.Sprintf(`{"type":"user.created","timestamp":"%s","data":{"userId":1,"role":"user","phone":"+91********01"}}`, at.UTC().Format("2006-01-02T15:04:05.000Z"))
		if first.Body != want {
			t.Errorf("body %s, want %s", first.Body, want)
		}
		if got := first.Header; got.Get("Content-Type") != "application/json" || !strings.HasPrefix(first.ID, "evt_") || got.Get("webhook-timestamp") != strconv.FormatInt(at.Unix(), 10) {
			t.Errorf("headers %v", got)
		}
		if got := clear.all(); len(got) != 1 || got[0].ID != first.ID || got[0].Payload.Data.Phone != "+919876500001" {
			t.Errorf("unmasked: %+v, want one with the id %s", got, first.ID)
		}
		if s := r.status("masked"); s.State != webhook.StateWell || s.Pending != 0 || s.Failed != 0 || !s.Succeeded.Equal(at) {
			t.Errorf("status %+v", s)
		}
	})
}

// A receiver that is down for ten minutes, in any way, gets everything that happened in the
// meantime, in order for each user and once under each id. While it is down it gets only an
// attempt now and then.
func TestDeliver_away(t *testing.T) {
	for name, away := range map[string]http.HandlerFunc{
		"500":            status(500),
		"503":            status(503, "Retry-After", "30"),
		"a redirect":     status(307, "Location", "/elsewhere"),
		"404":            status(404),
		"hangs":          func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"breaks off":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"not HTTP":       noHTTP,
		"answers slowly": func(w http.ResponseWriter, r *http.Request) { slowly(w, r) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.NotInRace(t, "is sequential")
			db := sqlite(t)
			to := newReceiver(t)
			to.answers(away)
			e := endpoint("orders", to)
			e.Timeout = 100 * time.Millisecond
			r := newRig(t, db, e)
			var want []string
			for i := range 10 {
				id := r.user()
				r.role(id, "admin")
				r.pass(time.Minute/2, 5*time.Second)
				r.role(id, "user")
				r.pass(time.Minute/2, 5*time.Second)
				for _, kind := range []string{"user.created", "user.role_changed", "user.role_changed"} {
					want = append(want, fmt.Sprintf("%s %d", kind, i+1))
				}
			}
			tries := len(to.all())
			if tries < 5 || tries > 60 {
				t.Errorf("%d attempts in ten minutes", tries)
			}
			if s := r.status("orders"); s.State != webhook.StatePaused || s.Pending != 30 || s.Failed != 0 {
				t.Errorf("status %+v, want paused with 30 pending", s)
			}
			to.answers(nil)
			e.Timeout = 10 * time.Second // for slow machines
			r.Webhooks, _ = r.node(e)
			r.pass(2*time.Minute, 5*time.Second)
			told := to.all()[tries:]
			ids, of := map[string]bool{}, map[int64][]string{}
			for _, g := range told {
				if ids[g.ID] {
					t.Errorf("%s is delivered twice", g.ID)
				}
				ids[g.ID] = true
				of[g.Payload.Data.UserID] = append(of[g.Payload.Data.UserID], fmt.Sprintf("%s %d", g.Payload.Type, g.Payload.Data.UserID))
			}
			for _, before := range to.all()[:tries] {
				if !ids[before.ID] {
					t.Errorf("%s was attempted but not delivered", before.ID)
				}
			}
			var got []string
			for id := range int64(10) {
				got = append(got, of[id+1]...)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("delivered (-want +got):\n%s", diff)
			}
		})
	}
}

func noHTTP(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_, _ = conn.Write([]byte("no\r\n\r\n"))
		conn.Close()
	}
}

func slowly(w http.ResponseWriter, r *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		defer conn.Close()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range 100 { // a header without end
			if _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\n"[:1])); err != nil {
				return
			}
			<-tick.C
		}
	}
}

func sqlite(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.OpenDB(t.Context(), store.DBOptions{DataSource: "sqlite:" + t.TempDir() + "/user.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(t.Context(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	return db
}

// A paused endpoint gets one attempt at a time from all nodes together.
func TestDeliver_probe(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		to := newReceiver(t)
		to.answers(status(500))
		r := newRig(t, db, endpoint("orders", to))
		second, _ := r.node(endpoint("orders", to))
		for range 20 {
			r.user()
		}
		r.deliver()
		before := len(to.all())
		if s := r.status("orders"); before < 5 || before > 12 || s.State != webhook.StatePaused {
			t.Fatalf("%d requests, then %+v", before, s)
		}
		for range 4 {
			r.clock.Add(61 * time.Second)
			var both sync.WaitGroup
			for _, node := range []*webhook.Webhooks{r.Webhooks, second} {
				both.Go(func() {
					if err := node.Deliver(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			if n := len(to.all()) - before; n != 1 {
				t.Errorf("%d requests after a pause, want 1", n)
			}
			before = len(to.all())
		}
	})
}

// A receiver with an untrusted certificate gets no event.
func TestDeliver_wrongTLS(t *testing.T) {
	to := newReceiver(t)
	secure := httptest.NewTLSServer(http.HandlerFunc(to.take))
	defer secure.Close()
	secure.Config.ErrorLog = nil
	e := endpoint("orders", to)
	e.URL = secure.URL
	r := newRig(t, sqlite(t), e)
	r.user()
	r.deliver()
	if s := r.status("orders"); s.Result != "tls" || s.Pending != 1 || len(to.all()) != 0 {
		t.Errorf("status %+v, %d requests", s, len(to.all()))
	}
}

// A connection to this host is refused, by name and by address.
func TestDeliver_private(t *testing.T) {
	to := newReceiver(t)
	e := endpoint("orders", to)
	e.AllowPrivate = false
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		e.URL = strings.Replace(to.URL, "127.0.0.1", host, 1)
		r := newRig(t, sqlite(t), e)
		r.user()
		r.deliver()
		if s := r.status("orders"); s.Result != "address" || s.Pending != 1 || len(to.all()) != 0 {
			t.Errorf("%s: status %+v, %d requests", host, s, len(to.all()))
		}
		if result, taken, err := r.Test(t.Context(), "orders"); result != "address" || taken || err != nil {
			t.Errorf("%s: test: %s, %t, %v", host, result, taken, err)
		}
		if err := webhook.Check(t.Context(), e); err == nil || !strings.Contains(err.Error(), "address") {
			t.Errorf("%s: check: %v", host, err)
		}
	}
}

// If a receiver rejects one event, its endpoint is not paused, and the events of other users
// are delivered.
func TestDeliver_oneEventRefused(t *testing.T) {
	to := newReceiver(t)
	r := newRig(t, sqlite(t), endpoint("orders", to))
	bad := r.user()
	to.answers(status(422))
	for range 8 {
		r.deliver()
		r.clock.Add(3 * time.Hour)
	}
	if s := r.status("orders"); s.State != webhook.StateWell || s.Pending != 1 {
		t.Errorf("status %+v", s)
	}
	to.answers(nil)
	r.role(bad, "admin")
	other := r.user()
	r.deliver()
	if got := to.kinds(); !slices.Contains(got, fmt.Sprint("user.created ", other)) {
		t.Errorf("delivered: %v", got)
	}
}

// A 410 pauses an endpoint for an hour, and Retry-After for as long as it says, within limits.
func TestDeliver_asksToBeLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		quiet  time.Duration
	}{
		"410":                  {status(410), time.Hour},
		"429":                  {status(429, "Retry-After", "600"), 10 * time.Minute},
		"503":                  {status(503, "Retry-After", "600"), 10 * time.Minute},
		"503 for over an hour": {status(503, "Retry-After", "999999"), time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := newReceiver(t)
			to.answers(c.answer)
			r := newRig(t, sqlite(t), endpoint("orders", to))
			r.user()
			r.deliver()
			r.user()
			r.clock.Add(c.quiet - time.Second)
			r.deliver()
			if n := len(to.all()); n != 1 {
				t.Errorf("%d requests before the time is over, want 1", n)
			}
			to.answers(nil)
			r.pass(c.quiet/5+10*time.Second, c.quiet/10)
			if s := r.status("orders"); s.Pending != 0 || s.State != webhook.StateWell {
				t.Errorf("after the time: %+v", s)
			}
		})
	}
}

// After three days an event is given up and the user's next event is delivered. The event
// can then be replayed.
func TestDeliver_givesUp(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		to := newReceiver(t)
		to.answers(status(400))
		r := newRig(t, db, endpoint("orders", to))
		id := r.user()
		r.pass(60*time.Hour, 10*time.Minute)
		r.role(id, "admin")
		r.pass(12*time.Hour-20*time.Minute, 10*time.Minute)
		if s := r.status("orders"); s.Pending+s.Failed != 2 {
			t.Errorf("before three days: %+v", s)
		}
		r.pass(time.Hour, 10*time.Minute)
		if s := r.status("orders"); s.Pending != 1 || s.Failed != 1 {
			t.Errorf("after three days: %+v", s)
		}
		tries, ids := len(to.all()), map[string]bool{}
		for _, g := range to.all() {
			ids[g.ID] = true
		}
		if tries < 12 || tries > 30 || len(ids) != 2 {
			t.Errorf("%d attempts of %d events", tries, len(ids))
		}
		to.answers(nil)
		if n, err := r.Replay(t.Context(), model.Replay{Endpoint: "orders"}); n != 1 || err != nil {
			t.Errorf("replay: %d, %v", n, err)
		}
		r.pass(13*time.Hour, 10*time.Minute)
		got := to.all()[tries:]
		if len(got) != 2 || !ids[got[0].ID] || got[0].Payload.Type != model.UserCreated || got[1].Payload.Type != model.UserRoleChanged {
			t.Errorf("delivered in the end: %+v", to.kinds()[tries:])
		}
		if _, err := r.Replay(t.Context(), model.Replay{Endpoint: "other"}); err == nil {
			t.Error("an unknown endpoint is replayed")
		}
	})
}
