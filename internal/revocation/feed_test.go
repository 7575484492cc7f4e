package revocation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/batch"
	"user-api/internal/keyring"
	"user-api/internal/revocation"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
	"user-api/model/migrations"
)

const window = 15 * time.Minute

// node is one node of the service, with the models it writes with.
type node struct {
	*revocation.Memory
	feed    *revocation.Feed
	polls   *revocation.Polls
	changes model.Changes
	elapsed *atomic.Int64 // a monotonic clock, advanced by tests
	db      *store.DB
	users   model.UserModel
	tokens  model.TokenModel
}

func newNode(t *testing.T, source string, r *testkit.Redis) *node {
	t.Helper()
	return newNodeAt(t, source, r, r.Clock.Now)
}

// newNodeAt is newNode with a separate clock; the database uses that of r.
func newNodeAt(t *testing.T, source string, r *testkit.Redis, now func() time.Time) *node {
	t.Helper()
	db, err := store.OpenDB(t.Context(), store.DBOptions{DataSource: source})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := store.Migrate(t.Context(), db, migrations.FS); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	clock := func() string { return strconv.FormatInt(r.Clock.Now().UnixMilli(), 10) }
	n := &node{elapsed: &atomic.Int64{}, db: db}
	n.Memory = revocation.NewMemory(window, now, func() time.Duration { return time.Duration(n.elapsed.Load()) })
	n.feed = revocation.New(revocation.Options{Memory: n.Memory, Table: model.NewRevocationModel(db.Conn, clock), Redis: r.Client})
	if n.polls, err = revocation.NewPolls(revocation.PollOptions{Memory: n.Memory, Rand: rand.Reader, Max: 100}); err != nil {
		t.Fatal(err)
	}
	ids, err := batch.NewIDs(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n.changes = model.Changes{Clock: clock, Event: ids.Next, OnCommit: n.Apply}
	n.tokens = model.NewTokenModel(db.Conn, n.changes)
	n.users = model.NewUserModel(db.Conn, model.NewRowCache(r.Client, ring, &model.CacheGeneration{}), n.changes)
	return n
}

// read and relay read the table and the stream.
func (n *node) read(t *testing.T) {
	t.Helper()
	if err := n.feed.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (n *node) relay(t *testing.T) {
	t.Helper()
	if err := n.feed.Relay(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (n *node) ended(session string, user int64) bool {
	ended, _, _ := n.Ended(session, user)
	return ended
}

func (n *node) role(user int64) string {
	_, role, _ := n.Ended("none", user)
	return role
}

func (n *node) current() bool {
	_, _, current := n.Ended("none", 99)
	return current
}

// nodes opens nodes that have read the table, with users 1 to 9 and a session each.
func nodes(t *testing.T, r *testkit.Redis, count int) []*node {
	t.Helper()
	return nodesOn(t, "sqlite:"+t.TempDir()+"/user.db", r, count)
}

// nodesOn is nodes on a given database.
func nodesOn(t *testing.T, source string, r *testkit.Redis, count int) []*node {
	t.Helper()
	all := make([]*node, count)
	for i := range all {
		all[i] = newNode(t, source, r)
		all[i].read(t)
		_ = all[i].feed.Relay(t.Context())
	}
	for i := range int64(9) {
		id := i + 1
		user := &model.User{Id: id, Username: model.Text("u" + sessionOf(id)), Role: model.RoleUser, Status: model.StatusActive}
		if _, err := all[0].users.Insert(t.Context(), user); err != nil {
			t.Fatal(err)
		}
		row := &model.Token{Id: sessionOf(id), UserId: id, Scope: "s", Hash: sessionOf(id), Expires: 1 << 50, Ends: 1 << 50}
		if _, err := all[0].tokens.Insert(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func sessionOf(user int64) string { return "session-" + strconv.FormatInt(user, 10) }

// ends returns all ways in which a session ends, by user.
func (n *node) ends(ctx context.Context) map[int64]func() error {
	ending := func(reason string) model.Ending { return model.Ending{Reason: reason, Now: 1} }
	return map[int64]func() error{
		1: func() error { _, err := n.tokens.Revoke(ctx, sessionOf(1), model.EndedBySignOut, 1); return err },
		2: func() error { return n.users.Ban(ctx, 2, "spam", 0, ending(model.EndedByBan)) },
		3: func() error { return n.users.Erase(ctx, 3, 1) },
		4: func() error {
			return n.users.PutCredential(ctx, &model.Credential{UserId: 4, Kind: model.KindPassword}, ending(model.EndedByPassword))
		},
		5: func() error { return n.users.EndProofs(ctx, 5, ending(model.EndedByUser)) },
		6: func() error {
			e := ending(model.EndedByAddress)
			return n.users.Bind(ctx, 6, model.UserPhone, "+1", &e)
		},
		7: func() error {
			e := ending(model.EndedByAddress)
			if err := errors.Join(n.users.Bind(ctx, 7, model.UserPhone, "+7", nil), n.users.Bind(ctx, 7, model.UserEmail, "g@x", nil)); err != nil {
				return err
			}
			_, err := n.users.RemoveWay(ctx, 7, model.Way{Kind: model.WayPhone}, model.Ways{Email: true}, &e)
			return err
		},
	}
}

// The end of a session is known immediately on its own node, elsewhere after the next read
// of the table, or of the stream if the table is down, and on a node that starts later.
// Nothing else has ended, and the last role counts.
func TestFeed_everyEnd(t *testing.T) {
	r := testkit.RealRedis(t)
	all := nodes(t, r, 3)
	here, byTable, byStream := all[0], all[1], all[2]
	byStream.db.Close()
	for user, end := range here.ends(t.Context()) {
		if err := end(); err != nil {
			t.Fatalf("user %d: %v", user, err)
		}
	}
	for _, role := range []string{model.RoleAdmin, model.RoleUser, model.RoleAdmin} {
		if err := here.users.SetRole(t.Context(), 8, role); err != nil {
			t.Fatal(err)
		}
	}
	if err := here.users.KeepAdmin(t.Context(), 9, 0, func(inside model.UserModel) error { return inside.SetRole(t.Context(), 9, "king") }); err != nil {
		t.Fatal(err)
	}
	here.relay(t)
	byStream.relay(t)
	byTable.read(t)
	late := newNode(t, "sqlite:"+dataFile(here), r)
	late.read(t)
	for name, n := range map[string]*node{"here": here, "by the table": byTable, "by the stream": byStream, "a later node": late} {
		for user := range int64(7) {
			if !n.ended(sessionOf(user+1), user+1) {
				t.Errorf("%s: the session of user %d is still alive", name, user+1)
			}
		}
		if n.ended(sessionOf(8), 8) || n.ended(sessionOf(9), 9) || !n.ended("any", 3) {
			t.Errorf("%s: a live session counts as ended, or one of an erased user as alive", name)
		}
		if n.role(8) != model.RoleAdmin || n.role(9) != "king" || n.role(1) != "" {
			t.Errorf("%s: the roles are %q, %q and %q", name, n.role(8), n.role(9), n.role(1))
		}
		if !n.current() {
			t.Errorf("%s is not current", name)
		}
	}
	r.Clock.Add(window + window/2)
	for name, n := range map[string]*node{"here": here, "by the table": byTable} {
		n.read(t)
		if n.ended(sessionOf(1), 1) || n.role(8) != "" {
			t.Errorf("%s: entries that no token can be affected by are still in memory", name)
		}
	}
}

// A change that is rolled back is not announced.
func TestFeed_rolledBack(t *testing.T) {
	here := nodes(t, testkit.EmbeddedRedis(t), 1)[0]
	if err := here.users.SetRole(t.Context(), 8, model.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	err := here.users.KeepAdmin(t.Context(), 9, 0, func(inside model.UserModel) error {
		if err := inside.Ban(t.Context(), 9, "", 0, model.Ending{Reason: model.EndedByBan, Now: 1}); err != nil {
			return err
		}
		return context.Canceled
	})
	here.read(t)
	if err == nil || here.ended(sessionOf(9), 9) {
		t.Errorf("%v, and the session has ended: %t", err, here.ended(sessionOf(9), 9))
	}
}

// The memory is current for 5 s after it was last complete, and by the stream alone only if
// the table has been read before. The stream is complete only up to a second before its
// read: another node may not have added yet what it has committed.
func TestFeed_current(t *testing.T) {
	r := testkit.RealRedis(t)
	here := nodes(t, r, 1)[0]
	for _, c := range []struct {
		name string
		pass time.Duration
		then func(*testing.T)
		want bool
	}{
		{"read", 0, here.read, true},
		{"5 s later", 5 * time.Second, nil, true},
		{"a moment after that", time.Millisecond, nil, false},
		{"by the stream", 0, here.relay, true},
		{"4 s after the stream", 4 * time.Second, nil, true},
		{"a moment later", time.Millisecond, nil, false},
		{"by the table", 0, here.read, true},
	} {
		here.elapsed.Add(int64(c.pass))
		if c.then != nil {
			c.then(t)
		}
		if here.current() != c.want {
			t.Errorf("%s: current %t, want %t", c.name, here.current(), c.want)
		}
	}
	unread := newNode(t, "sqlite:"+dataFile(here), r)
	unread.relay(t)
	if unread.current() {
		t.Error("a node that has read only the stream is current")
	}
}

// A Redis that refuses writes or has lost its data hides no end of a session, and a node
// that can reach only such a Redis is not current.
func TestFeed_halfRedis(t *testing.T) {
	for name, break_ := range map[string]func(context.Context, redis.UniversalClient) error{
		"OOM": func(ctx context.Context, c redis.UniversalClient) error {
			return c.ConfigSet(ctx, "maxmemory", "1").Err()
		},
		"READONLY": func(ctx context.Context, c redis.UniversalClient) error {
			return c.(*redis.Client).ReplicaOf(ctx, "127.0.0.1", "1").Err()
		},
		"NOREPLICAS": func(ctx context.Context, c redis.UniversalClient) error {
			return c.ConfigSet(ctx, "min-replicas-to-write", "1").Err()
		},
		"gone": func(_ context.Context, c redis.UniversalClient) error { return c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			r := testkit.RealRedis(t)
			all := nodes(t, r, 3)
			if err := break_(t.Context(), r.Client); err != nil {
				t.Fatal(err)
			}
			all[2].db.Close()
			for user, end := range all[0].ends(t.Context()) {
				if err := end(); err != nil {
					t.Fatalf("user %d: %v", user, err)
				}
			}
			all[1].read(t)
			for user := range int64(7) {
				if !all[0].ended(sessionOf(user+1), user+1) || !all[1].ended(sessionOf(user+1), user+1) {
					t.Errorf("the session of user %d is still alive", user+1)
				}
			}
			if err := all[2].feed.Relay(t.Context()); err == nil {
				t.Error("a Redis that accepts no writes counts as complete")
			}
			all[2].elapsed.Add(int64(6 * time.Second))
			if all[2].current() {
				t.Error("a node that receives nothing is current")
			}
		})
	}
}

// An entry that could not be added to the stream is added later, by the node that wrote it
// or by one that read it from the table. A role is not, because it may have changed again.
func TestFeed_late(t *testing.T) {
	r := testkit.RealRedis(t)
	all := nodes(t, r, 3)
	killed, other, byStream := all[0], all[1], all[2]
	byStream.db.Close()
	if _, err := killed.tokens.Revoke(t.Context(), sessionOf(1), model.EndedBySignOut, 1); err != nil {
		t.Fatal(err)
	}
	if err := killed.users.SetRole(t.Context(), 2, model.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	other.read(t)
	other.relay(t)
	byStream.relay(t)
	if !byStream.ended(sessionOf(1), 1) || byStream.role(2) != "" || other.role(2) != model.RoleAdmin {
		t.Errorf("ended %t, role %q by the stream and %q by the table", byStream.ended(sessionOf(1), 1), byStream.role(2), other.role(2))
	}
}

// A million ended sessions fit into 200 MiB, including the history for followers.
func TestMemory_million(t *testing.T) {
	const million = 1_000_000
	n := nodes(t, testkit.EmbeddedRedis(t), 1)[0]
	entries := make([]*model.Revocation, 1000)
	before := heap()
	for i := range million / len(entries) {
		for j := range entries {
			session := fmt.Sprintf("%043d", i*len(entries)+j)
			entries[j] = &model.Revocation{At: 1, UserId: 1, SessionId: session, Event: session[43-26:]}
		}
		n.Apply(entries)
	}
	if took := heap() - before; took > 200<<20 {
		t.Errorf("a million ended sessions take %d MiB", took>>20)
	}
	if zeros := strings.Repeat("0", 36); !n.ended(zeros+"0000000", 1) || !n.ended(zeros+"0999999", 1) || n.ended(zeros+"1000000", 1) {
		t.Error("the memory gives wrong answers")
	}
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// dataFile returns the file of a node's database.
func dataFile(n *node) string {
	var seq int
	var name, file string
	if err := n.db.SQL.QueryRow("PRAGMA database_list").Scan(&seq, &name, &file); err != nil {
		panic(err)
	}
	return file
}

// BenchmarkEnded measures the lookup of a check among a million ended sessions.
func BenchmarkEnded(b *testing.B) {
	memory := revocation.NewMemory(window, time.Now, func() time.Duration { return 0 })
	for i := range 1_000_000 {
		memory.Apply([]*model.Revocation{{UserId: 1, SessionId: strconv.Itoa(i)}})
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if ended, _, _ := memory.Ended("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 7); ended {
				b.Fatal("ended")
			}
		}
	})
}
