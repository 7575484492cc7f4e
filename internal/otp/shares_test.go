package otp_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// who is a request. By default it is from a stranger, for a new number each time.
type who struct {
	client        netip.Addr
	raw           string
	holder, human bool
}

func (g guarded) send(w who) error {
	request := otp.Request{Address: phone(g.t, w.raw), Purpose: otp.PurposeLogin, Channel: "sms", Client: w.client, Captcha: w.human}
	if w.holder {
		request.Holder = 7
	}
	_, err := g.Issue(g.t.Context(), request)
	return err
}

// many requests codes for new numbers until a request is refused.
func (g guarded) many(next func() string, client func(i int) netip.Addr, human bool) (sent int, err error) {
	for i := range 200 {
		if err = g.send(who{client: client(i), raw: next(), human: human}); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// ip6 returns the i-th /64 of the n-th /48 of a /32.
func ip6(provider, n, i int) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("2001:%x:%x:%x::1", provider, n, i))
}

// over holds the shared limits, each on its own and of 40 messages.
var over = map[string]guard.Policy{
	"global":  {Global: []guard.Rate{{Limit: 40, Window: time.Hour}}},
	"country": {Country: []guard.Rate{{Limit: 40, Window: time.Hour}}},
	"block":   {Block: []guard.Rate{{Limit: 40, Window: time.Hour}}},
	"budget":  {DayBudget: 40 * 50_000},
}

// No network and no provider uses more of a shared limit than its share. The part reserved from
// strangers is for numbers with an account, requested from a known network.
func TestShares(t *testing.T) {
	for class, policy := range over {
		t.Run(class, func(t *testing.T) {
			policy.Enabled, policy.Conversion.Mode = true, guard.Off
			policy.Shares = guard.Shares{Network: 25, Provider: 50, Known: 20}
			eachGuarded(t, policy, func(t *testing.T, g guarded) {
				n := 500
				next := func() string { n++; return fmt.Sprintf("+919876543%03d", n) }
				owner := who{client: ip(0x900), raw: number, holder: true}
				if err := g.send(owner); err != nil {
					t.Fatal(err)
				}
				g.Advance(t, 2*cooldown)
				g.prove(number, 0x900)
				for i, c := range []struct {
					client func(i int) netip.Addr
					want   int
				}{
					{func(i int) netip.Addr { return ip6(1, 1, i) }, 10},
					{func(i int) netip.Addr { return ip6(1, 2, i) }, 10},
					{func(i int) netip.Addr { return ip6(1, i, 0) }, 0},
					{func(i int) netip.Addr { return ip(0x500 + i) }, 10},
					{func(i int) netip.Addr { return ip(0x10000 + i*256) }, 0},
				} {
					sent, err := g.many(next, c.client, false)
					if sent != c.want || limit(err) != class {
						t.Errorf("step %d: %d were sent, then %v of %q, want %d and %s", i, sent, err, limit(err), c.want, class)
					}
				}
				g.Advance(t, cooldown)
				if err := g.send(owner); err != nil {
					t.Errorf("the owner in a known network: %v of %q", err, limit(err))
				}
				owner.holder = false
				g.Advance(t, 2*cooldown)
				if err := g.send(owner); limit(err) != class {
					t.Errorf("a known network without an account: %v of %q, want %s", err, limit(err), class)
				}
			})
		})
	}
}

// Before the end of a limit a captcha is required, and solving it admits more requests. Known
// networks need no captcha and do not stop where others do.
func TestShares_captcha(t *testing.T) {
	for class, policy := range over {
		t.Run(class, func(t *testing.T) {
			policy.Enabled, policy.Conversion.Mode = true, guard.Off
			policy.Shares, policy.Soft = guard.Shares{Captcha: 50, Known: 20}, 50
			everyRedis(t, func(t *testing.T, r *testkit.Redis) {
				g := newGuarded(t, r, policy, true)
				n := 500
				next := func() string { n++; return fmt.Sprintf("+919876543%03d", n) }
				each := func(i int) netip.Addr { return ip(0x10000 + n*256) }
				g.prove(number, 0x900)
				if sent, err := g.many(next, each, false); sent != 19 || !apperr.Is(err, apperr.CaptchaRequired) {
					t.Errorf("%d were sent, then %v, want 19 and captcha_required", sent, err)
				}
				if sent, err := g.many(next, each, true); sent != 12 || limit(err) != class {
					t.Errorf("with a captcha %d more, then %v of %q, want 12 and %s", sent, err, limit(err), class)
				}
				g.Advance(t, cooldown)
				if err := g.send(who{client: ip(0x900), raw: number, holder: true}); err != nil {
					t.Errorf("the owner in a known network: %v of %q", err, limit(err))
				}
			})
		})
	}
}

