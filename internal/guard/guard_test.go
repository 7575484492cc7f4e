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

// dump returns every key with its value, and fails if a key has no TTL.
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

// wait fails unless err is a refusal, and returns its Retry-After in seconds.
func wait(t testing.TB, err error) int {
	t.Helper()
	if !apperr.Is(err, apperr.RateLimited) {
		t.Fatalf("%v, want rate_limited", err)
	}
	return int(math.Ceil(apperr.From(err).RetryAfter.Seconds()))
}

// The window slides: no window of any start holds more than the limit, and the reported wait
// is exact to the second.
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
			// It waits only for the oldest of the window, and at most one slot longer.
			n, until := len(granted), granted[len(granted)-5]+61*time.Minute
			if n >= 10 {
				until = max(until, granted[n-10]+24*time.Hour+24*time.Minute)
			}
			if got := r.Clock.Now().Sub(start) + time.Duration(seconds)*time.Second; got > until+time.Second {
				t.Errorf("after grants at %v the next is reported for %v, want %v", granted, got, until)
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
				t.Fatalf("after the reported %d s: %v", seconds, err)
			}
			granted = append(granted, r.Clock.Now().Sub(start))
		}
		for i := range granted {
			if i >= 5 && granted[i]-granted[i-5] < time.Hour || i >= 10 && granted[i]-granted[i-10] < 24*time.Hour {
				t.Errorf("grant %d of %v is too early", i, granted)
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
			t.Errorf("of 400 parallel attempts on two nodes %d were granted, want 7", granted.Load())
		}
		if err := nodes[0].Spend(context.Background(), nodes[0].ForRegister(mallory)); err != nil {
			t.Errorf("another client: %v", err)
		}
	})
}

// A client counts in each network that contains it. A wider network has a multiple of the
// limit; a full network stops its own clients only.
func TestSpend_networks(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{
			Register: []guard.Rate{{2, time.Hour}}, Networks: guard.Networks{Net24: 3, Net56: 2, Net48: 4, Net32: 8},
		})
		for _, c := range []struct {
			network string
			client  func(i int) string
			want    int
		}{
			{"an address", func(int) string { return "203.0.113.1" }, 2},
			{"a /24", func(i int) string { return fmt.Sprint("198.51.100.", i) }, 6},
			{"a /64", func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i) }, 2},
			{"a /56", func(i int) string { return fmt.Sprintf("2001:db9:1:%x::1", i) }, 4},
			{"a /48", func(i int) string { return fmt.Sprintf("2001:dba:1:%x00::1", i) }, 8},
			{"a /32", func(i int) string { return fmt.Sprintf("2001:dbb:%x::1", i) }, 16},
		} {
			passed := 0
			for i := range 100 {
				if g.Spend(t.Context(), g.ForRegister(netip.MustParseAddr(c.client(i)))) == nil {
					passed++
				}
			}
			if passed != c.want {
				t.Errorf("%s: %d were admitted, want %d", c.network, passed, c.want)
			}
		}
		if err := g.Spend(t.Context(), g.ForRegister(mallory.Next().Next())); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("another client of the full /24: %v, want rate_limited", err)
		}
		if err := g.Spend(t.Context(), g.ForRegister(alice)); err != nil {
			t.Errorf("another network: %v", err)
		}
	})
}

// A correct password is refunded; failures stay, in any order.
func TestTry_undo(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{Account: []guard.Rate{{3, 15 * time.Minute}}, Password: []guard.Rate{{100, time.Hour}}})
		ctx, plan := context.Background(), g.ForPassword("ann", alice)
		for range 20 {
			charge, err := g.Try(ctx, plan, "ann")
			if err != nil {
				t.Fatalf("a correct password: %v", err)
			}
			charge.Refund(t.Context())
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
		t.Errorf("%d of 20 attempts for one name were admitted, want 5", n)
	}
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprint("name ", i))
	}
	if n := passed(many...); n != 10 {
		t.Errorf("%d of 200 names were admitted from one network after that, want 10", n)
	}
	if _, err := g.Try(t.Context(), g.ForPassword("bob", mallory), "bob"); err != nil {
		t.Errorf("from another network: %v", err)
	}
	all := 16
	for i := range 200 {
		client := netip.AddrFrom4([4]byte{10, byte(i), 0, 1})
		if _, err := g.Try(t.Context(), g.ForPassword(many[i], client), many[i]); err == nil {
			all++
		}
	}
	if all != 60 {
		t.Errorf("%d were admitted from all networks, want 60", all)
	}
	if seconds := wait(t, try("ann")); seconds != 60 {
		t.Errorf("the wait is %d s, want 60", seconds)
	}
	r.Clock.Add(time.Minute)
	if err := try("ann"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	if err := g.Spend(t.Context(), g.ForPassword("ann", alice)); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("Spend: %v, want unavailable", err)
	}
}

