package guard_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

var (
	alice   = netip.MustParseAddr("192.0.2.7")
	mallory = netip.MustParseAddr("198.51.100.9")
)

func each(t *testing.T, test func(*testing.T, *testkit.Redis)) {
	testkit.EachRedis(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, testkit.ClusterRedis(t)) })
}

func newGuard(t testing.TB, r *testkit.Redis, p guard.Policy) *guard.Guard {
	t.Helper()
	return newNode(t, r, p, keyring.Secrets{Pepper: pepper("p")})
}

func pepper(letter string) []byte { return []byte(strings.Repeat(letter, 32)) }

func newNode(t testing.TB, r *testkit.Redis, p guard.Policy, secrets keyring.Secrets) *guard.Guard {
	t.Helper()
	ring, err := keyring.FromSecrets(secrets, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.Enabled = true
	return guard.New(guard.Options{Policy: p, Redis: r.Client, Ring: ring, Now: r.Clock.Now})
}

// dump is every key with its value and whether it has a TTL.
func dump(t testing.TB, rdb redis.UniversalClient) map[string]string {
	t.Helper()
	ctx, all := context.Background(), map[string]string{}
	for _, key := range rdb.Keys(ctx, "*").Val() {
		all[key] = fmt.Sprint(rdb.Get(ctx, key).Val(), rdb.HGetAll(ctx, key).Val())
		if rdb.PTTL(ctx, key).Val() <= 0 {
			t.Errorf("%s has no TTL", key)
		}
	}
	return all
}

// wait demands a refusal and gives its Retry-After in whole seconds.
func wait(t testing.TB, err error) int {
	t.Helper()
	if !apperr.Is(err, apperr.RateLimited) {
		t.Fatalf("%v, want rate_limited", err)
	}
	return int(math.Ceil(apperr.From(err).RetryAfter.Seconds()))
}

// The window slides: whatever the instants, no window holds more than the limit,
// and what is told to wait is true to the second.
func TestSpend_window(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{Register: []guard.Rate{{5, time.Hour}, {10, 24 * time.Hour}}})
		ctx, plan := context.Background(), g.ForRegister(alice)
		start := r.Clock.Now()
		var granted []time.Duration
		for range 12 {
			r.Advance(t, 7*time.Minute)
			for g.Spend(ctx, plan) == nil {
				granted = append(granted, r.Clock.Now().Sub(start))
				r.Advance(t, 11*time.Minute)
			}
			before := dump(t, r.Client)
			seconds := wait(t, g.Spend(ctx, plan))
			if diff := cmp.Diff(before, dump(t, r.Client)); diff != "" {
				t.Fatalf("a refusal changed\n%s", diff)
			}
			// It waits for the oldest of the window alone, and a slot at the most longer.
			n, until := len(granted), granted[len(granted)-5]+61*time.Minute
			if n >= 10 {
				until = max(until, granted[n-10]+24*time.Hour+24*time.Minute)
			}
			if got := r.Clock.Now().Sub(start) + time.Duration(seconds)*time.Second; got > until+time.Second {
				t.Errorf("after grants at %v the next is told for %v, want %v", granted, got, until)
			}
			if seconds < 2 {
				continue
			}
			r.Advance(t, time.Duration(seconds-1)*time.Second)
			if again := wait(t, g.Spend(ctx, plan)); again != 1 {
				t.Errorf("a second before its end the wait of %d s is still %d s", seconds, again)
			}
			r.Advance(t, time.Second)
			if err := g.Spend(ctx, plan); err != nil {
				t.Fatalf("after the %d s it was told to wait: %v", seconds, err)
			}
			granted = append(granted, r.Clock.Now().Sub(start))
		}
		for i := range granted {
			if i >= 5 && granted[i]-granted[i-5] < time.Hour || i >= 10 && granted[i]-granted[i-10] < 24*time.Hour {
				t.Errorf("grant %d of %v comes too early", i, granted)
			}
		}
	})
}

func TestSpend_parallel(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		p := guard.Policy{Register: []guard.Rate{{7, time.Hour}}}
		nodes := []*guard.Guard{newGuard(t, r, p), newGuard(t, r, p)}
		var granted atomic.Int32
		var all sync.WaitGroup
		for i := range 400 {
			all.Go(func() {
				if nodes[i%2].Spend(context.Background(), nodes[0].ForRegister(alice)) == nil {
					granted.Add(1)
				}
			})
		}
		all.Wait()
		if granted.Load() != 7 {
			t.Errorf("400 parallel tries on two nodes: %d were granted, want 7", granted.Load())
		}
		if err := nodes[0].Spend(context.Background(), nodes[0].ForRegister(mallory)); err != nil {
			t.Errorf("another client: %v", err)
		}
	})
}

