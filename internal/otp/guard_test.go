package otp_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/redisscript"
	"user-api/internal/testkit"
)

const number = "+919876543210"

var defaults = guard.Policy{
	Enabled: true,
	Address: []guard.Rate{{Limit: 5, Window: time.Hour}, {Limit: 10, Window: 24 * time.Hour}}, Sends: []guard.Rate{{Limit: 30, Window: time.Hour}},
	Block: []guard.Rate{{Limit: 20, Window: 10 * time.Minute}}, Country: []guard.Rate{{Limit: 2000, Window: time.Hour}},
	Global: []guard.Rate{{Limit: 300, Window: time.Minute}, {Limit: 20000, Window: 24 * time.Hour}}, Verify: []guard.Rate{{Limit: 30, Window: 5 * time.Minute}},
	Networks: guard.Networks{Net24: 8, Net56: 2, Net48: 8, Net32: 64}, Shares: shares,
	DayBudget: 100e6, CountryBudget: 50e6, BlockBudget: 5e6, Soft: 50,
	Conversion: guard.Converting{Mode: guard.Shadow, Window: 6 * time.Hour, MinSent: 20, MinPercent: 10},
}

var shares = guard.Shares{Network: 25, Provider: 50, Number: 50, Captcha: 75, Known: 20}

// guarded is a service with limits. Two of them on one Redis act as two nodes.
type guarded struct {
	fixture
	warnings *[]guard.Warning
}

func newGuarded(t *testing.T, r *testkit.Redis, p guard.Policy, captcha bool) guarded {
	t.Helper()
	return newNode(t, r, p, captcha, keyring.Secrets{Pepper: pepper("p")})
}

func pepper(letter string) []byte { return []byte(strings.Repeat(letter, 32)) }

func newNode(t testing.TB, r *testkit.Redis, p guard.Policy, captcha bool, secrets keyring.Secrets) guarded {
	t.Helper()
	return newNodeAs(t, r, p, captcha, secrets, redisscript.InCluster(r.Client))
}