// A refusal that only time ends is cached while it lasts, but at most 15 minutes. If a whole
// network is full, it applies to the network.
func TestRecall(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Register: []guard.Rate{{1, 10 * time.Minute}, {2, time.Hour}}, Networks: guard.Networks{Net24: 1}})
	ctx, plan := context.Background(), g.ForRegister(alice)
	if err := g.Spend(ctx, plan); err != nil || g.Recall(plan) != nil {
		t.Fatalf("the first: %v, %v", err, g.Recall(plan))
	}
	told := wait(t, g.Spend(ctx, plan))
	if err := g.Recall(plan); wait(t, err) != told {
		t.Errorf("from the cache: wait %d, want %d", wait(t, err), told)
	}
	if err := g.Recall(g.ForRegister(mallory)); err != nil {
		t.Errorf("another client: %v", err)
	}
	r.Client.FlushAll(ctx)
	r.Clock.Add(time.Duration(told-1) * time.Second)
	if g.Recall(plan) == nil {
		t.Error("dropped before its end")
	}
	r.Clock.Add(time.Second)
	if err := g.Spend(ctx, plan); err != nil {
		t.Errorf("after its end: %v", err)
	}
	r.Advance(t, 11*time.Minute)
	if err := g.Spend(ctx, plan); err != nil {
		t.Fatal(err)
	}
	r.Advance(t, 11*time.Minute)
	if told := wait(t, g.Spend(ctx, g.ForRegister(alice.Next()))); told < 30*60 {
		t.Fatalf("the third of an hour waits %d s", told)
	}
	if g.Recall(plan) == nil {
		t.Error("the network's refusal is not cached for its clients")
	}
	r.Client.FlushAll(ctx)
	r.Advance(t, 15*time.Minute)
	if err := g.Spend(ctx, plan); err != nil {
		t.Errorf("still refused after an operator's reset: %v", err)
	}
}

// A refusal that may end early is cached for a second, and dropped after a refund.
func TestRecall_refund(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Password: []guard.Rate{{2, time.Hour}}})
	ctx, plan := context.Background(), g.ForPassword("ann", alice)
	charge, err := g.Try(ctx, plan, "ann")
	if err != nil {
		t.Fatal(err)
	}
	g.Try(ctx, plan, "ann")
	if err := g.Spend(ctx, plan); err == nil || g.Recall(plan) == nil {
		t.Fatal("the third is admitted")
	}
	charge.Refund(t.Context())
	if err := g.Recall(plan); err != nil {
		t.Errorf("after a correct one: %v", err)
	}
	g.Try(ctx, plan, "ann")
	if err := g.Spend(ctx, plan); err == nil {
		t.Fatal("the third is admitted")
	}
	r.Client.FlushAll(ctx)
	r.Clock.Add(time.Second)
	if err := g.Spend(ctx, plan); err != nil {
		t.Errorf("refused for more than a second after a refund on another node: %v", err)
	}
}

// The cache is bounded.
func TestRecall_bounded(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Register: []guard.Rate{{1, time.Hour}}})
	for i := range 30_000 {
		plan := g.ForRegister(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		g.Refuse(plan, guard.Register, time.Hour, plan.FirstKey())
	}
	if n := g.Remembered(); n == 0 || n > 10_000 {
		t.Errorf("%d refusals are cached, want at most 10000", n)
	}
}

// A bucket only holds slots that count.
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
			t.Errorf("%d keys, %d fields, want one key of at most 62", len(keys), n)
		}
		r.Advance(t, 2*time.Minute)
		if keys := dump(t, r.Client); len(keys) != 0 {
			t.Errorf("left in Redis: %v", keys)
		}
	})
}
