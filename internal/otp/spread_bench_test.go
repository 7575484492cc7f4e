package otp_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

var cpu = regexp.MustCompile(`used_cpu_(?:sys|user):([\d.]+)`)

// spent returns the CPU time that a master has used, in µs.
func spent(master *redis.Client) (us float64) {
	for _, m := range cpu.FindAllStringSubmatch(master.Info(context.Background(), "cpu").Val(), -1) {
		s, _ := strconv.ParseFloat(m[1], 64)
		us += s * 1e6
	}
	return us
}

// BenchmarkSpread measures what a code that is requested, claimed, verified and done costs the
// master of the shared slot, which bounds the throughput, and the other masters together. There
// are as many limits as by default, too wide to refuse.
func BenchmarkSpread(b *testing.B) {
	for name, spread := range map[string]bool{"spread": true, "one slot": false} {
		b.Run(name, func(b *testing.B) { benchmarkCluster(b, spread) })
	}
}

func benchmarkCluster(b *testing.B, spread bool) {
	masters := testkit.ClusterOf(b, 2)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{masters[0].Options().Addr}, PoolSize: 128})
	b.Cleanup(func() { client.Close() })
	ctx := context.Background()
	shared, rest := masters[0], masters[1]
	slot := client.ClusterKeySlot(ctx, "{ua}").Val() // on the first one
	for _, master := range masters {
		id, pipe := rest.Do(ctx, "CLUSTER", "MYID").Val(), master.Pipeline()
		for s := range 16384 / 2 {
			if int64(s) != slot {
				pipe.Do(ctx, "CLUSTER", "SETSLOT", s, "NODE", id)
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			b.Fatal(err)
		}
	}
	most := func(windows ...time.Duration) (rates []guard.Rate) {
		for _, w := range windows {
			rates = append(rates, guard.Rate{Limit: 1e9, Window: w})
		}
		return rates
	}
	policy := defaults
	policy.Address, policy.Sends, policy.Verify = most(time.Hour, 24*time.Hour), most(time.Hour), most(5*time.Minute)
	policy.Block, policy.Country, policy.Global = most(10*time.Minute), most(time.Hour), most(time.Minute, 24*time.Hour)
	policy.DayBudget, policy.CountryBudget, policy.BlockBudget = 1e15, 1e15, 1e15
	g := newNodeAs(b, &testkit.Redis{Client: client, Clock: testkit.NewClock()}, policy, false, keyring.Secrets{Pepper: pepper("p")}, spread)
	var asked atomic.Int64
	once := func() {
		n := int(asked.Add(1))
		ask := otp.Request{Address: phone(b, fmt.Sprintf("+9198%08d", n*7919%100_000_000)), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(n * 7919 % 0xffffff)}
		ticket, err := g.Issue(ctx, ask)
		if err != nil {
			b.Fatal(err)
		}
		out, err := g.Claim(ctx, ticket.ID, ticket.Send, true)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := g.Verify(ctx, otp.Answer{ID: ticket.ID, Code: out.Code, Purpose: otp.PurposeLogin, Client: ask.Client}); err != nil {
			b.Fatal(err)
		}
		if err := g.Done(ctx, ticket.ID); err != nil {
			b.Fatal(err)
		}
	}
	once()
	busy(b, client)
	// Other processes may use the same cores, so the best stretch counts.
	const stretch, askers = 1280, 128
	best, total := [2]float64{1e9, 1e9}, [2]float64{}
	stretches := max(1, b.N/stretch)
	for range stretches {
		before := [2]float64{spent(shared), spent(rest)}
		var all sync.WaitGroup
		for range askers {
			all.Go(func() {
				for range stretch / askers {
					once()
				}
			})
		}
		all.Wait()
		for i, master := range []*redis.Client{shared, rest} {
			took := (spent(master) - before[i]) / stretch
			best[i], total[i] = min(best[i], took), total[i]+took
		}
	}
	b.ReportMetric(0, "ns/op") // the benchmark does not know the stretches
	b.ReportMetric(best[0], "µs-shared-best")
	b.ReportMetric(best[1], "µs-rest-best")
	b.ReportMetric(total[0]/float64(stretches), "µs-shared")
	b.ReportMetric(total[1]/float64(stretches), "µs-rest")
}

// busy fills the shared buckets as after a busy day: all slots of all windows are in use.
func busy(b *testing.B, client redis.UniversalClient) {
	const day = 24 * 60 * 60 * 1000
	ctx := context.Background()
	for key, series := range map[string]map[string]int64{
		"ua:guard:{ua}:global":                {"n": 60_000, "n+": day, "m": day},
		"ua:guard:{ua}:country:IN":            {"n": 3_600_000, "m": day},
		"ua:guard:{ua}:conversion:country:IN": {"ns": 21_600_000, "nu": 21_600_000},
	} {
		base := client.HIncrBy(ctx, key, "base", 3*day).Val()
		now := base - client.PTTL(ctx, key).Val().Milliseconds()
		for name, window := range series {
			size := window / 12
			for back := range int64(12) {
				field := fmt.Sprintf("%s%d:%d", strings.TrimSuffix(name, "+"), window, now/size-back)
				if err := client.HIncrBy(ctx, key, field, 1).Err(); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
