package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/client"
	"user-api/internal/session"
	"user-api/test/kit"
)

type (
	// revocations is an answer of the feed.
	revocations struct {
		Events        []revocationEvent
		Next          string
		More, Reset   bool
		Age, Waited   int64
		CompleteUntil int64
		Keep          int64
	}

	revocationEvent struct {
		ID, Kind, SessionID, Role, KeyID string
		At, UserID                       int64
	}
)

// what is an entry without its id and time.
func (e revocationEvent) what() string {
	return strings.TrimSpace(fmt.Sprint(e.Kind, " ", e.UserID, " ", e.SessionID, e.Role, e.KeyID))
}

// poll requests the entries after a cursor.
func poll(t *testing.T, app *kit.App, m kit.Machine, after string, wait int) (r revocations) {
	t.Helper()
	resp := app.Do(kit.Request{
		Method: http.MethodGet, Header: m.Basic(),
		Path: "/service/revocations?" + url.Values{"after": {after}, "wait": {strconv.Itoa(wait)}}.Encode(),
	})
	resp.Want(t, http.StatusOK, "")
	if err := json.Unmarshal(resp.Body, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The feed reports whatever ends a session or changes a user, with its reason, and a
// waiting request gets it immediately.
func TestRevocations_kinds(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("orders", client.RevocationsRead)
		admin, user := asAdmin(t, app)
		id := idOf(app, user)
		first := poll(t, app, m, "", 5)
		if !first.Reset || first.More || first.Next == "" || first.Waited > 5000 || first.Keep != 960 {
			t.Errorf("the first answer is %+v", first)
		}
		held := make(chan revocations)
		go func() { held <- poll(t, app, m, first.Next, 20) }()
		do := func(method, path string, body any) {
			t.Helper()
			app.Do(kit.Request{Method: method, Path: replaceID(path, id), Bearer: admin.Access, Body: body}).Want(t, 204, "")
		}
		began := time.Now()
		do("PUT", "/admin/users/:id/role", object{"role": "admin"})
		if r := <-held; r.Reset || len(r.Events) != 1 || time.Since(began) > kit.Busy(5*time.Second) {
			t.Errorf("the waiting request got %+v after %v", r, time.Since(began))
		}
		session := sessionOf(app, user)
		do("POST", "/admin/users/:id/ban", object{"reason": "x"})
		do("POST", "/admin/users/:id/unban", nil)
		do("DELETE", "/admin/users/:id", nil)
		want := []string{
			fmt.Sprint("token-claims-change ", id, " admin"), fmt.Sprint("session-revoked ", id, " ", session),
			fmt.Sprint("account-disabled ", id), fmt.Sprint("account-enabled ", id), fmt.Sprint("account-purged ", id),
		}
		r := poll(t, app, m, first.Next, 0)
		var got []string
		for _, e := range r.Events {
			got = append(got, e.what())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
		if !slices.IsSortedFunc(r.Events, func(a, b revocationEvent) int { return strings.Compare(a.ID, b.ID) }) {
			t.Errorf("ids do not sort: %+v", r.Events)
		}
		if r.Age < 0 || r.Age > 5000 {
			t.Errorf("the age is %d ms", r.Age)
		}
	})
}

// An invalid cursor is rejected by name, and one in a valid form that is unknown starts
// over. Only authorized machines may follow, and only refusals are charged, so no other
// request limit of a machine stops a follower.
func TestRevocations_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("orders", client.RevocationsRead, client.UsersRead)
		ask := func(query string, header map[string]string) kit.Response {
			return app.Do(kit.Request{Method: http.MethodGet, Path: "/service/revocations" + query, Header: header})
		}
		for query, field := range map[string]string{
			"?after=%20": "after", "?after=a/b": "after", "?after=" + strings.Repeat("A", 129): "after", "?after=%C3%84": "after",
			"?wait=21": "wait", "?wait=-1": "wait", "?wait=x": "wait", "?wait=1.5": "wait", "?after=1&after=2": "after",
		} {
			resp := ask(query, m.Basic())
			if resp.Want(t, http.StatusBadRequest, "invalid_request"); resp.Text("field") != field {
				t.Errorf("%s: the field is %q", query, resp.Text("field"))
			}
		}
		for _, after := range []string{"", "garbage", "1" + strings.Repeat("A", 32), "2" + strings.Repeat("A", 32)} {
			if r := poll(t, app, m, after, 20); !r.Reset || r.Waited > 1000 {
				t.Errorf("after %q: %+v", after, r)
			}
		}
		for range 10 {
			poll(t, app, m, "", 0)
		}
		refused := 0
		for range 10 {
			if app.Do(kit.Request{Method: http.MethodGet, Path: "/admin/users", Header: m.Basic()}).Status == http.StatusTooManyRequests {
				refused++
			}
		}
		if refused == 0 {
			t.Error("the limit of the machine's other requests is gone")
		}
		poll(t, app, m, "", 0)
		wrong := kit.Machine{ID: m.ID, Secret: "wrong"}
		status := 0
		for n := 0; n < 50 && status != http.StatusTooManyRequests; n++ {
			status = ask("", wrong.Basic()).Status
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("wrong secrets are always answered %d", status)
		}
		poll(t, app, m, "", 0)
		ask("", nil).Want(t, http.StatusUnauthorized, "unauthorized")
		app.Get("/service/revocations", app.SignIn(phone).Access).Want(t, http.StatusUnauthorized, "unauthorized")
	}, "RateLimit: {Machine: {Id: 5/300, Requests: 3/60}}")
}

