package otp_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/testkit"
)

// split returns a service on a cluster of two masters. One has the shared slot, the other that
// of an address.
func split(t *testing.T, p guard.Policy, timeout time.Duration) (g guarded, shared *redis.Client, to string) {
	t.Helper()
	masters := testkit.ClusterOf(t, 2)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{masters[0].Options().Addr}, ReadTimeout: timeout, PoolSize: 64, MaxRedirects: -1, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	g = newGuarded(t, &testkit.Redis{Client: client, Clock: testkit.NewClock()}, p, false)
	const half = 16384 / 2
	slot := func(key string) int64 { return client.ClusterKeySlot(t.Context(), key).Val() }
	if slot("{ua}") >= half {
		masters[0], masters[1] = masters[1], masters[0]
	}
	for i := 0; ; i++ {
		to = fmt.Sprintf("+9198%08d", i*1000)
		if slot("{ua}") < half != (slot(g.keyed(to, "")) < half) {
			return g, masters[0], to
		}
	}
}

// While the shared slot hangs, a request is refused without a trace and the previous code
// works. Afterwards the same address is served immediately.
func TestApart_sharedHangs(t *testing.T) {
	policy := guard.Policy{
		Enabled: true, Country: wide, Global: wide, DayBudget: 1e12, Address: []guard.Rate{{Limit: 3, Window: time.Hour}},
		Conversion: guard.Converting{Mode: guard.Off},
	}
	g, shared, to := split(t, policy, time.Second)
	g.Challenges.Cooldown = 0
	older, err := g.ask(to, 1)
	if err != nil {
		t.Fatal(err)
	}
	code := g.code(older)
	if err := shared.Do(t.Context(), "CLIENT", "PAUSE", 5000, "ALL").Err(); err != nil {
		t.Fatal(err)
	}
	g.Challenges.Cooldown = cooldown
	if _, err := g.ask(to, 1); !apperr.Is(err, apperr.Unavailable) {
		t.Fatalf("while the slot hangs: %v, want unavailable", err)
	}
	if err := g.answer(older.ID, code, 1); err != nil {
		t.Errorf("the previous code: %v", err)
	}
	shared.Ping(t.Context())
	if err := g.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n := range 2 { // one of three was granted
		g.Challenges.Cooldown = 0
		if _, err := g.ask(to, 1); err != nil {
			t.Errorf("request %d after the hang: %v of %q", n+1, err, limit(err))
		}
	}
	if _, err := g.ask(to, 1); limit(err) != "address" {
		t.Errorf("the fourth: %v of %q, want address", err, limit(err))
	}
}

// A shared limit holds under parallel requests for as many addresses, and a refused request is
// charged to nobody.
func TestApart_parallel(t *testing.T) {
	policy := guard.Policy{
		Enabled: true, Global: []guard.Rate{{Limit: 15, Window: time.Hour}}, Address: []guard.Rate{{Limit: 5, Window: time.Hour}},
		Conversion: guard.Converting{Mode: guard.Off},
	}
	g, _, _ := split(t, policy, 20*time.Second)
	var granted, next atomic.Int64
	parallel(60, func() {
		n := int(next.Add(1))
		if _, err := g.ask(fmt.Sprintf("+9199%08d", n), n<<8); err == nil {
			granted.Add(1)
		} else if limit(err) != "global" {
			t.Errorf("%v of %q, want global", err, limit(err))
		}
	})
	if granted.Load() != 15 {
		t.Errorf("%d were granted, want 15", granted.Load())
	}
	if err := g.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	charged := 0
	err := g.Client.(*redis.ClusterClient).ForEachMaster(t.Context(), func(ctx context.Context, master *redis.Client) error {
		for _, key := range master.Keys(ctx, "ua:guard:*:address:*").Val() {
			for field, value := range master.HGetAll(ctx, key).Val() {
				if strings.HasPrefix(field, "n") && value != "0" {
					charged++
				}
			}
		}
		return nil
	})
	if err != nil || charged != 15 {
		t.Errorf("%d addresses are charged, %v, want 15", charged, err)
	}
}

var wide = []guard.Rate{{Limit: 1e9, Window: time.Hour}}
