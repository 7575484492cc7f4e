package otp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// home and away are clients in two networks.
const home, away = 0x100, 0x200

// fail lets a stranger use up challenges until a request is refused.
func (g guarded) fail(raw string, from int) error {
	for range 100 {
		ticket, err := g.ask(raw, from)
		if err != nil {
			return err
		}
		code := g.code(ticket)
		for range 5 {
			if err := g.answer(ticket.ID, wrong(code), from); apperr.Is(err, apperr.RateLimited) {
				return err
			}
		}
		g.Advance(g.t, 2*cooldown)
	}
	return nil
}

func limit(err error) string { return apperr.From(err).Limit }

// A stranger who submits wrong codes locks out his own network, two of them all strangers for
// a quarter of an hour, and nobody the owner.
func TestLanes(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		g.Advance(t, cooldown)
		if err := g.fail(number, away); limit(err) != "locked" {
			t.Fatalf("the stranger: %v of %q, want locked", err, limit(err))
		}
		if _, err := g.ask(number, 0x800); err != nil {
			t.Errorf("another stranger, after one has locked himself out: %v of %q", err, limit(err))
		}
		g.Advance(t, 2*cooldown)
		owner, err := g.ask(number, home+7) // a neighbour in the network
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(owner)
		if err := g.fail(number, 0x300); limit(err) != "locked" {
			t.Fatalf("another stranger: %v of %q, want locked", err, limit(err))
		}
		if _, err := g.ask(number, 0x400); limit(err) != "locked" || apperr.From(err).RetryAfter > 15*time.Minute {
			t.Errorf("a third: %v of %q in %v, want locked for a quarter of an hour", err, limit(err), apperr.From(err).RetryAfter)
		}
		if err := g.answer(owner.ID, code, 0x500); err != nil {
			t.Errorf("the owner's code in the meantime: %v", err)
		}
		g.Advance(t, 2*cooldown)
		g.prove(number, home)
		g.Advance(t, 31*24*time.Hour)
		if _, err := g.ask(number, home); err != nil {
			t.Errorf("a month later: %v", err)
		}
		if _, err := g.ask(number, away); limit(err) != "cooldown" {
			t.Errorf("a network that is no longer known: %v, want the strangers' lane", err)
		}
	})
}

// However long one network fails, every other one can get a code within a quarter of an hour.
func TestLanes_oneStranger(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Address: defaults.Address, Shares: shares, Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		for hour := range 48 {
			g.fail(number, away)
			g.Advance(t, 15*time.Minute)
			if hour%16 == 15 {
				g.prove(number, 0x10000+hour*0x100)
			}
			g.Advance(t, 45*time.Minute)
		}
	})
}

// After a hundred failures in a row, over any codes, days and networks, nobody gets a code
// without another proof. One network of strangers reaches the limit after a quarter of them,
// all strangers after three quarters.
func TestLanes_hundredFailures(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		g.Advance(t, 2*cooldown)
		for i, want := range []int64{25, 50, 75} {
			g.exhaust(number, away+i*0x100)
			if n := g.fails(); n != want {
				t.Errorf("the %d. network: %d failures were compared, want %d", i+1, n, want)
			}
		}
		if _, err := g.ask(number, 0x900); limit(err) != "locked" || apperr.From(err).RetryAfter < 24*time.Hour {
			t.Errorf("another stranger: %v, want locked", err)
		}
		g.exhaust(number, home)
		if n := g.fails(); n != 100 {
			t.Errorf("in total %d failures were compared, want 100", n)
		}
		if err := g.Proven(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		g.Advance(t, 24*time.Hour)
		for _, from := range []int{home, away} {
			if _, err := g.ask(number, from); err != nil {
				t.Errorf("after another proof, from %x: %v", from, err)
			}
		}
	})
}

// A correct code in a known network resets the failures of strangers.
func TestLanes_ownerEndsFailures(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		g.Advance(t, 2*cooldown)
		g.exhaust(number, away)
		g.prove(number, home)
		g.Advance(t, 24*time.Hour)
		if _, err := g.ask(number, away); err != nil {
			t.Errorf("after the owner's proof: %v", err)
		}
	})
}

