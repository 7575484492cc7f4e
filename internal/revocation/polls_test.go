package revocation_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/revocation"
	"user-api/internal/testkit"
	"user-api/model"
)

const reader = "orders"

// follower is a service that follows the feed.
type follower struct {
	after  string
	events map[string]revocation.Event // by id
	resets int
	// received is how many entries it has received in total.
	received int
	// complete is until when its knowledge is complete.
	complete time.Time
}

func newFollower() *follower { return &follower{events: map[string]revocation.Event{}} }

// follow reads everything new from a node.
func (f *follower) follow(t *testing.T, n *node) {
	t.Helper()
	for more := true; more; {
		a, err := n.polls.Next(t.Context(), reader, f.after, 0)
		if err != nil {
			t.Fatal(err)
		}
		if a.Reset {
			f.resets++
			clear(f.events)
		}
		f.received += len(a.Events)
		for _, e := range a.Events {
			f.events[e.ID] = e
		}
		f.after, more, f.complete = a.Next, a.More, a.CompleteUntil
	}
}

// knows reports whether the follower knows that a session has ended.
func (f *follower) knows(session string) bool {
	for _, e := range f.events {
		if e.SessionID == session {
			return true
		}
	}
	return false
}

func (f *follower) ids() []string { return slices.Sorted(maps.Keys(f.events)) }

// sequence returns the entries as text, in the order of their ids.
func (f *follower) sequence() (list []string) {
	for _, id := range f.ids() {
		e := f.events[id]
		list = append(list, strings.TrimSpace(fmt.Sprint(e.Kind, " ", e.UserID, " ", e.SessionID, e.Role, e.KeyID)))
	}
	return list
}

// changed makes every kind of change and returns the expected entries in order.
func changed(t *testing.T, n *node) (want []string) {
	t.Helper()
	ends := n.ends(t.Context())
	for user := range int64(7) {
		user++
		if err := ends[user](); err != nil {
			t.Fatal(err)
		}
		if user == 7 { // has two addresses, one of which is removed
			want = append(want, "identifier-changed 7", "identifier-changed 7")
		}
		want = append(want, fmt.Sprint("session-revoked ", user, " ", sessionOf(user)))
		if of := map[int64]string{2: "account-disabled", 3: "account-purged", 4: "credential-change", 6: "identifier-changed", 7: "identifier-changed"}[user]; of != "" {
			want = append(want, fmt.Sprint(of, " ", user))
		}
	}
	if err := errors.Join(n.users.Unban(t.Context(), 2), n.users.SetRole(t.Context(), 8, "king"), n.users.SetRole(t.Context(), 8, model.RoleAdmin),
		n.users.Bind(t.Context(), 9, model.UserEmail, "a@b.c", nil),
		n.users.KeepAdmin(t.Context(), 9, 0, func(inside model.UserModel) error { return inside.SetRole(t.Context(), 9, "x") })); err != nil {
		t.Fatal(err)
	}
	n.writeKeys(t, model.KeyRevoked, "kid-1")
	n.writeKeys(t, model.KeysChanged, "kid-2")
	return append(want, "account-enabled 2", "token-claims-change 8 king", "token-claims-change 8 admin", "identifier-changed 9",
		"token-claims-change 9 x", "key-revoked 0 kid-1", "keys-changed 0 kid-2")
}

// writeKeys writes the entry of a key.
func (n *node) writeKeys(t *testing.T, reason, kid string) {
	t.Helper()
	at, _ := strconv.ParseInt(n.changes.Clock(), 10, 64)
	e := &model.Revocation{At: at, SessionId: kid, Reason: reason, Event: n.changes.Event(time.UnixMilli(at))}
	if _, err := n.db.SQL.Exec("insert into `revocation` (`at`, `user_id`, `session_id`, `reason`, `role`, `event`) values (?, 0, ?, ?, '', ?)", at, kid, reason, e.Event); err != nil {
		t.Fatal(err)
	}
	n.Apply([]*model.Revocation{e})
}

