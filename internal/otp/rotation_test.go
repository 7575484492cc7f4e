package otp_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

// The nodes of a rotation, in the order in which they are started: the old secret alone, the
// new one published next to it, the two swapped, the old one retired.
var steps = []keyring.Secrets{
	{Pepper: pepper("1")},
	{Pepper: pepper("1"), PrevPepper: pepper("2")},
	{Pepper: pepper("2"), PrevPepper: pepper("1")},
	{Pepper: pepper("2")},
}

// separate has the same steps for the secret of pseudonyms, which used to be the pepper.
var separate = []keyring.Secrets{
	{Pepper: pepper("1")},
	{Pepper: pepper("1"), PrevPseudonym: pepper("2")},
	{Pepper: pepper("1"), Pseudonym: pepper("2"), PrevPseudonym: pepper("1")},
	{Pepper: pepper("1"), Pseudonym: pepper("2")},
}

func eachRotation(t *testing.T, p guard.Policy, test func(t *testing.T, node func(step int) guarded)) {
	for name, secrets := range map[string][]keyring.Secrets{"pepper": steps, "pseudonyms": separate} {
		t.Run(name, func(t *testing.T) {
			everyRedis(t, func(t *testing.T, r *testkit.Redis) {
				nodes := map[int]guarded{}
				test(t, func(step int) guarded {
					if _, made := nodes[step]; !made {
						nodes[step] = newNode(t, r, p, false, secrets[step])
					}
					return nodes[step]
				})
			})
		})
	}
}

// Two nodes that run concurrently understand each other's challenges, whichever is one step
// ahead.
func TestRotation_challenges(t *testing.T) {
	eachRotation(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, node func(int) guarded) {
		for _, pair := range [][2]int{{0, 1}, {1, 0}, {1, 2}, {2, 1}, {2, 3}, {3, 2}} {
			mine, other, ctx := node(pair[0]), node(pair[1]), context.Background()
			mine.Advance(t, 2*time.Hour)
			ticket, err := mine.ask(number, 1)
			if err != nil {
				t.Fatalf("%v: %v", pair, err)
			}
			code := mine.code(ticket)
			if out, err := other.Claim(ctx, ticket.ID, ticket.Send, true); err != nil || out.Code != code || out.To != number {
				t.Errorf("%v: the other node would send %+v, %v, want %s", pair, out, err, code)
			}
			if _, err := other.ask(number, 1); limit(err) != "cooldown" {
				t.Errorf("%v: another code at the other node: %v, want cooldown", pair, err)
			}
			if status, err := other.Status(ctx, ticket.ID); err != nil || status.ResendIn < cooldown-5*time.Second {
				t.Errorf("%v: the other node's status is %+v, %v", pair, status, err)
			}
			mine.Advance(t, 2*cooldown)
			again, err := other.Resend(ctx, ticket.ID, otp.Request{Address: phone(t, number), Client: ip(1)})
			if err != nil {
				t.Fatalf("%v: resend: %v", pair, err)
			}
			if repeated := mine.code(again); repeated != code {
				t.Errorf("%v: a resend by the other node has another code", pair)
			}
			if err := other.answer(ticket.ID, "AAAAAA", 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("%v: a wrong code: %v", pair, err)
			}
			if err := other.answer(ticket.ID, code, 1); err != nil {
				t.Errorf("%v: the correct code at the other node: %v", pair, err)
			}
			other.done(ticket.ID)
			if err := mine.answer(ticket.ID, code, 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("%v: the code again: %v", pair, err)
			}
		}
	})
}

// A new code ends the previous one, whichever node issued it.
func TestRotation_oneLiveCode(t *testing.T) {
	eachRotation(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, node func(int) guarded) {
		old, swapped := node(1), node(2)
		for _, pair := range [][2]guarded{{old, swapped}, {swapped, old}} {
			pair[0].Advance(t, 2*cooldown)
			first, err := pair[0].ask(number, 1)
			if err != nil {
				t.Fatal(err)
			}
			code := pair[0].code(first)
			pair[0].Advance(t, 2*cooldown)
			if _, err := pair[1].ask(number, 1); err != nil {
				t.Fatal(err)
			}
			if err := pair[0].answer(first.ID, code, 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("the previous code still works: %v", err)
			}
		}
	})
}