func TestSpend_clients(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Register: []guard.Rate{{1, time.Hour}}})
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"203.0.113.1", "203.0.113.2", false},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:2:2::1", "2001:db8:2:3::1", false},
	} {
		if err := g.Spend(t.Context(), g.ForRegister(netip.MustParseAddr(c.a))); err != nil {
			t.Fatal(err)
		}
		if err := g.Spend(t.Context(), g.ForRegister(netip.MustParseAddr(c.b))); (err != nil) != c.same {
			t.Errorf("%s after %s: %v, same client is %t", c.b, c.a, err, c.same)
		}
	}
}

// A right password takes its charge back; failures stay, whatever the order.
func TestTry_undo(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{Account: []guard.Rate{{3, 15 * time.Minute}}, Password: []guard.Rate{{100, time.Hour}}})
		ctx, plan := context.Background(), g.ForPassword("ann", alice)
		for range 20 {
			undo, err := g.Try(ctx, plan, "ann")
			if err != nil {
				t.Fatalf("a right password: %v", err)
			}
			undo()
		}
		for range 3 {
			if _, err := g.Try(ctx, plan, "ann"); err != nil {
				t.Fatal(err)
			}
		}
		_, err := g.Try(ctx, plan, "ann")
		if wait(t, err) < 14*60 || apperr.From(err).Limit != "password" || apperr.From(err).NextAllowedAt < r.Clock.Now().Unix()+14*60 {
			t.Errorf("the fourth failure: %+v", apperr.From(err))
		}
		if _, err := g.Try(ctx, g.ForPassword("ann", mallory), "ann"); err != nil {
			t.Errorf("from another network: %v", err)
		}
		if _, err := g.Try(ctx, g.ForPassword("bob", alice), "bob"); err != nil {
			t.Errorf("another name: %v", err)
		}
	})
}

// Without Redis a process counts alone, in bounded memory.
func TestTry_withoutRedis(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	nowhere := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer nowhere.Close()
	g := newGuard(t, &testkit.Redis{Client: nowhere, Clock: r.Clock}, guard.Policy{Account: []guard.Rate{{10, time.Minute}}})
	try := func(name string) error {
		_, err := g.Try(t.Context(), g.ForPassword(name, alice), name)
		return err
	}
	passed := func(names ...string) (n int) {
		for _, name := range names {
			if try(name) == nil {
				n++
			}
		}
		return n
	}
	if n := passed(slices.Repeat([]string{"ann"}, 20)...); n != 5 {
		t.Errorf("%d of 20 tries for one name passed, want 5", n)
	}
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprint("name ", i))
	}
	if n := passed(many...); n != 55 {
		t.Errorf("%d of 200 names passed after that, want 55", n)
	}
	if seconds := wait(t, try("ann")); seconds != 60 {
		t.Errorf("told to wait %d s, want 60", seconds)
	}
	r.Clock.Add(time.Minute)
	if err := try("ann"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if err := g.Spend(t.Context(), g.ForPassword("ann", alice)); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("Spend: %v, want unavailable", err)
	}
}

// What was just refused is refused from memory, no longer than a second.
func TestRecall(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Register: []guard.Rate{{1, time.Hour}}})
	ctx, plan := context.Background(), g.ForRegister(alice)
	if err := g.Spend(ctx, plan); err != nil || g.Recall(plan) != nil {
		t.Fatalf("the first: %v, %v", err, g.Recall(plan))
	}
	told := wait(t, g.Spend(ctx, plan))
	if err := g.Recall(plan); wait(t, err) != told {
		t.Errorf("from memory: wait %d, want %d", wait(t, err), told)
	}
	if err := g.Recall(g.ForRegister(mallory)); err != nil {
		t.Errorf("another client: %v", err)
	}
	r.Client.FlushAll(ctx)
	r.Advance(t, 999*time.Millisecond)
	if g.Recall(plan) == nil {
		t.Error("forgotten within a second")
	}
	r.Advance(t, time.Millisecond)
	if err := g.Spend(ctx, plan); err != nil {
		t.Errorf("after a second Redis is not asked: %v", err)
	}
}

// A bucket holds the slots that count and no others.
func TestSpend_prunes(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{Refresh: []guard.Rate{{1000, time.Minute}}})
		for range 300 {
			if err := g.Spend(t.Context(), g.ForRefresh(alice)); err != nil {
				t.Fatal(err)
			}
			r.Advance(t, 1700*time.Millisecond)
		}
		keys := slices.Collect(maps.Keys(dump(t, r.Client)))
		if n := r.Client.HLen(t.Context(), keys[0]).Val(); len(keys) != 1 || n > 62 {
			t.Errorf("%d keys, %d fields, want one of 62 at the most", len(keys), n)
		}
		r.Advance(t, 2*time.Minute)
		if keys := dump(t, r.Client); len(keys) != 0 {
			t.Errorf("left in Redis: %v", keys)
		}
	})
}