// Of the messages to one number, one network can use a part, another part is reserved for known
// networks, and the last of the strangers' part requires a captcha. The total never exceeds the
// limit.
func TestShares_ofANumber(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		policy := guard.Policy{Enabled: true, Address: defaults.Address, Shares: shares, Conversion: guard.Converting{Mode: guard.Off}}
		g := newGuarded(t, r, policy, true)
		g.prove(number, 0x900)
		g.Advance(t, 25*time.Hour)
		ask := func(from int, human, holder bool) error {
			g.Advance(t, 2*cooldown)
			return g.send(who{client: ip(from), raw: number, human: human, holder: holder})
		}
		for range 3 {
			if err := ask(away, false, false); err != nil {
				t.Fatal(err)
			}
		}
		if err := ask(away, true, false); limit(err) != "address" {
			t.Errorf("the fourth of one network: %v of %q, want address", err, limit(err))
		}
		if err := ask(0x300, false, false); !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("another network: %v, want captcha_required", err)
		}
		if err := ask(0x300, true, false); err != nil {
			t.Errorf("with a captcha: %v of %q", err, limit(err))
		}
		if err := ask(0x400, true, false); limit(err) != "address" {
			t.Errorf("a third: %v of %q, want address", err, limit(err))
		}
		if err := ask(0x900, false, true); err != nil {
			t.Errorf("the owner in a known network: %v of %q", err, limit(err))
		}
		if err := ask(0x900, false, true); limit(err) != "address" {
			t.Errorf("the sixth of an hour: %v of %q, want address", err, limit(err))
		}
		sent := 5
		for range 9 { // of two hours and a third each
			g.Advance(t, time.Hour)
			for from := range 20 {
				if ask(0x10000+from*256, true, true) == nil {
					sent++
				}
				if ask(0x900, false, true) == nil {
					sent++
				}
			}
		}
		if sent != 10 {
			t.Errorf("%d messages in a day, want 10", sent)
		}
	})
}

// The conversion guard counts networks: requests of one network block no country and no block,
// and neither do those of a whole provider.
func TestConversion_oneNetwork(t *testing.T) {
	policy := guard.Policy{Enabled: true, Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 10, MinPercent: 10}}
	for name, client := range map[string]func(i int) netip.Addr{
		"one client": func(int) netip.Addr { return ip(1) },
		"a /24":      func(i int) netip.Addr { return ip(i) },
		"a /48":      func(i int) netip.Addr { return ip6(1, 1, i) },
		"a /32":      func(i int) netip.Addr { return ip6(1, i, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			eachGuarded(t, policy, func(t *testing.T, g guarded) {
				n := 100
				blocks := func() string { n++; return fmt.Sprintf("+9198765%03d10", n) }
				if sent, err := g.many(blocks, client, false); err != nil {
					t.Errorf("after %d: %v of %q", sent, err, limit(err))
				}
				if err := g.send(who{client: ip(0x20000), raw: number}); err != nil {
					t.Errorf("an honest client: %v of %q", err, limit(err))
				}
			})
		})
	}
}

// If captchas can be solved, a scope with unused codes requires one, and solving it helps.
func TestConversion_captcha(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuarded(t, r, guard.Policy{Enabled: true, Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 10, MinPercent: 50}}, true)
		g.prove(number, 0x900)
		n := 100
		next := func() string { n++; return fmt.Sprintf("+919876543%03d", n) }
		if sent, err := g.many(next, func(i int) netip.Addr { return ip(0x10000 + i*256) }, false); sent != 9 || !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("%d were sent, then %v, want 9 and captcha_required", sent, err)
		}
		if err := g.send(who{client: ip(0x20000), raw: next(), human: true}); err != nil {
			t.Errorf("with a captcha: %v of %q", err, limit(err))
		}
		g.Advance(t, cooldown)
		if err := g.send(who{client: ip(0x900), raw: number, holder: true}); err != nil {
			t.Errorf("the owner in a known network: %v of %q", err, limit(err))
		}
	})
}

// A request does not void a code of another network, but does void one of its own.
func TestIssue_othersCodesLive(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		open := func(from int) (id, code string) {
			t.Helper()
			ticket, err := g.ask(number, from)
			if err != nil {
				t.Fatal(err)
			}
			return ticket.ID, g.code(ticket)
		}
		first, firstCode := open(1)
		g.Advance(t, cooldown)
		owner, code := open(2) // the same network
		if err := g.answer(first, firstCode, 1); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the previous code of the same network: %v, want otp_invalid", err)
		}
		for i := range 2 {
			g.Advance(t, cooldown+time.Duration(i)*cooldown)
			open(0x100 * (i + 1))
		}
		if err := g.answer(owner, code, 2); err != nil {
			t.Errorf("the owner's code after requests of strangers: %v", err)
		}
	})
}

// The number of live codes is bounded: the oldest one of a stranger ends, never one of a known
// network.
func TestIssue_liveCodesBounded(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, 0x900)
		g.Advance(t, 2*time.Hour)
		known, err := g.ask(number, 0x900)
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(known)
		cool := "ua:otp:{*}:cool:*"
		for i := range 20 {
			if _, err := g.ask(number, 0x10000+i*0x100); err != nil {
				t.Fatal(err)
			}
			g.Client.Del(t.Context(), g.Client.Keys(t.Context(), cool).Val()...)
			g.Advance(t, time.Second)
		}
		if live := g.Client.Keys(t.Context(), "ua:otp:{*}:c:*").Val(); len(live) != 5 {
			t.Errorf("%d codes live, want the owner's and four", len(live))
		}
		if err := g.answer(known.ID, code, 0x900); err != nil {
			t.Errorf("the owner's code: %v", err)
		}
		if err := g.Forget(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if live := g.Client.Keys(t.Context(), "ua:otp:{*}:c:*").Val(); len(live) != 0 {
			t.Errorf("after Forget: %v", live)
		}
	})
}
