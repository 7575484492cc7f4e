package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/reqctx"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

var ctx = context.Background()

// nobody is a UserOf that finds no user.
func nobody(context.Context, address.Address) (int64, error) { return 0, nil }

func recorder(t *testing.T, db *store.DB, clock *testkit.Clock, userOf func(context.Context, address.Address) (int64, error)) *audit.Recorder {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := audit.New(audit.Options{
		Events: model.NewEventModel(db.Conn), Ring: ring, UserOf: userOf, Retention: 24 * time.Hour, Now: clock.Now, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { drain(t, r) })
	return r
}

func drain(t *testing.T, r *audit.Recorder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		t.Error(err)
	}
}

func phone(t *testing.T) address.Address {
	t.Helper()
	address, err := address.ParsePhone("+919876543210", "")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestRecord(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock, asked := testkit.NewClock(), 0
		r := recorder(t, db, clock, func(_ context.Context, a address.Address) (int64, error) {
			if asked++; asked == 1 {
				return 0, errors.New("not now") // the whole batch is retried
			}
			return 7, nil
		})
		request := reqctx.WithClient(ctx, reqctx.Client{IP: netip.MustParseAddr("203.0.113.77"), UserAgent: "App", RequestID: "request-1"})
		user := reqctx.WithPrincipal(request, reqctx.Principal{UserID: 3, SessionID: "session-3"})
		at := clock.Now().UnixMilli()

		r.Keep(ctx, event.Event{Kind: event.Banned, UserID: 3})
		r.Keep(request, event.Event{Kind: event.CodeRefused, UserID: event.OfAddress, Address: phone(t), Reason: event.ForLogin})
		r.Keep(request, event.Event{Kind: event.SignInFailed, UserID: event.OfAddress})
		r.Keep(user, event.Event{Kind: event.PasswordChanged, UserID: 3})
		r.Keep(user, event.Event{Kind: event.SessionEnded, UserID: 3, SessionID: "session-4"})
		r.Keep(user, event.Event{Kind: event.RoleChanged, UserID: 4, Reason: event.ToAdmin})
		r.Keep(user, event.Event{Kind: event.Limited})
		drain(t, r)
		got, err := r.List(ctx, audit.Filter{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		const ip, request1 = "203.0.113.0/24", "request-1"
		want := []*model.Event{ // newest first
			{Type: "limited", Ip: ip, RequestId: request1},
			{Type: "role_changed", UserId: 4, ActorId: 3, Reason: "admin", Ip: ip, RequestId: request1},
			{Type: "session_ended", UserId: 3, SessionId: "session-4", Ip: ip, RequestId: request1},
			{Type: "password_changed", UserId: 3, SessionId: "session-3", Ip: ip, RequestId: request1},
			{Type: "sign_in_failed", Ip: ip, RequestId: request1},
			{Type: "code_refused", UserId: 7, Reason: "login", Ip: ip, RequestId: request1},
			{Type: "banned", UserId: 3},
		}
		for i, e := range got {
			if len(e.Id) != 26 || e.At != at {
				t.Errorf("%s: id %q, at %d, want %d", e.Type, e.Id, e.At, at)
			}
			if e.Type == "code_refused" {
				if len(e.Address) != 32 || strings.Contains(e.Address, "9876543210") {
					t.Errorf("the address is kept as %q", e.Address)
				}
				e.Address = ""
			}
			e.Id, e.At = "", 0
			got[i] = e
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if _, err := r.List(ctx, audit.Filter{Type: "reign", Limit: 1}); !apperr.Is(err, apperr.InvalidRequest) {
			t.Errorf("an unknown type: %v, want invalid_request", err)
		}
	})
}

// Only the network of a client's address is kept.
func TestRecord_network(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := recorder(t, db, testkit.NewClock(), nobody)
		var want []string
		for ip, network := range map[string]string{
			"198.51.100.255": "198.51.100.0/24", "::ffff:198.51.100.7": "198.51.100.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
			"fe80::1%eth0": "fe80::/48", "::1": "::/48",
		} {
			r.Keep(reqctx.WithClient(ctx, reqctx.Client{IP: netip.MustParseAddr(ip)}), event.Event{Kind: event.SignOut})
			want = append([]string{network}, want...)
		}
		drain(t, r)
		events, err := r.List(ctx, audit.Filter{Limit: 100})
		var got []string
		for _, e := range events {
			got = append(got, e.Ip)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, networks (-want +got):\n%s", err, diff)
		}
	})
}

// Many concurrent events, from two nodes, are stored once each. Package batch tests that no
// request waits for the database.
func TestRecord_many(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		nodes := []*audit.Recorder{recorder(t, db, clock, nobody), recorder(t, db, clock, nobody)}
		var all sync.WaitGroup
		for worker := range 50 {
			all.Go(func() {
				for i := range 40 {
					nodes[i%2].Keep(ctx, event.Event{Kind: event.SignIn, UserID: int64(worker*40 + i + 1)})
				}
			})
		}
		all.Wait()
		for _, node := range nodes {
			drain(t, node)
		}
		seen := map[int64]int{}
		for before, more := "", true; more; {
			page, err := nodes[0].List(ctx, audit.Filter{Before: before, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				seen[e.UserId]++
				before = e.Id
			}
			more = len(page) == 100
		}
		if len(seen) != 2000 {
			t.Errorf("%d events, want 2000", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("event %d is stored %d times", id, n)
			}
		}
	})
}

func TestPurge(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		r := recorder(t, db, clock, nobody)
		for i := range 1200 {
			r.Keep(ctx, event.Event{Kind: event.SignIn, UserID: int64(i + 1)})
		}
		clock.Add(time.Second)
		r.Keep(ctx, event.Event{Kind: event.SignOut, UserID: 1})
		drain(t, r)
		clock.Add(24*time.Hour - time.Second)
		if n, err := r.Purge(ctx, nil); err != nil || n != 0 {
			t.Errorf("at the end of the retention: %d, %v, want none purged", n, err)
		}
		clock.Add(time.Millisecond)
		if n, err := r.Purge(ctx, nil); err != nil || n != 1200 {
			t.Errorf("after it: %d, %v, want 1200", n, err)
		}
		left, err := r.List(ctx, audit.Filter{Limit: 10})
		if err != nil || len(left) != 1 || left[0].Type != "sign_out" {
			t.Errorf("left are %v, %v, want the younger one", left, err)
		}
		r.Retention = 0
		clock.Add(1000 * 24 * time.Hour)
		if n, err := r.Purge(ctx, nil); err != nil || n != 0 {
			t.Errorf("with unlimited retention: %d, %v", n, err)
		}
	})
}