// A code that is given back works again at either node, but not after a newer one from either
// node.
func TestRotation_givenBack(t *testing.T) {
	eachRotation(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, node func(int) guarded) {
		old, swapped := node(1), node(2)
		old.prove(number, home) // everything below is in one lane
		for _, pair := range [][2]guarded{{old, swapped}, {swapped, old}} {
			mine, other := pair[0], pair[1]
			mine.Advance(t, 2*time.Hour)
			ticket, err := mine.ask(number, home)
			if err != nil {
				t.Fatal(err)
			}
			code := mine.code(ticket)
			for _, g := range []guarded{mine, other, mine} {
				if err := g.answer(ticket.ID, code, home); err != nil {
					t.Fatalf("a correct code: %v", err)
				}
				g.giveBack(ticket.ID)
			}
			if err := other.answer(ticket.ID, code, home); err != nil {
				t.Fatal(err)
			}
			if err := mine.Client.Del(t.Context(), mine.Client.Keys(t.Context(), "*:cool:*").Val()...).Err(); err != nil {
				t.Fatal(err)
			}
			mine.Advance(t, time.Second)
			if _, err := mine.ask(number, home); err != nil {
				t.Fatal(err)
			}
			other.giveBack(ticket.ID)
			if err := mine.answer(ticket.ID, code, home); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("a code after a newer one: %v, want otp_invalid", err)
			}
		}
	})
}

// Ten failures lock an address, and an hour has five sends, however they are distributed over
// the nodes of a rotation.
func TestRotation_countsAreKept(t *testing.T) {
	policy := guard.Policy{Enabled: true, Address: []guard.Rate{{Limit: 6, Window: time.Hour}}, Conversion: guard.Converting{Mode: guard.Off}}
	eachRotation(t, policy, func(t *testing.T, node func(int) guarded) {
		node(0).prove(number, home) // the first send; home has its own lane now
		var ticket otp.Ticket
		for i, step := range []int{0, 1, 2, 1, 2} { // the other five, and ten failures
			g := node(step)
			g.Advance(t, 2*cooldown)
			var err error
			if ticket, err = g.ask(number, away); err != nil {
				t.Fatalf("send %d: %v of %s", i+2, err, limit(err))
			}
			for range 2 {
				if err := g.answer(ticket.ID, "AAAAAA", away); !apperr.Is(err, apperr.OtpInvalid) {
					t.Fatalf("a failure of send %d: %v", i+2, err)
				}
			}
		}
		last := node(3)
		if err := last.answer(ticket.ID, "AAAAAA", away); limit(err) != "locked" {
			t.Errorf("after ten failures: %v, want locked", err)
		}
		if n := last.fails(); n != 10 {
			t.Errorf("%d failures in a row are counted, want 10", n)
		}
		last.Advance(t, 16*time.Minute)
		if _, err := last.ask(number, away); limit(err) != "address" {
			t.Errorf("the seventh send of an hour: %v, want address", err)
		}
		if err := last.Proven(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if n := last.fails(); n != 0 {
			t.Errorf("after a proof %d failures are left", n)
		}
	})
}

// The owner's network stays known, and keeps its own cooldown, after the old secret is gone.
func TestRotation_knownNetworks(t *testing.T) {
	eachRotation(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, node func(int) guarded) {
		node(0).prove(number, home)
		for _, step := range []int{1, 2, 1, 2, 3} {
			g := node(step)
			g.Advance(t, 2*time.Hour)
			if _, err := g.ask(number, away); err != nil {
				t.Fatalf("a stranger at node %d: %v", step, err)
			}
			if _, err := g.ask(number, away); limit(err) != "cooldown" {
				t.Errorf("a stranger at node %d, immediately: %v, want cooldown", step, err)
			}
			if _, err := g.ask(number, home); err != nil {
				t.Errorf("the owner at node %d: %v of %s", step, err, limit(err))
			}
		}
	})
}

// A node that knew only one secret has counted concurrently. Duplicate counts are added up.
func TestRotation_countsAddUp(t *testing.T) {
	policy := guard.Policy{Enabled: true, Address: []guard.Rate{{Limit: 4, Window: time.Hour}}, Conversion: guard.Converting{Mode: guard.Off}}
	eachRotation(t, policy, func(t *testing.T, node func(int) guarded) {
		for _, step := range []int{0, 3, 0} {
			g := node(step)
			g.Advance(t, 2*cooldown)
			ticket, err := g.ask(number, 1)
			if err != nil {
				t.Fatal(err)
			}
			if err := g.answer(ticket.ID, "AAAAAA", 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Fatal(err)
			}
		}
		g := node(2)
		g.Advance(t, 2*cooldown)
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatalf("the fourth send: %v of %s", err, limit(err))
		}
		if err := g.answer(ticket.ID, "AAAAAA", 1); !apperr.Is(err, apperr.OtpInvalid) {
			t.Fatal(err)
		}
		if n := g.fails(); n != 4 {
			t.Errorf("%d failures, want 4", n)
		}
		g.Advance(t, 5*cooldown)
		if _, err := g.ask(number, 1); limit(err) != "address" {
			t.Errorf("the fifth send: %v, want address", err)
		}
	})
}

