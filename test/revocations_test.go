package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/client"
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

// poll asks for what follows a cursor.
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

// Whatever ends a session or changes a user is told, in its own word, to who follows; and
// to who waits, as soon as it happens.
func TestRevocations_kinds(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		m := app.Machine("orders", client.RevocationsRead)
		admin, user := asAdmin(t, app)
		id := idOf(app, user)
		first := poll(t, app, m, "", 5)
		if !first.Reset || first.More || first.Next == "" || first.Waited > 1000 || first.Keep != 960 {
			t.Errorf("the beginning is %+v", first)
		}
		held := make(chan revocations)
		go func() { held <- poll(t, app, m, first.Next, 20) }()
		do := func(method, path string, body any) {
			t.Helper()
			app.Do(kit.Request{Method: method, Path: replaceID(path, id), Bearer: admin.Access, Body: body}).Want(t, 204, "")
		}
		began := time.Now()
		do("PUT", "/admin/users/:id/role", object{"role": "admin"})
		if r := <-held; r.Reset || len(r.Events) != 1 || time.Since(began) > 5*time.Second {
			t.Errorf("who waits is told %+v after %v", r, time.Since(began))
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
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if !slices.IsSortedFunc(r.Events, func(a, b revocationEvent) int { return strings.Compare(a.ID, b.ID) }) {
			t.Errorf("ids do not sort: %+v", r.Events)
		}
		if r.Age < 0 || r.Age > 5000 {
			t.Errorf("the age is %d ms", r.Age)
		}
	})
}