// Beyond the caps a solved captcha enables codes again: for strangers up to the hundredth
// failure, for known networks beyond it.
func TestLanes_captchaPastTheCap(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuarded(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, true)
		solved := func(from int) error {
			g.Advance(t, 16*time.Minute)
			ticket, err := g.Issue(t.Context(), otp.Request{Address: phone(t, number), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(from), Captcha: true})
			if err != nil {
				return err
			}
			return g.answer(ticket.ID, wrong(g.code(ticket)), from)
		}
		g.prove(number, home)
		g.Advance(t, 2*cooldown)
		g.exhaust(number, away)
		g.Advance(t, 16*time.Minute)
		if _, err := g.ask(number, away); !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("the network beyond its share: %v, want captcha_required", err)
		}
		if err := solved(away); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("a wrong code after a captcha: %v, want otp_invalid", err)
		}
		g.Client.Set(t.Context(), g.keyed(number, "fails:"+g.whose()), 100, time.Hour)
		g.Advance(t, 16*time.Minute)
		if err := solved(away); limit(err) != "locked" {
			t.Errorf("a stranger beyond the cap: %v, want locked", err)
		}
		if _, err := g.ask(number, home); !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("a known network beyond the cap: %v, want captcha_required", err)
		}
		if err := solved(home); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the same with a captcha: %v, want its code compared", err)
		}
	})
}

// exhaust fails from a network until it is locked for longer than a day.
func (g guarded) exhaust(raw string, from int) {
	for range 120 {
		err := g.fail(raw, from)
		if apperr.From(err).RetryAfter > 25*time.Hour || apperr.Is(err, apperr.CaptchaRequired) {
			return
		}
		g.Advance(g.t, apperr.From(err).RetryAfter+time.Second)
	}
	g.t.Error("the network is never locked")
}

// whose returns the pseudonym of the address with failures.
func (g guarded) whose() string {
	_, who, _ := strings.Cut(g.Client.Keys(context.Background(), "ua:otp:{*}:fails:*").Val()[0], ":fails:")
	return who
}

func (g guarded) fails() int64 {
	ctx := context.Background()
	for _, key := range g.Client.Keys(ctx, "ua:otp:{*}:fails:*").Val() {
		n, _ := g.Client.Get(ctx, key).Int64()
		return n
	}
	return 0
}

// The number of networks from which an address was proven is bounded, and so is that of lanes.
func TestLanes_bounded(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		for i := range 40 {
			g.prove(number, i*0x100)
			g.Advance(t, 2*cooldown)
		}
		if keys := g.Client.Keys(t.Context(), "ua:otp:{*}:known:*").Val(); len(keys) != 16 {
			t.Errorf("%d networks are known, want 16", len(keys))
		}
		if err := g.Forget(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if keys := g.Client.Keys(t.Context(), "ua:otp:{*}:[kn]*").Val(); len(keys) != 0 {
			t.Errorf("after Forget: %v", keys)
		}
	})
}

func TestIssue_cooldownGrows(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		for i, want := range []time.Duration{cooldown, cooldown, 2 * cooldown, 2 * cooldown} {
			ticket, err := g.ask(number, 1)
			if err != nil || ticket.ResendIn != want {
				t.Fatalf("send %d: resend in %v, %v, want %v", i+1, ticket.ResendIn, err, want)
			}
			if status, err := g.Status(t.Context(), ticket.ID); err != nil || status.ResendIn > want || status.ResendIn < want-5*time.Second {
				t.Errorf("send %d: the status has %v, %v", i+1, status.ResendIn, err)
			}
			g.Advance(t, want-time.Second)
			if _, err := g.Resend(t.Context(), ticket.ID, otp.Request{Address: whose(t, g.Challenges, ticket.ID), Client: ip(1)}); limit(err) != "cooldown" {
				t.Errorf("send %d, a second too early: %v", i+1, err)
			}
			g.Advance(t, time.Second)
		}
		g.Advance(t, 61*time.Minute)
		if ticket, err := g.ask(number, 1); err != nil || ticket.ResendIn != cooldown {
			t.Errorf("an hour later: %v, %v", ticket.ResendIn, err)
		}
	})
}

