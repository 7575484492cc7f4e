package rewind_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/rewind"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// node is a service with a Watch.
type node struct {
	*rewind.Watch
	t      *testing.T
	losses []time.Time
	fail   error
}

func newNode(t *testing.T, rdb redis.UniversalClient, db *store.DB, clock *testkit.Clock) *node {
	n := &node{t: t}
	n.Watch = rewind.New(rewind.Options{
		Redis: rdb, Marks: model.NewMarkModel(db.Conn), Now: clock.Now,
		Lost: func(_ context.Context, since time.Time) error {
			n.losses = append(n.losses, since)
			return n.fail
		},
	})
	return n
}

func (n *node) pass(times int) {
	n.t.Helper()
	for range times {
		if err := n.Pass(n.t.Context()); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *node) lost(times int, why string) {
	n.t.Helper()
	if len(n.losses) != times {
		n.t.Errorf("%s: %d losses reported, want %d", why, len(n.losses), times)
	}
}

// Each loss is detected and reported once, by one node, with its time.
func TestWatch(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.RealRedis(t)
		a, b := newNode(t, r.Client, db, r.Clock), newNode(t, r.Client, db, r.Clock)
		a.pass(3)
		b.pass(3)
		a.pass(1)
		saved := r.Clock.Now()
		if err := r.Client.Save(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		r.Clock.Add(time.Minute)
		a.pass(12) // one of these is stored in the database
		b.pass(1)
		a.lost(0, "a healthy Redis")

		r.Crash(t)
		c := newNode(t, r.Client, db, r.Clock) // starts
		c.fail = errors.New("not yet")
		if err := c.Pass(t.Context()); err == nil {
			t.Error("a loss that could not be handled is not an error")
		}
		c.fail = nil
		c.pass(2)
		c.lost(2, "a node that starts on an old Redis and fails to handle it at first")
		if len(c.losses) > 0 && !c.losses[0].Equal(saved) {
			t.Errorf("lost since %v, want %v", c.losses[0], saved)
		}
		a.pass(2)
		b.pass(2)
		a.lost(0, "a loss that another node has handled")
		b.lost(0, "a loss that another node has handled")

		r.Crash(t) // the same dump again
		b.pass(2)
		a.pass(2)
		b.lost(1, "the same dump again")
		a.lost(0, "the same dump again, at another node")

		r.Client.FlushAll(t.Context())
		a.pass(2)
		b.pass(2)
		a.lost(1, "an empty Redis")
		if len(a.losses) > 0 && !a.losses[0].IsZero() {
			t.Errorf("an empty Redis is reported with the time %v", a.losses[0])
		}
		b.lost(1, "an empty Redis, at another node")
	})
}

// The promotion of a lagging replica is detected.
func TestWatch_promotedReplica(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		primary, replica := testkit.RealRedis(t), testkit.RealRedis(t)
		var addr atomic.Pointer[string]
		addr.Store(&primary.Addr)
		client := redis.NewClient(&redis.Options{MaxRetries: -1, Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", *addr.Load())
		}})
		t.Cleanup(func() { client.Close() })
		n := newNode(t, client, db, primary.Clock)
		n.pass(3)
		host, port, _ := net.SplitHostPort(primary.Addr)
		ctx := t.Context()
		if err := replica.Client.SlaveOf(ctx, host, port).Err(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if strings.Contains(replica.Client.Info(ctx, "replication").Val(), "master_link_status:up") {
				break
			} else if time.Now().After(deadline) {
				t.Fatal("the replica does not follow")
			}
		}
		if err := replica.Client.SlaveOf(ctx, "NO", "ONE").Err(); err != nil { // disconnected, and later promoted
			t.Fatal(err)
		}
		n.pass(2)
		n.lost(0, "the primary")
		addr.Store(&replica.Addr)
		if err := primary.Client.Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
			t.Fatal(err)
		}
		_ = n.Pass(ctx) // the connection is broken
		n.pass(2)
		n.lost(1, "the promoted replica")
	})
}

// In a cluster every part has a mark.
func TestWatch_cluster(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		r := testkit.ClusterRedis(t)
		n := newNode(t, r.Client, db, r.Clock)
		n.pass(5)
		n.lost(0, "a healthy cluster")
		for _, key := range []string{"ua:mark:{ua}", "ua:mark:{7}"} {
			if life := r.Client.PTTL(t.Context(), key).Val(); life <= 0 {
				t.Errorf("%s lives for %v", key, life)
			}
		}
		r.Client.HSet(t.Context(), "ua:mark:{7}", "n", 2)
		n.pass(2)
		n.lost(1, "one part that went back")
	})
}