// sessions opens sessions of new users, and returns the ids of the users and of the
// sessions.
func sessions(t *testing.T, app *kit.App, users, each int) (ids []int64, all []string) {
	t.Helper()
	for i := range users {
		id := idOf(app, app.SignIn(fmt.Sprintf("+9198765%05d", 50000+i)))
		ids = append(ids, id)
		for range each - 1 {
			if _, err := app.Service.Sessions.Open(t.Context(), id, session.Opener{}, session.Device{}, func(session.Grant) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		living, err := app.Service.Sessions.List(t.Context(), id)
		if err != nil || len(living) != each {
			t.Fatal(len(living), err)
		}
		for _, one := range living {
			all = append(all, one.ID)
		}
	}
	return ids, all
}

// Fifty followers of two nodes, some of which change nodes or lose theirs, learn of all
// thousand sessions, which end in bursts.
func TestRevocations_bursts(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		const followers, users, each = 50, 20, 50
		m := app.Machine("orders", client.RevocationsRead)
		other := app
		if app.Backend == kit.Real {
			other = app.Beside()
		}
		ids, all := sessions(t, app, users, each)
		var done atomic.Bool
		var took, heard sync.Map // when each session ended; the longest delay of each follower
		var following sync.WaitGroup
		for i := range followers {
			at := []*kit.App{app, other}[i%2]
			following.Go(func() {
				after, known, slowest := "", map[string]bool{}, time.Duration(0)
				for len(known) < len(all) && !done.Load() {
					resp, err := at.TryDo(kit.Request{Method: http.MethodGet, Path: "/service/revocations?wait=2&after=" + after, Header: m.Basic()})
					if err != nil || resp.Status != http.StatusOK {
						at = app // its node has stopped
						continue
					}
					var r revocations
					if err := json.Unmarshal(resp.Body, &r); err != nil || r.Reset != (after == "") {
						t.Errorf("follower %d: reset %t, %v", i, r.Reset, err)
						return
					}
					after = r.Next
					for _, e := range r.Events {
						if began, ended := took.Load(e.UserID); ended && !known[e.SessionID] {
							slowest = max(slowest, time.Since(began.(time.Time)))
						}
						known[e.SessionID] = true
					}
					if i%5 == 0 && len(known) > len(all)/2 {
						at = app
					}
				}
				if missing := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return known[s] }); len(missing) > 0 {
					t.Errorf("follower %d has not learned of %d sessions", i, len(missing))
				}
				heard.Store(i, slowest)
			})
		}
		for i, id := range ids {
			node := []*kit.App{app, other}[i%2]
			took.Store(id, time.Now())
			if err := node.Service.Accounts.EndSessions(t.Context(), id, ""); err != nil {
				t.Fatal(err)
			}
			if i == users-2 && other != app {
				other.Stop()
				other = app
			}
		}
		time.AfterFunc(2*time.Minute, func() { done.Store(true) }) // the machine may be busy
		following.Wait()
		slowest := time.Duration(0)
		heard.Range(func(_, v any) bool { slowest = max(slowest, v.(time.Duration)); return true })
		t.Logf("the last follower learned it %v after the call", slowest.Round(time.Millisecond))
	})
}