// The last send of an hour reports the time of the next permitted send, not just the cooldown.
func TestIssue_resendInIsTrue(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Address: defaults.Address, Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		var last otp.Ticket
		for range 5 {
			g.Advance(t, 2*cooldown)
			var err error
			if last, err = g.ask(number, 1); err != nil {
				t.Fatal(err)
			}
		}
		if last.ResendIn < 50*time.Minute {
			t.Fatalf("the fifth of an hour reports %v", last.ResendIn)
		}
		if status, err := g.Status(t.Context(), last.ID); err != nil || status.ResendIn < 50*time.Minute {
			t.Errorf("its status has %v, %v", status.ResendIn, err)
		}
		g.Advance(t, last.ResendIn-time.Second)
		if _, err := g.ask(number, 1); limit(err) != "address" {
			t.Errorf("a second too early: %v", err)
		}
		g.Advance(t, time.Second)
		if _, err := g.ask(number, 1); err != nil {
			t.Errorf("in time: %v", err)
		}
	})
}

// After thirty wrong codes, for any challenges, the client has to wait, and further answers do
// not count as attempts.
func TestVerify_client(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Verify: defaults.Verify, Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		mine, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(mine)
		for i := range 30 {
			if err := g.answer("AAAAAAAAAAAAAAAAAAAAAAAA", "123456", 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Fatalf("wrong code %d: %v", i+1, err)
			}
		}
		before := g.dump()
		if err := g.answer(mine.ID, code, 1); limit(err) != "verify" || apperr.From(err).RetryAfter > 306*time.Second {
			t.Errorf("after 30: %v of %q", err, limit(err))
		}
		if diff := cmp.Diff(before, g.dump()); diff != "" {
			t.Errorf("the refusal changed\n%s", diff)
		}
		if err := g.answer(mine.ID, code, 2); err != nil {
			t.Errorf("another client: %v", err)
		}
	})
}

// Beyond half of a budget a captcha is required, and at its end nothing is sent. Each is
// reported once a day by all nodes together.
func TestGuard_budget(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		policy := guard.Policy{Enabled: true, DayBudget: 1_000_000, Soft: 50, Conversion: guard.Converting{Mode: guard.Off}}
		g := newGuarded(t, r, policy, true)
		send := func(i int, solved bool) error {
			_, err := g.Issue(t.Context(), otp.Request{
				Address: phone(t, fmt.Sprintf("+9198765432%02d", i)), Purpose: otp.PurposeLogin, Client: ip(i), Captcha: solved,
			})
			return err
		}
		for i := range 10 {
			if err := send(i, false); err != nil {
				t.Fatal(err)
			}
		}
		before := g.dump()
		if err := send(10, false); !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("beyond half of the budget: %v, want captcha_required", err)
		}
		if diff := cmp.Diff(before, g.dump()); diff != "" {
			t.Errorf("the demand changed\n%s", diff)
		}
		for i := range 10 {
			if err := send(10+i, true); err != nil {
				t.Fatal(err)
			}
		}
		if err := send(20, true); limit(err) != "budget" {
			t.Errorf("beyond the budget: %v", err)
		}
		want := []guard.Warning{{Class: guard.Budget, Scope: "day", Level: "soft"}, {Class: guard.Budget, Scope: "day", Level: "hard"}}
		if diff := cmp.Diff(want, *g.warnings); diff != "" {
			t.Errorf("warnings (-want +got)\n%s", diff)
		}
		other := newGuarded(t, r, policy, false)
		r.Advance(t, 26*time.Hour)
		if _, err := other.ask(number, 1); err != nil {
			t.Errorf("a day later, without captchas: %v", err)
		}
	})
}

// Used codes keep a block open.
func TestGuard_conversion(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 10, MinPercent: 20}}, func(t *testing.T, g guarded) {
		raw := func(i int) string { return fmt.Sprintf("+9198765432%02d", i) }
		for i := range 2 {
			g.prove(raw(i), i*256)
		}
		for i := 2; i < 10; i++ {
			if _, err := g.ask(raw(i), i*256); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := g.ask(raw(10), 10*256); err != nil {
			t.Errorf("two of ten networks used a code: %v", err)
		}
		if _, err := g.ask(raw(11), 1); limit(err) != "conversion" {
			t.Errorf("two of eleven: %v", err)
		}
	})
}
