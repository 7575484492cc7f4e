package test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/testkit"
	"user-api/test/faults"
	"user-api/test/kit"
)

// Expired anonymous users are erased like users who delete their account: sessions end on
// every node, and webhooks and the audit trail report it. Two nodes that purge concurrently
// erase each user once. Users with a way to sign in or time left are kept.
func TestAnonymous_purge(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		const many = 230 // more than two pages
		beside := app.Beside(anonymousOn)
		old, left, upgraded := nobody(t, app), nobody(t, app), nobody(t, app)
		bindAddress(t, app, upgraded, byPhone, stranger1)
		call(app, "POST", "/user/logout", left.Access, nil).Want(t, 204, "")
		for range many {
			if _, err := app.Service.Accounts.CreateAnonymous(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		app.Advance(59 * time.Minute)
		young := nobody(t, app)
		if n, err := app.Service.Signin.PurgeAnonymous(t.Context()); n != 0 || err != nil {
			t.Fatalf("%d users are purged too early, %v", n, err)
		}
		app.Advance(2 * time.Minute)
		old = renewed(t, app, old)
		var purged atomic.Int64
		var all sync.WaitGroup
		for _, node := range []*kit.App{app, beside} {
			all.Go(func() {
				n, err := node.Service.Signin.PurgeAnonymous(t.Context())
				if err != nil {
					t.Error(err)
				}
				purged.Add(int64(n))
			})
		}
		all.Wait()
		// The purge that a node runs at its start may come late and take a part.
		if n := purged.Load(); n > many+2 {
			t.Errorf("%d users are purged, want %d", n, many+2)
		}
		wantLearned(t, app, old.Access) // either node may have erased it
		wantEnded(t, []*kit.App{app, beside}, old)
		refresh(app, young.Refresh).Want(t, 200, "")
		refresh(app, upgraded.Refresh).Want(t, 200, "")
		if n := eventsAfter(t, app, "account_deleted", many+2); n != many+2 {
			t.Errorf("%d events account_deleted, want %d", n, many+2)
		}
		s := openStores(t, app)
		if rows := s.rows(); strings.Contains(rows, fmt.Sprint(old.UserID)) || strings.Contains(rows, fmt.Sprint(left.UserID)) {
			t.Error("an erased user has rows")
		}
	}, anonymousOn)
}

// renewed refreshes the tokens of a client whose access token has expired.
func renewed(t *testing.T, app *kit.App, who kit.Tokens) kit.Tokens {
	t.Helper()
	resp := refresh(app, who.Refresh)
	resp.Want(t, 200, "")
	tokens := resp.Tokens()
	tokens.UserID = who.UserID
	return tokens
}

// Webhooks report when an anonymous user is created, becomes a regular user, and is erased.
func TestAnonymous_told(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	app := kit.New(t, kit.Embedded, h.option(), anonymousOn)
	upgraded := nobody(t, app)
	bindAddress(t, app, upgraded, byPhone, stranger1)
	nobody(t, app)
	h.await(app, 6)
	app.Advance(61 * time.Minute)
	if _, err := app.Service.Signin.PurgeAnonymous(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"user.created user anonymous", "session.created", "address.bound +91********51", "user.updated anonymous",
		"session.ended erased", "user.deleted",
	}
	app.Advance(3 * time.Second)
	app.Await("the end", func() bool { return slices.Contains(h.told(t), "user.deleted") })
	// The events of two users come in any order, and one may come twice as time jumps.
	got := h.told(t)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// If the database accepts no writes, all users are kept and no event is sent. Without
// Redis, users are erased, and their data in Redis is removed once it is back.
func TestAnonymous_purgeHalfBroken(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	var proxy *faults.MySQL
	app := kit.Behind(t, func(s kit.Stores) kit.Stores {
		conf, err := mysql.ParseDSN(s.DataSource)
		if err != nil {
			t.Fatal(err)
		}
		proxy = faults.NewMySQL(t, conf.Addr)
		conf.Addr = proxy.Addr()
		s.DataSource = conf.FormatDSN()
		return s
	}, anonymousOn)
	one, other := nobody(t, app), nobody(t, app)
	app.Advance(61 * time.Minute)
	proxy.Set(faults.DemotedPrimary)
	if n, err := app.Service.Signin.PurgeAnonymous(t.Context()); n != 0 || !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("a read-only database: %d users purged, %v", n, err)
	}
	app.Post("/user/anonymous", object{}).Want(t, 503, "unavailable")
	proxy.Clear()
	app.Await("the database", func() bool { return refresh(app, one.Refresh).Status == 200 })
	if n := events(t, app, "account_deleted"); n != 0 {
		t.Errorf("%d deletions are reported", n)
	}
	app.RedisLine.Cut()
	if _, err := app.Service.Signin.PurgeAnonymous(t.Context()); err != nil {
		t.Errorf("without Redis: %v", err)
	}
	app.RedisLine.Restore(t)
	app.Await("what Redis holds of them to go", func() bool { return app.Service.Signin.ForgetErased(t.Context()) == nil })
	refresh(app, other.Refresh).Want(t, 401, "session_ended")
	if n := eventsAfter(t, app, "account_deleted", 2); n != 2 {
		t.Errorf("%d deletions are reported, want 2", n)
	}
}

// A node whose clock is ahead erases no user too early: the database clock decides.
func TestAnonymous_purgeClock(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		who := nobody(t, app)
		ahead := app.BesideOff(61*time.Minute, anonymousOn)
		if n, err := ahead.Service.Signin.PurgeAnonymous(t.Context()); n != 0 || err != nil {
			t.Errorf("%d users are purged an hour too early, %v", n, err)
		}
		wantAlive(t, []*kit.App{app}, who)
	}, anonymousOn)
}
