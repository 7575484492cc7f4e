package guard_test

import (
	"context"
	"testing"
	"time"

	"user-api/internal/guard"
	"user-api/internal/testkit"
)

// What was sent and is no longer counted is charged to what many share, each limit by
// its own window.
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
