package guard_test

import (
	"context"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/guard"
	"user-api/internal/testkit"
)

// Lost messages are charged to the shared limits, to each limit by its own window.
func TestRestore(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		p := guard.Policy{
			Enabled: true, DayBudget: 1_000_000, CountryBudget: 1_000_000, Soft: 50,
			Global:  []guard.Rate{{Limit: 10, Window: time.Minute}, {Limit: 100, Window: 24 * time.Hour}},
			Country: []guard.Rate{{Limit: 20, Window: time.Hour}},
		}
		g := newGuard(t, r, p)
		g.Price = func(string, string) int64 { return 50_000 }
		asked := map[time.Duration]map[string]int64{
			time.Minute: {"IN": 1}, time.Hour: {"IN": 5, "DE": 2, "": 3}, 24 * time.Hour: {"IN": 6, "DE": 2, "": 9},
		}
		err := g.Restore(t.Context(), func(_ context.Context, window time.Duration) (map[string]int64, error) { return asked[window], nil })
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]map[string]string{
			"ua:guard:{ua}:global":     {"n60000:0": "1", "n86400000:0": "17", "m86400000:0": "400000"},
			"ua:guard:{ua}:country:IN": {"n3600000:0": "5", "m86400000:0": "300000"},
			"ua:guard:{ua}:country:DE": {"n3600000:0": "2", "m86400000:0": "100000"},
		}
		for key, fields := range want {
			got := r.Client.HGetAll(t.Context(), key).Val()
			for field, n := range fields {
				if got[field] != n {
					t.Errorf("%s %s is %s, want %s", key, field, got[field], n)
				}
			}
			if r.Client.PTTL(t.Context(), key).Val() <= 0 {
				t.Errorf("%s has no TTL", key)
			}
		}
	})
}

// A refunded price is subtracted from the global and the country budget, in any slot of a
// cluster, and never below zero.
func TestRefundPrice(t *testing.T) {
	test := func(t *testing.T, r *testkit.Redis) {
		for _, spread := range []bool{false, true} {
			g := newGuard(t, r, guard.Policy{Enabled: true, DayBudget: 1_000_000, CountryBudget: 1_000_000, BlockBudget: 500_000})
			g.Spread = spread
			g.Price = func(string, string) int64 { return 50_000 }
			if err := r.Client.Del(t.Context(), "ua:guard:{ua}:global", "ua:guard:{ua}:country:IN").Err(); err != nil {
				t.Fatal(err)
			}
			asked := func(context.Context, time.Duration) (map[string]int64, error) {
				return map[string]int64{"IN": 1, "DE": 1}, nil
			}
			if err := g.Restore(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			to, err := address.ParsePhone("+919876543210", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, left := range []string{"50000", "0", "0"} {
				if err := g.RefundPrice(t.Context(), to, "sms"); err != nil {
					t.Fatal(err)
				}
				if got := r.Client.HGet(t.Context(), "ua:guard:{ua}:global", "m86400000:0").Val(); got != left {
					t.Errorf("spread %v: the day has %s, want %s", spread, got, left)
				}
			}
			if got := r.Client.HGet(t.Context(), "ua:guard:{ua}:country:IN", "m86400000:0").Val(); got != "0" {
				t.Errorf("spread %v: the country has %s, want 0", spread, got)
			}
		}
	}
	testkit.EachRedis(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, testkit.ClusterRedis(t)) })
}