// newNodeAs is newNode with or without Spread.
func newNodeAs(t testing.TB, r *testkit.Redis, p guard.Policy, captcha bool, secrets keyring.Secrets, spread bool) guarded {
	t.Helper()
	ring, err := keyring.FromSecrets(secrets, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	warnings := &[]guard.Warning{}
	g := guard.New(guard.Options{
		Policy: p, Redis: r.Client, Spread: spread, Ring: ring, Now: r.Clock.Now, Captcha: captcha,
		Price: func(string, string) int64 { return 50_000 },
		Alert: func(_ context.Context, w guard.Warning) {
			mu.Lock()
			defer mu.Unlock()
			*warnings = append(*warnings, w)
		},
	})
	challenges, err := otp.New(otp.Options{
		Redis: r.Client, Spread: spread, Ring: ring, Rand: rand.Reader,
		Expire: expire, Cooldown: cooldown, Attempts: 5, Guard: g,
		Lengths: map[address.Kind]int{address.KindPhone: 6, address.KindEmail: 8}, Now: r.Clock.Now, Failures: noFailures{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return guarded{fixture{challenges, r, t}, warnings}
}

func eachGuarded(t *testing.T, p guard.Policy, test func(*testing.T, guarded)) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) { test(t, newGuarded(t, r, p, false)) })
}

// everyRedis runs test on the embedded Redis, a real one and a cluster.
func everyRedis(t *testing.T, test func(*testing.T, *testkit.Redis)) {
	testkit.EachRedis(t, test)
	t.Run("cluster", func(t *testing.T) { test(t, testkit.ClusterRedis(t)) })
}

// keyed returns a key of a number.
func (f fixture) keyed(raw, rest string) string {
	if redisscript.InCluster(f.Client) {
		return "ua:otp:{" + guard.TagName(guard.Tag(phone(f.t, raw))) + "}:" + rest
	}
	return "ua:otp:{ua}:" + rest
}

func ip(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

// ask requests a code for a number from the n-th address.
func (g guarded) ask(raw string, n int) (otp.Ticket, error) {
	return g.Issue(context.Background(), otp.Request{
		Address: phone(g.t, raw), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(n),
	})
}

func (g guarded) answer(id, code string, n int) error {
	_, err := g.Verify(context.Background(), otp.Answer{ID: id, Code: code, Purpose: otp.PurposeLogin, Client: ip(n)})
	return err
}

func (g guarded) code(ticket otp.Ticket) string {
	g.t.Helper()
	out, err := g.Claim(context.Background(), ticket.ID, ticket.Send, true)
	if err != nil {
		g.t.Fatal(err)
	}
	return out.Code
}

// prove signs in from the n-th address.
func (g guarded) prove(raw string, n int) {
	g.t.Helper()
	ticket, err := g.ask(raw, n)
	if err != nil {
		g.t.Fatal(err)
	}
	if err := g.answer(ticket.ID, g.code(ticket), n); err != nil {
		g.t.Fatal(err)
	}
}

func (g guarded) dump() map[string]string {
	ctx, all := context.Background(), map[string]string{}
	for _, key := range g.Client.Keys(ctx, "*").Val() {
		if isMark(key) {
			continue
		}
		all[key] = fmt.Sprint(g.Client.Get(ctx, key).Val(), g.Client.HGetAll(ctx, key).Val(), g.Client.SMembers(ctx, key).Val())
		if g.Client.PTTL(ctx, key).Val() <= 0 {
			g.t.Errorf("%s has no TTL", key)
		}
	}
	return all
}

// isMark reports whether a key is a marker and counts nothing.
func isMark(key string) bool {
	return strings.HasSuffix(key, ":counts") || strings.Contains(key, ":marks:")
}

// refused expects a refusal of a class that changes nothing and whose wait is exact to the
// second.
func (g guarded) refused(class string, ask func() error) {
	g.t.Helper()
	state := func() any { return g.dump() }
	if redisscript.InCluster(g.Client) {
		// A slot that was charged and rolled back leaves fields that count as nothing.
		state = func() any { return g.charges() }
	}
	before, begin := state(), time.Now()
	err := ask()
	told := apperr.From(err)
	if !apperr.Is(err, apperr.RateLimited) || told.Limit != class {
		g.t.Fatalf("%v of %q, want rate_limited of %s", err, told.Limit, class)
	}
	if diff := cmp.Diff(before, state()); diff != "" {
		g.t.Errorf("a refusal by %s changed\n%s", class, diff)
	}
	wait := time.Duration(math.Ceil(told.RetryAfter.Seconds())) * time.Second
	if next := g.Clock.Now().Add(wait).Unix(); told.NextAllowedAt < next-1 || told.NextAllowedAt > next {
		g.t.Errorf("nextAllowedAt is %d, want %d", told.NextAllowedAt, next)
	}
	if wait > time.Second {
		g.Advance(g.t, wait-time.Second)
		if err := ask(); !apperr.Is(err, apperr.RateLimited) {
			// A real Redis has its own clock, and the wait is rounded up.
			if time.Since(begin) < told.RetryAfter-(wait-time.Second) {
				g.t.Errorf("a second before the end of the %v reported by %s: %v", wait, class, err)
			}
			return
		}
	}
	g.Advance(g.t, time.Second)
	if err := ask(); err != nil {
		g.t.Errorf("after the %v reported by %s: %v", wait, class, err)
	}
}

func TestGuard_waits(t *testing.T) {
	numbers := func(i int) string { return fmt.Sprintf("+9198%03d43210", i) }
	for class, c := range map[string]struct {
		policy guard.Policy
		fill   func(guarded)
	}{
		"cooldown": {guard.Policy{}, func(g guarded) { g.ask(number, 1) }},
		"address": {defaults, func(g guarded) {
			for n := range 5 {
				g.ask(number, n)
				g.Advance(g.t, 2*cooldown)
			}
		}},
		"client": {defaults, func(g guarded) {
			for i := range 30 {
				g.ask(numbers(i+100), 1)
			}
		}},
		"block": {guard.Policy{Block: defaults.Block}, func(g guarded) {
			for i := range 20 {
				g.ask(fmt.Sprintf("+919876543%03d", i+300), i)
			}
		}},
		"country": {guard.Policy{Country: []guard.Rate{{Limit: 10, Window: time.Hour}}}, func(g guarded) {
			for i := range 10 {
				g.ask(numbers(i+100), i)
			}
		}},
		"global": {guard.Policy{Global: []guard.Rate{{Limit: 10, Window: time.Minute}}}, func(g guarded) {
			for i := range 10 {
				g.ask(numbers(i+100), i)
			}
		}},
		"budget": {guard.Policy{DayBudget: 500_000, Soft: 50}, func(g guarded) {
			for i := range 10 {
				g.ask(numbers(i+100), i)
			}
		}},
		"conversion": {guard.Policy{Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 10, MinPercent: 10}}, func(g guarded) {
			for i := range 10 {
				g.ask(numbers(i+100), i*256)
			}
		}},
	} {
		t.Run(class, func(t *testing.T) {
			c.policy.Enabled = true
			if c.policy.Conversion.Mode == "" {
				c.policy.Conversion.Mode = guard.Off
			}
			eachGuarded(t, c.policy, func(t *testing.T, g guarded) {
				c.fill(g)
				g.refused(class, func() error {
					_, err := g.ask(number, 1)
					return err
				})
			})
		})
	}
}

// A thousand clients together get the strangers' share: of ten messages per day, two are
// reserved for the owner's networks.
func TestGuard_manyClientsOneNumber(t *testing.T) {
	testkit.NotInRace(t, "a thousand sequential requests")
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []guarded{newGuarded(t, r, defaults, false), newGuarded(t, r, defaults, false)}
		sent := 0
		const clients, pause = 1000, 80 * time.Second // all within a day
		for i := range clients {
			if _, err := nodes[i%2].ask(number, i*256); err == nil {
				sent++
			}
			r.Advance(t, pause)
		}
		if sent < 7 || sent > 8 {
			t.Errorf("%d clients got %d messages in %v, want 8", clients, sent, clients*pause)
		}
	})
}

