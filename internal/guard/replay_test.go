package guard_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/testkit"
)

var (
	morning = time.Date(2026, 5, 4, 6, 0, 0, 0, time.UTC)
	rule    = guard.Converting{Window: time.Hour, MinSent: 4, MinPercent: 50}
)

// days is the input of a test: each event has a time after morning.
type days []guard.Sent

func (d *days) ask(after time.Duration, who int, country, block string) {
	*d = append(*d, guard.Sent{At: morning.Add(after), Challenge: fmt.Sprint(len(*d)), Address: fmt.Sprint(who), Block: block, Country: country, Network: fmt.Sprintf("192.0.%d.0/24", who)})
}

// use adds the use of the last code.
func (d *days) use(after time.Duration) {
	s := (*d)[len(*d)-1]
	s.At, s.Used = morning.Add(after), true
	*d = append(*d, s)
}

func replayed(d days, from time.Duration) guard.Verdicts {
	return guard.Replay(guard.Past{Rule: rule, From: morning.Add(from), Price: func(string) int64 { return 7 }}, slices.Values(d))
}

func TestReplay(t *testing.T) {
	const m = time.Minute
	pumped := func(d *days) { // four codes to a block, none used
		for i := range time.Duration(4) {
			d.ask(i*m, int(i), "IN", "b")
		}
	}
	for name, c := range map[string]struct {
		steps func(*days)
		from  time.Duration
		want  guard.Verdicts
	}{
		"nothing": {func(*days) {}, 0, guard.Verdicts{}},
		"too few to judge": {pumped, 0, guard.Verdicts{
			Scopes: []guard.Verdict{{Country: "IN", Sent: 4}}, Sent: 4,
		}},
		"the same, and people who would have used the code": {func(d *days) {
			pumped(d)
			d.ask(4*m, 4, "IN", "b")
			d.ask(5*m, 5, "IN", "b")
			d.use(6 * m)
			d.ask(7*m, 5, "IN", "b")
			d.use(8 * m)
		}, 0, guard.Verdicts{
			Scopes: []guard.Verdict{
				{Country: "IN", Sent: 7, Used: 2, Stopped: 3, Affected: 1, First: morning.Add(4 * m)},
				{Country: "IN", Block: "b", Sent: 7, Used: 2, Stopped: 3, Affected: 1, First: morning.Add(4 * m)},
			}, Sent: 7, Stopped: 3, Affected: 1, Saved: 21,
		}},
		"a refused send is not counted, so it ends with the window": {func(d *days) {
			pumped(d)
			d.ask(30*m, 5, "IN", "b")
			d.ask(69*m, 6, "IN", "b")
		}, 0, guard.Verdicts{
			Scopes: []guard.Verdict{
				{Country: "IN", Sent: 6, Stopped: 1, First: morning.Add(30 * m)},
				{Country: "IN", Block: "b", Sent: 6, Stopped: 1, First: morning.Add(30 * m)},
			}, Sent: 6, Stopped: 1, Saved: 7,
		}},
		"earlier events only fill the window": {func(d *days) {
			pumped(d)
			d.ask(4*m, 5, "IN", "b")
			d.ask(10*m, 6, "IN", "b")
		}, 10 * m, guard.Verdicts{
			Scopes: []guard.Verdict{
				{Country: "IN", Sent: 1, Stopped: 1, First: morning.Add(10 * m)},
				{Country: "IN", Block: "b", Sent: 1, Stopped: 1, First: morning.Add(10 * m)},
			}, Sent: 1, Stopped: 1, Saved: 7,
		}},
		"a block is stopped while its country is not, and another country is": {func(d *days) {
			for i := range time.Duration(6) {
				d.ask(i*time.Second, 10+int(i), "IN", "good")
				d.use(i*time.Second + 1)
			}
			pumped(d)
			d.ask(9*m, 4, "IN", "b")
			d.ask(9*m, 5, "US", "b2")
		}, 0, guard.Verdicts{
			Scopes: []guard.Verdict{
				{Country: "IN", Sent: 11, Used: 6}, {Country: "US", Sent: 1},
				{Country: "IN", Block: "b", Sent: 5, Stopped: 1, First: morning.Add(9 * m)},
			}, Sent: 12, Stopped: 1, Saved: 7,
		}},
		"without blocks, and with different clocks": {func(d *days) {
			for i, after := range []time.Duration{2 * m, m, 0, 3 * m, 2 * m} {
				d.ask(after, i, "IN", "")
			}
		}, 0, guard.Verdicts{
			Scopes: []guard.Verdict{{Country: "IN", Sent: 5, Stopped: 1, First: morning.Add(3 * m)}}, Sent: 5, Stopped: 1, Saved: 7,
		}},
		"networks are counted and not messages": {func(d *days) {
			for i := range time.Duration(40) {
				d.ask(i*time.Second, int(i)%3, "IN", "b")
			}
		}, 0, guard.Verdicts{Scopes: []guard.Verdict{{Country: "IN", Sent: 40}}, Sent: 40}},
		"a provider's too": {func(d *days) {
			for i := range time.Duration(40) {
				d.ask(i*time.Second, 1, "IN", "b")
				(*d)[i].Network = fmt.Sprintf("2001:db8:%x::/48", int(i))
			}
		}, 0, guard.Verdicts{Scopes: []guard.Verdict{{Country: "IN", Sent: 40}}, Sent: 40}},
	} {
		t.Run(name, func(t *testing.T) {
			var steps days
			c.steps(&steps)
			if diff := cmp.Diff(c.want, replayed(steps, c.from)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The replay refuses exactly what Redis refuses.
func TestReplay_asRedis(t *testing.T) {
	usedScript := redis.NewScript(guard.Lua() + "guard.used(cjson.decode(ARGV[1])) return 0")
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		enforced := rule
		enforced.Mode = guard.Enforce
		g := newGuard(t, r, guard.Policy{Country: []guard.Rate{{1_000_000, time.Hour}}, Conversion: enforced})
		g.Price = func(string, string) int64 { return 7 }
		random := rand.New(rand.NewPCG(1, 2))
		var steps days
		stopped := map[string]bool{}
		start := r.Clock.Now()
		for i := range 600 {
			r.Advance(t, time.Duration(random.IntN(300))*time.Second)
			if random.IntN(40) == 0 {
				r.Advance(t, 3*time.Hour)
			}
			number := fmt.Sprintf("+9198765%d%04d", random.IntN(2), i)
			address, err := address.ParsePhone(number, "")
			if err != nil {
				t.Fatal(err)
			}
			client := netip.AddrFrom4([4]byte{10, 0, byte(random.IntN(60)), 1})
			if random.IntN(3) == 0 {
				client = netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::1", random.IntN(20)))
			}
			plan := g.ForSend(guard.Send{Address: address, Client: client})
			err = g.Spend(t.Context(), plan)
			if err != nil && !apperr.Is(err, apperr.RateLimited) {
				t.Fatal(err)
			}
			s := guard.Sent{At: r.Clock.Now(), Challenge: number, Address: number, Block: address.Block(), Country: "IN", Network: guard.Network(client)}
			steps, stopped[number] = append(steps, s), err != nil
			if random.IntN(100) < 45 {
				if s.Used = true; err == nil {
					if err := usedScript.Run(t.Context(), r.Client, []string{"ua:guard:{ua}:x"}, plan.Conversions()).Err(); err != nil {
						t.Fatal(err)
					}
				}
				steps = append(steps, s)
			}
		}
		refused := 0
		for n, s := range steps {
			if s.Used {
				continue
			}
			// The nth send, alone in the report.
			v := guard.Replay(guard.Past{Rule: rule, From: start, Price: func(country string) int64 { return g.Price("", country) }}, slices.Values(steps[:n+1]))
			if v.Stopped > refused != stopped[s.Challenge] {
				t.Fatalf("send %d at %v: the replay says %t, Redis %t", n, s.At.Sub(start), v.Stopped > refused, stopped[s.Challenge])
			}
			refused = v.Stopped
		}
		if refused < 50 || refused > 500 {
			t.Errorf("only %d of 600 are refused", refused)
		}
	})
}