func TestRotation_forget(t *testing.T) {
	eachRotation(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, node func(int) guarded) {
		for i, step := range []int{0, 1, 2, 1} {
			node(step).prove(number, i*0x100)
			node(step).Advance(t, 2*cooldown)
		}
		if err := node(2).Forget(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if keys := node(2).Client.Keys(t.Context(), "ua:otp:{*}:[kn]*").Val(); len(keys) != 0 {
			t.Errorf("after Forget: %v", keys)
		}
	})
}

// repeating returns the same bytes for every id, and distinct bytes otherwise.
type repeating struct{ n byte }

func (r *repeating) Read(p []byte) (int, error) {
	if len(p) == 18 { // an id
		copy(p, bytes.Repeat([]byte{7}, 18))
		return len(p), nil
	}
	for i := range p {
		r.n++
		p[i] = r.n
	}
	return len(p), nil
}

// Without the store, the pepper and all public data of a challenge do not determine its code:
// two challenges that share all of that have different codes.
func TestCode_needsTheStore(t *testing.T) {
	r, random := testkit.EmbeddedRedis(t), &repeating{}
	codes := map[string]bool{}
	for range 4 {
		g := newNodeOf(t, r, random)
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		if ticket.ID != "BwcHBwcHBwcHBwcHBwcHBwcH" {
			t.Fatalf("the id is %s: the challenges differ in public data", ticket.ID)
		}
		codes[g.code(ticket)] = true
		if again := g.code(ticket); !codes[again] || len(codes) == 0 {
			t.Error("the code of a challenge differs between attempts")
		}
		r.Client.FlushAll(t.Context())
	}
	if len(codes) != 4 {
		t.Errorf("four challenges with equal public data have %d codes, want 4", len(codes))
	}
}

// The store alone holds neither the salt nor the address in plaintext, and another pepper opens
// neither.
func TestCode_needsThePepper(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newNode(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, false, keyring.Secrets{Pepper: pepper("1")})
	thief := newNode(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, false, keyring.Secrets{Pepper: pepper("3")})
	ticket, err := g.ask(number, 1)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := thief.Claim(t.Context(), ticket.ID, ticket.Send, true); err == nil {
		t.Errorf("another pepper gives %+v", out)
	}
}

func newNodeOf(t *testing.T, r *testkit.Redis, random io.Reader) guarded {
	t.Helper()
	ring, err := keyring.New(pepper("p"), random)
	if err != nil {
		t.Fatal(err)
	}
	challenges, err := otp.New(otp.Options{
		Redis: r.Client, Ring: ring, Rand: random, Expire: expire, Cooldown: cooldown, Attempts: 5, Guard: newGuard(r, ring),
		Lengths: map[address.Kind]int{address.KindPhone: 6, address.KindEmail: 8}, Now: r.Clock.Now, Failures: noFailures{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return guarded{fixture{challenges, r, t}, nil}
}

// A challenge of the first release has no salt. The code that its owner holds is verified, but
// it cannot be sent again, because it cannot be derived without a salt.
func TestCode_challengeOfTheFirstRelease(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuarded(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, false)
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(ticket)
		ring, err := keyring.New(pepper("p"), &repeating{})
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := ring.Seal("challenge "+ticket.ID, []byte(phone(t, number).Record()))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Client.HSet(t.Context(), g.keyed(number, "c:"+ticket.ID), "address", sealed).Err(); err != nil {
			t.Fatal(err)
		}
		if out, err := g.Claim(t.Context(), ticket.ID, ticket.Send, true); err == nil {
			t.Errorf("a code is derived without a salt: %+v", out)
		}
		if _, err := g.Status(t.Context(), ticket.ID); err != nil {
			t.Errorf("its status: %v", err)
		}
		if err := g.answer(ticket.ID, code, 1); err != nil {
			t.Errorf("the code that was sent before: %v", err)
		}
	})
}