func TestGuard_oneClientManyNumbers(t *testing.T) {
	testkit.NotInRace(t, "a thousand sequential requests")
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		unlimited := defaults
		unlimited.Sends, unlimited.Block, unlimited.Global = nil, nil, nil
		for name, c := range map[string]struct {
			policy guard.Policy
			want   int
		}{"client": {defaults, 30}, "its share of the block's budget": {unlimited, 25}} {
			r.Client.FlushAll(context.Background())
			g := newGuarded(t, r, c.policy, false)
			sent := 0
			for i := range 1000 {
				raw := fmt.Sprintf("+9198%08d", 76540000+10*i)
				if name != "client" {
					raw = fmt.Sprintf("+919876543%03d", i)
				}
				if _, err := g.ask(raw, 1); err == nil {
					sent++
				}
			}
			if sent != c.want {
				t.Errorf("%s: one client got %d messages sent to 1000 numbers, want %d", name, sent, c.want)
			}
		}
	})
}

func TestGuard_parallelOneSend(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []guarded{newGuarded(t, r, defaults, false), newGuarded(t, r, defaults, false)}
		var sent, unheard, i atomic.Int32
		asks := 1000
		if testing.Short() { // under the race detector each takes ten times as long
			asks = 200
		}
		parallel(asks, func() {
			n := int(i.Add(1))
			switch _, err := nodes[n%2].ask(number, n*256); {
			case err == nil:
				sent.Add(1)
			case apperr.Is(err, apperr.Unavailable): // the machine was too busy
				unheard.Add(1)
			}
		})
		if n := sent.Load(); n > 1 || n == 0 && unheard.Load() == 0 {
			t.Errorf("%d parallel requests sent %d messages, want 1", asks, n)
		}
	})
}

// All spellings of a number share one bucket.
func TestGuard_spellings(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		p := guard.Policy{Enabled: true, Address: []guard.Rate{{Limit: 1, Window: 24 * time.Hour}}, Conversion: guard.Converting{Mode: guard.Off}}
		nodes := []guarded{newGuarded(t, r, p, false), newGuarded(t, r, p, false)}
		g := nodes[0]
		if _, err := g.ask(number, 0); err != nil {
			t.Fatal(err)
		}
		keys := len(g.dump())
		bases := []string{
			"+919876543210", "+91 98765 43210", "+91-98765-43210", "(+91) 9876543210", "+91.98765.43210", "098765 43210",
			"9876543210", "00919876543210", "+91 (0) 98765 43210", "tel:+91-98765-43210", "+91/98765/43210", "+91 9876 543 210",
		}
		var all []string
		for _, base := range bases {
			all = append(all, base, full(base), "\u200b"+base, base+"\u200e", "\u2066"+base+"\u2069", " "+base, base+" ",
				strings.ReplaceAll(base, " ", "\u00a0"), strings.ReplaceAll(base, "-", "\u2011"), strings.ReplaceAll(base, "-", "\u2013"),
				base[:4]+"\u00ad"+base[4:], base[:5]+"\u200d"+base[5:], strings.ReplaceAll(base, " ", "  "), full(base)+"\ufeff",
				strings.ReplaceAll(base, "+", "\uff0b"), strings.ReplaceAll(base, " ", ""), strings.ReplaceAll(base, " ", "."))
		}
		read := 0
		for _, raw := range all {
			address, err := address.ParsePhone(raw, "IN")
			if err != nil {
				continue // refused before counting
			}
			read++
			g.Advance(t, cooldown)
			_, err = nodes[read%2].Issue(t.Context(), otp.Request{Address: address, Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(read)})
			if !apperr.Is(err, apperr.RateLimited) {
				t.Errorf("%+q: %v, want rate_limited", raw, err)
			}
		}
		if len(all) < 200 || read < 150 {
			t.Errorf("%d spellings, %d of them valid", len(all), read)
		}
		if n := len(g.dump()); n > keys {
			t.Errorf("%d keys, before %d", n, keys)
		}
	})
}

// full converts digits to full width.
func full(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c - '0' + '\uff10'
		}
		return c
	}, s)
}
