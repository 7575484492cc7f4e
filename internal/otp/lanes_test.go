package otp_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// home and away are clients of two networks.
const home, away = 0x100, 0x200

// fail lets a stranger use up challenges until something refuses.
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

// A stranger who asks for codes and fails them keeps other strangers out, and
// not the owner.
func TestLanes(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Address: defaults.Address, Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		g.Advance(t, cooldown)
		owner, err := g.ask(number, home+7) // a neighbour in the network
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(owner)
		if err := g.fail(number, away); limit(err) != "locked" {
			t.Fatalf("the stranger: %v of %q, want locked", err, limit(err))
		}
		if _, err := g.ask(number, 0x300); limit(err) != "locked" {
			t.Errorf("another stranger: %v, want locked", err)
		}
		if err := g.answer(owner.ID, code, 0x400); err != nil {
			t.Errorf("the owner's code, answered on the way: %v", err)
		}
		g.Advance(t, 2*cooldown)
		g.prove(number, home)
		g.Advance(t, 31*24*time.Hour)
		if _, err := g.ask(number, home); err != nil {
			t.Errorf("a month later: %v", err)
		}
		if _, err := g.ask(number, away); limit(err) != "cooldown" {
			t.Errorf("a network that is known no more shares the strangers' lane: %v", err)
		}
	})
}

func TestLanes_cooldownAndBucket(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Address: defaults.Address, Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		if _, err := g.ask(number, home); limit(err) != "cooldown" {
			t.Errorf("at once, in the new lane: %v, want cooldown", err)
		}
		g.Advance(t, 2*time.Hour)
		for range 5 {
			if _, err := g.ask(number, away); err != nil {
				t.Fatal(err)
			}
			g.Advance(t, 2*cooldown)
		}
		if _, err := g.ask(number, away); limit(err) != "address" {
			t.Errorf("the stranger: %v of %q, want address", err, limit(err))
		}
		if _, err := g.ask(number, home); err != nil {
			t.Errorf("the owner: %v", err)
		}
	})
}

// After a hundred failures in a row, over codes and days, strangers get no codes
// until the owner has proven the address.
func TestLanes_hundredFailures(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		g.prove(number, home)
		g.Advance(t, 2*cooldown)
		exhaust := func() error {
			for range 60 {
				err := g.fail(number, away)
				if apperr.From(err).RetryAfter > 25*time.Hour {
					return err
				}
				g.Advance(t, apperr.From(err).RetryAfter+time.Second)
			}
			return nil
		}
		if err := exhaust(); limit(err) != "locked" {
			t.Fatalf("a hundred failures: %v", err)
		}
		if n := g.fails(); n != 100 {
			t.Errorf("%d failures were compared, want 100", n)
		}
		g.Advance(t, 25*time.Hour) // the lock of a day is over
		if _, err := g.ask(number, away); limit(err) != "locked" {
			t.Errorf("a day later: %v, want locked", err)
		}
		g.prove(number, home)
		g.Advance(t, time.Second) // for so long a refusal is remembered
		if _, err := g.ask(number, away); err != nil {
			t.Errorf("after the owner's proof: %v", err)
		}
		g.Advance(t, 2*cooldown)
		if err := exhaust(); limit(err) != "locked" {
			t.Fatalf("a hundred more: %v", err)
		}
		if err := g.Proven(context.Background(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		g.Advance(t, 24*time.Hour)
		if _, err := g.ask(number, away); err != nil {
			t.Errorf("after another proof: %v", err)
		}
	})
}

func (g guarded) fails() int64 {
	ctx := context.Background()
	for _, key := range g.Client.Keys(ctx, "ua:otp:{ua}:fails:*").Val() {
		n, _ := g.Client.Get(ctx, key).Int64()
		return n
	}
	return 0
}

// The networks an address was proven from are bounded, and so are its lanes.
func TestLanes_bounded(t *testing.T) {
	eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
		for i := range 40 {
			g.prove(number, i*0x100)
			g.Advance(t, 2*cooldown)
		}
		if keys := g.Client.Keys(t.Context(), "ua:otp:{ua}:known:*").Val(); len(keys) != 16 {
			t.Errorf("%d networks are known, want 16", len(keys))
		}
		if err := g.Forget(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if keys := g.Client.Keys(t.Context(), "ua:otp:{ua}:[kn]*").Val(); len(keys) != 0 {
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
				t.Errorf("send %d: the status tells %v, %v", i+1, status.ResendIn, err)
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

// The last send of an hour tells when the next may be, not only the cooldown.
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
			t.Fatalf("the fifth of an hour tells %v", last.ResendIn)
		}
		if status, err := g.Status(t.Context(), last.ID); err != nil || status.ResendIn < 50*time.Minute {
			t.Errorf("its status tells %v, %v", status.ResendIn, err)
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

// Thirty wrong codes, of whatever challenge, and the client has to wait; what it
// then asks counts no try.
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

// From half of a budget on a captcha is asked for, at its end nothing helps;
// each is told once in a day, over all nodes.
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
			t.Errorf("a day later, without a captcha to ask for: %v", err)
		}
	})
}

// Codes that are used keep a block open.
func TestGuard_conversion(t *testing.T) {
	eachGuarded(t, guard.Policy{Enabled: true, Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 10, MinPercent: 20}}, func(t *testing.T, g guarded) {
		raw := func(i int) string { return fmt.Sprintf("+9198765432%02d", i) }
		for i := range 2 {
			g.prove(raw(i), i*256)
		}
		for i := 2; i < 10; i++ {
			if _, err := g.ask(raw(i), i); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := g.ask(raw(10), 1); err != nil {
			t.Errorf("two of ten used: %v", err)
		}
		if _, err := g.ask(raw(11), 1); limit(err) != "conversion" {
			t.Errorf("two of eleven used: %v", err)
		}
	})
}