// An entry is published once, in order and in the same form, however the node received it.
// Revoked keys are known, and OnKeys is called for news about keys.
func TestPolls_everyWay(t *testing.T) {
	r := testkit.RealRedis(t)
	all := nodes(t, r, 4)
	here, byTable, byStream, byBoth := all[0], all[1], all[2], all[3]
	byStream.db.Close()
	heard := map[*node]int{}
	for _, n := range all {
		n.OnKeys = func() { heard[n]++ }
	}
	want := changed(t, here)
	here.relay(t)
	byStream.relay(t)
	byBoth.relay(t)
	for range 2 {
		byTable.read(t)
		byBoth.read(t)
		here.read(t)
	}
	late := newNode(t, "sqlite:"+dataFile(here), r)
	late.read(t)
	first := newFollower()
	first.follow(t, here)
	if diff := cmp.Diff(want, first.sequence()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for name, n := range map[string]*node{"by the table": byTable, "by the stream": byStream, "by both": byBoth, "a later node": late} {
		f := newFollower()
		f.follow(t, n)
		if diff := cmp.Diff(first.events, f.events); diff != "" {
			t.Errorf("%s (-here +there):\n%s", name, diff)
		}
		if f.received != len(want) {
			t.Errorf("%s publishes %d entries, want %d", name, f.received, len(want))
		}
		if n != late && heard[n] == 0 {
			t.Errorf("%s: OnKeys was not called", name)
		}
		if !n.KeyRevoked("kid-1") || n.KeyRevoked("kid-2") {
			t.Errorf("%s: kid-1 is revoked: %t, kid-2: %t", name, n.KeyRevoked("kid-1"), n.KeyRevoked("kid-2"))
		}
	}
	if got := heard[byBoth]; got != 1 {
		t.Errorf("a node that receives entries both ways called OnKeys %d times", got)
	}
}

// Rows of a node of the release without ids are published once, with the same id by every node.
func TestPolls_olderRelease(t *testing.T) {
	r := testkit.RealRedis(t)
	all := nodes(t, r, 3)
	older, one, other := all[0], all[1], all[2]
	older.changes.Event = nil
	older.tokens = model.NewTokenModel(older.db.Conn, older.changes)
	if _, err := older.tokens.Revoke(t.Context(), sessionOf(1), model.EndedBySignOut, 1); err != nil {
		t.Fatal(err)
	}
	older.relay(t)
	one.relay(t)
	if !one.ended(sessionOf(1), 1) {
		t.Error("stream entries of an older release are ignored")
	}
	a, b := newFollower(), newFollower()
	one.read(t)
	a.follow(t, one)
	other.read(t)
	b.follow(t, other)
	if diff := cmp.Diff(a.events, b.events); diff != "" || len(a.events) != 1 {
		t.Errorf("%d entries (-one +other):\n%s", len(a.events), diff)
	}
}

// A change that is committed long after its statement, or is known only to another node,
// reaches every follower: one that stays with a node, one that moves to another, and one
// that continues after both have restarted.
func TestPolls_lateCommit(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	source := "sqlite:" + t.TempDir() + "/user.db"
	if testkit.HasMySQL() {
		source = testkit.MySQL(t)
	}
	all := nodesOn(t, source, r, 2)
	a, b := all[0], all[1]
	stays, moves, later := newFollower(), newFollower(), newFollower()
	followers := []*follower{stays, moves, later}
	open, err := a.db.SQL.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := strconv.ParseInt(a.changes.Clock(), 10, 64)
	if _, err := open.Exec("insert into `revocation` (`at`, `user_id`, `session_id`, `reason`, `role`, `event`) values (?, 1, 'late', 'ended', '', ?)",
		at, a.changes.Event(time.UnixMilli(at))); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		r.Clock.Add(time.Second)
		for _, n := range all {
			n.elapsed.Add(int64(time.Second))
			n.read(t)
		}
		for _, f := range followers {
			f.follow(t, a)
		}
	}
	if !stays.complete.After(time.UnixMilli(at)) || stays.knows("late") {
		t.Fatalf("complete until %v, and the entry of %v is known: %t", stays.complete, time.UnixMilli(at), stays.knows("late"))
	}
	if err := open.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		n.read(t)
	}
	stays.follow(t, a)
	moves.follow(t, b)
	c := newNode(t, source, r)
	c.read(t)
	later.follow(t, c)
	for i, f := range followers {
		if !f.knows("late") || f.resets != 1 {
			t.Errorf("follower %d knows of it: %t, with %d resets", i, f.knows("late"), f.resets)
		}
	}
}

// A follower misses nothing when it moves away from a node that cannot read the table, even
// if that node has been receiving the stream.
func TestPolls_movesFromBlindNode(t *testing.T) {
	r := testkit.RealRedis(t)
	all := nodes(t, r, 4)
	blind, writer, mute, other := all[0], all[1], all[2], all[3]
	f := newFollower()
	f.follow(t, blind)
	blind.db.Close()
	if _, err := mute.tokens.Revoke(t.Context(), sessionOf(1), model.EndedBySignOut, 1); err != nil {
		t.Fatal(err) // and adds nothing to the stream
	}
	other.read(t)
	for range 60 {
		r.Clock.Add(time.Second)
		for _, n := range all {
			n.elapsed.Add(int64(time.Second))
		}
		blind.relay(t)
	}
	if _, err := writer.tokens.Revoke(t.Context(), sessionOf(2), model.EndedBySignOut, 1); err != nil {
		t.Fatal(err)
	}
	writer.relay(t)
	blind.relay(t)
	f.follow(t, blind)
	if !f.knows(sessionOf(2)) || f.knows(sessionOf(1)) {
		t.Fatalf("known: %v", f.sequence())
	}
	other.read(t)
	f.follow(t, other)
	if !f.knows(sessionOf(1)) || f.resets != 1 {
		t.Errorf("%v, with %d resets", f.sequence(), f.resets)
	}
}

