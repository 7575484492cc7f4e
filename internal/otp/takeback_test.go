package otp_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// charges returns the non-zero counts in Redis. Clocks of buckets and TTLs are not charges.
func (g guarded) charges() map[string]map[string]string {
	ctx, all := context.Background(), map[string]map[string]string{}
	for _, key := range g.Client.Keys(ctx, "*").Val() {
		fields := g.Client.HGetAll(ctx, key).Val()
		if n, err := g.Client.Get(ctx, key).Result(); err == nil {
			fields = map[string]string{"": n}
		}
		for field, value := range fields {
			if field == "base" || field == "prior" || field == "counted" || value == "0" {
				delete(fields, field)
			}
		}
		if len(fields) > 0 && !isMark(key) {
			all[key] = fields
		}
	}
	return all
}

func (g guarded) unchanged(what string, before map[string]map[string]string) {
	g.t.Helper()
	if diff := cmp.Diff(before, g.charges()); diff != "" {
		g.t.Errorf("%s changed (-before +after):\n%s", what, diff)
	}
}

// A send that is taken back has cost nothing: no cooldown, no limit, no money and no conversion,
// for any client, and the previous code works.
func TestTakeBack(t *testing.T) {
	policy := defaults
	policy.Conversion.Mode = guard.Enforce
	policy.Global = []guard.Rate{{Limit: 300, Window: time.Hour}} // no slot ends during the test
	eachGuarded(t, policy, func(t *testing.T, g guarded) {
		ctx := t.Context()
		g.ask(otherNumber, 77) // others count in the same buckets
		before := g.charges()
		first, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.ask(number, 1); limit(err) != "cooldown" { // this is cached
			t.Fatalf("%v, want cooldown", err)
		}
		g.TakeBack(ctx, first)
		g.unchanged("an ask that was taken back", before)
		g.TakeBack(ctx, first)
		g.unchanged("taking it back twice", before)
		if _, err := g.Status(ctx, first.ID); !apperr.Is(err, apperr.NotFound) {
			t.Errorf("its challenge: %v, want not_found", err)
		}

		older, err := g.ask(number, 1)
		if err != nil {
			t.Fatalf("immediately after it: %v of %s", err, limit(err))
		}
		code := g.code(older)
		g.Advance(t, 2*cooldown)
		before = g.charges()
		newer, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		g.TakeBack(ctx, newer)
		g.unchanged("a second ask", before)
		again, err := g.Resend(ctx, older.ID, otp.Request{Address: phone(t, number), Client: ip(1)})
		if err != nil || again.Send != 2 {
			t.Fatalf("a resend of the older one: %+v, %v", again, err)
		}
		g.TakeBack(ctx, again)
		after := g.charges()
		if status, err := g.Status(ctx, older.ID); err != nil || status.ResendIn > 0 {
			t.Errorf("after a resend that was taken back: %+v, %v", status, err)
		}
		for _, kind := range []string{"ua:guard:", g.keyed(number, "cool"), g.keyed(number, "sent")} {
			for key, fields := range after {
				if len(key) > len(kind) && key[:len(kind)] == kind && !cmp.Equal(before[key], fields) {
					t.Errorf("a resend that was taken back left %s %v, was %v", key, fields, before[key])
				}
			}
		}
		if again, err = g.Resend(ctx, older.ID, otp.Request{Address: phone(t, number), Client: ip(1)}); err != nil || again.Send != 2 {
			t.Errorf("the resend again: %+v, %v, want the second send", again, err)
		}
		if err := g.answer(older.ID, code, 1); err != nil {
			t.Errorf("the older code: %v", err)
		}
	})
}

// A send that a worker has started is not taken back and stays charged.
func TestTakeBack_tooLate(t *testing.T) {
	eachGuarded(t, defaults, func(t *testing.T, g guarded) {
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(ticket)
		before := g.charges()
		g.TakeBack(t.Context(), ticket)
		g.unchanged("taking back what is sent", before)
		if err := g.answer(ticket.ID, code, 1); err != nil {
			t.Errorf("the code that was sent: %v", err)
		}
	})
}

// A request that Redis may or may not have granted blocks nobody: a retry is served once Redis
// responds again, whatever became of the first one.
func TestTakeBack_inDoubt(t *testing.T) {
	r := testkit.RealRedis(t)
	g := newGuarded(t, r, defaults, false)
	before := g.charges()
	if err := r.Client.Do(t.Context(), "CLIENT", "PAUSE", 700, "ALL").Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := g.Issue(ctx, otp.Request{Address: phone(t, number), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(1)})
	if !apperr.Is(err, apperr.Unavailable) {
		t.Fatalf("while Redis hangs: %v, want unavailable", err)
	}
	r.Client.Ping(t.Context()) // returns when Redis responds again and has run the waiting commands
	ticket, err := g.ask(number, 1)
	if err != nil {
		t.Fatalf("once Redis responds: %v of %s", err, limit(err))
	}
	g.TakeBack(t.Context(), ticket)
	if err := g.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.unchanged("an uncertain request and one that was taken back", before)
}

// If the store does not respond, the rollback happens once it does.
func TestTakeBack_later(t *testing.T) {
	r := testkit.RealRedis(t)
	g := newGuarded(t, r, defaults, false)
	before := g.charges()
	ticket, err := g.ask(number, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Client.Do(t.Context(), "CLIENT", "PAUSE", 1500, "ALL").Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	g.TakeBack(ctx, ticket)
	if err := g.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.unchanged("an ask that was taken back late", before)
}