// A node whose clock is wrong by minutes loses and invents nothing: all times are those of
// the database.
func TestPolls_wrongClock(t *testing.T) {
	for _, off := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		t.Run(off.String(), func(t *testing.T) {
			r := testkit.RealRedis(t)
			source := "sqlite:" + t.TempDir() + "/user.db"
			right := nodesOn(t, source, r, 1)[0]
			wrong := newNodeAt(t, source, r, func() time.Time { return r.Clock.Now().Add(off) })
			wrong.read(t)
			f := newFollower()
			for i := range int64(8) {
				from, to := right, wrong
				if i%2 == 1 {
					from, to = wrong, right
				}
				r.Clock.Add(5 * time.Second)
				if _, err := from.tokens.Revoke(t.Context(), sessionOf(i+1), model.EndedBySignOut, 1); err != nil {
					t.Fatal(err)
				}
				for _, n := range []*node{from, to} {
					n.elapsed.Add(int64(5 * time.Second))
					n.read(t)
				}
				f.follow(t, to)
				if late := r.Clock.Now().Sub(f.complete); late < 0 || late > time.Second {
					t.Errorf("complete until %v before now", late)
				}
			}
			if len(f.events) != 8 || f.resets != 1 || !slices.IsSorted(f.sequence()) {
				t.Errorf("%d entries, %d resets: %v", len(f.events), f.resets, f.sequence())
			}
		})
	}
}

// A follower that was away for longer than the history, or shows an invalid cursor, starts
// from the beginning on any node. One that was away for less does not.
func TestPolls_away(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	for name, c := range map[string]struct {
		away  time.Duration
		reset bool
	}{"less": {window, false}, "longer": {window + time.Minute, true}} {
		t.Run(name, func(t *testing.T) {
			all := nodes(t, r, 2)
			a, b := all[0], all[1]
			f := newFollower()
			f.follow(t, a)
			end := func(user int64) {
				t.Helper()
				if _, err := a.tokens.Revoke(t.Context(), sessionOf(user), model.EndedBySignOut, 1); err != nil {
					t.Fatal(err)
				}
			}
			end(1)
			r.Clock.Add(c.away)
			end(2)
			for _, n := range all {
				n.elapsed.Add(int64(c.away))
				n.read(t)
			}
			for name, n := range map[string]*node{"the same node": a, "another": b} {
				g := *f
				g.events = map[string]revocation.Event{}
				g.follow(t, n)
				if reset := g.resets > f.resets; reset != c.reset || g.knows(sessionOf(1)) == c.reset || !g.knows(sessionOf(2)) {
					t.Errorf("%s: reset %t, and %v", name, reset, g.sequence())
				}
			}
		})
	}
	n := nodes(t, r, 1)[0]
	for _, after := range []string{"", "1", "x", "2AAAA", strings.Repeat("_", 33), "1" + strings.Repeat("A", 32), "1" + strings.Repeat("_", 32)} {
		if a, err := n.polls.Next(t.Context(), reader, after, time.Hour); err != nil || !a.Reset {
			t.Errorf("after %q: reset %t, %v", after, a.Reset, err)
		}
	}
	if _, err := newNode(t, "sqlite:"+dataFile(n), r).polls.Next(t.Context(), reader, "", 0); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("a node that has not read the table answers: %v", err)
	}
}

// The history comes in pages, which a follower may read from several nodes in turn.
// Forgotten entries leave nothing behind.
func TestPolls_pages(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	all := nodes(t, r, 2)
	at := r.Clock.Now().UnixMilli()
	var entries []*model.Revocation
	for i := range 2500 {
		id := time.UnixMilli(at)
		entries = append(entries, &model.Revocation{At: at, UserId: 1, SessionId: "s" + strconv.Itoa(i), Event: all[0].changes.Event(id)})
	}
	for _, n := range all {
		n.Apply(entries)
		n.Apply(entries)
	}
	f := newFollower()
	f.follow(t, all[0])
	if len(f.events) != len(entries) || f.received != len(entries) || f.resets != 1 {
		t.Errorf("%d entries of %d received, and %d resets", len(f.events), f.received, f.resets)
	}
	// In the middle of one node's pages, another node starts from the beginning.
	g := newFollower()
	a, err := all[0].polls.Next(t.Context(), reader, "", 0)
	if err != nil || !a.More {
		t.Fatal(a.More, err)
	}
	g.after = a.Next
	g.follow(t, all[1])
	if len(g.events) != len(entries) || g.resets != 1 {
		t.Errorf("at another node: %d entries and %d resets", len(g.events), g.resets)
	}
	r.Clock.Add(2 * window)
	all[0].read(t)
	h := newFollower()
	if h.follow(t, all[0]); len(h.events) != 0 {
		t.Errorf("%d entries are kept for too long", len(h.events))
	}
}
