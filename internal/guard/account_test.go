package guard_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/testkit"
)

// stranger returns a client in the i-th unknown network.
func stranger(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, byte(i / 256), byte(i), 1}) }

// spray tries a wrong password n times, from the given number of networks in turn, and returns
// how many attempts were admitted.
func spray(t *testing.T, g *guard.Guard, name string, n, networks int) (passed int) {
	t.Helper()
	for i := range n {
		if _, err := g.TryAccount(t.Context(), guard.Account{Name: name, Client: stranger(i % networks)}); err == nil {
			passed++
		}
	}
	return passed
}

// From any number of networks, strangers can fail 75 times in a row and everybody together 100
// times. A known network can continue in between, and a sign-in resets the count.
func TestTryAccount(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g, ctx := newGuard(t, r, guard.Policy{}), t.Context()
		if err := g.Proven(ctx, "ann", alice); err != nil {
			t.Fatal(err)
		}
		if n := spray(t, g, "ann", 200, 20); n != 75 {
			t.Errorf("%d of 200 failures from 20 networks were admitted, want 75", n)
		}
		before := dump(t, r.Client)
		_, err := g.TryAccount(ctx, guard.Account{Name: "ann", Client: mallory})
		if wait(t, err) < 89*86400 || apperr.From(err).Limit != "account" {
			t.Errorf("a new network: %+v, want account for 90 days", err)
		}
		if diff := cmp.Diff(before, dump(t, r.Client)); diff != "" {
			t.Errorf("a refusal changed\n%s", diff)
		}
		for _, same := range []guard.Account{
			{Name: "ann", Client: alice}, {Name: "ann", Client: mallory, SignedIn: true}, {Name: "bob", Client: mallory},
		} {
			giveBack, err := g.TryAccount(ctx, same)
			if err != nil {
				t.Fatalf("%+v: %v", same, err)
			}
			giveBack()
		}
		passed := 0
		for range 40 {
			if _, err := g.TryAccount(ctx, guard.Account{Name: "ann", Client: alice}); err == nil {
				passed++
			}
		}
		if passed != 25 {
			t.Errorf("%d more failures from the known network were admitted, want 25", passed)
		}
		if err := g.Proven(ctx, "ann", mallory); err != nil {
			t.Fatal(err)
		}
		r.Advance(t, time.Second) // a refusal is cached for a second
		if n := spray(t, g, "ann", 200, 20); n != 75 {
			t.Errorf("after a sign-in %d failures were admitted, want 75 again", n)
		}
	})
}

// One network of strangers can use a third of the strangers' failures.
func TestTryAccount_oneNetwork(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{})
		if n := spray(t, g, "ann", 100, 1); n != 25 {
			t.Errorf("one network failed %d times, want 25", n)
		}
		if _, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: mallory}); err != nil {
			t.Errorf("another one: %v", err)
		}
	})
}

func TestTryAccount_captcha(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{})
		g.Captcha = true
		spray(t, g, "ann", 200, 20)
		if _, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: mallory}); !apperr.Is(err, apperr.CaptchaRequired) {
			t.Errorf("a stranger: %v, want captcha_required", err)
		}
		solved := 0
		for range 40 {
			if _, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: mallory, Captcha: true}); err == nil {
				solved++
			}
		}
		if solved != 25 {
			t.Errorf("%d failures with a captcha were admitted, want 25: a hundred in total", solved)
		}
	})
}

// Parallel attempts cannot exceed the cap.
func TestTryAccount_parallel(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []*guard.Guard{newGuard(t, r, guard.Policy{}), newGuard(t, r, guard.Policy{})}
		var mu sync.Mutex
		var all sync.WaitGroup
		passed := 0
		for i := range 300 {
			all.Go(func() {
				if _, err := nodes[i%2].TryAccount(t.Context(), guard.Account{Name: "ann", Client: stranger(i % 30)}); err == nil {
					mu.Lock()
					passed++
					mu.Unlock()
				}
			})
		}
		if all.Wait(); passed != 75 {
			t.Errorf("%d of 300 parallel failures were admitted, want 75", passed)
		}
	})
}

// A success leaves no key behind, and failures in a row expire 90 days after the last one.
func TestTryAccount_leaves(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{})
		for range 200 {
			giveBack, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: alice})
			if err != nil {
				t.Fatal(err)
			}
			giveBack()
		}
		if left := dump(t, r.Client); len(left) > 0 {
			t.Errorf("correct passwords leave %v", left)
		}
		spray(t, g, "ann", 75, 20)
		r.Advance(t, 90*24*time.Hour+time.Second)
		if left := dump(t, r.Client); len(left) > 0 {
			t.Errorf("%v is left after 90 days", left)
		}
	})
}

// The networks of the last sixteen sign-ins are known. An erased account has none.
func TestProven_networks(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{})
		for i := range 17 {
			if err := g.Proven(t.Context(), "ann", stranger(1000+i)); err != nil {
				t.Fatal(err)
			}
			r.Advance(t, time.Second)
		}
		spray(t, g, "ann", 100, 20)
		for i := range 17 {
			giveBack, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: stranger(1000 + i)})
			if (err == nil) != (i > 0) {
				t.Errorf("the network of sign-in %d of 17: %v", i+1, err)
			}
			if err == nil {
				giveBack()
			}
		}
		if err := g.Forget(t.Context(), "ann"); err != nil {
			t.Fatal(err)
		}
		if left := dump(t, r.Client); len(left) > 0 {
			t.Errorf("an erased account leaves %v", left)
		}
	})
}

// Without Redis nothing is counted, and nobody is locked out.
func TestTryAccount_withoutRedis(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	nowhere := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer nowhere.Close()
	g := newGuard(t, &testkit.Redis{Client: nowhere, Clock: r.Clock}, guard.Policy{})
	if giveBack, err := g.TryAccount(t.Context(), guard.Account{Name: "ann", Client: alice}); err != nil {
		t.Errorf("without Redis: %v", err)
	} else {
		giveBack()
	}
}

// A successful sign-in is refunded its failure, but not its attempt.
func TestTry_attempts(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{
			Account: []guard.Rate{{3, 15 * time.Minute}}, Password: []guard.Rate{{5, time.Hour}}, Attempts: []guard.Rate{{30, time.Hour}},
		})
		signedIn := 0
		for i := range 100 {
			name := fmt.Sprint("user ", i%10)
			charge, err := g.Try(t.Context(), g.ForPassword(name, alice), name)
			if err != nil {
				wait(t, err)
				break
			}
			signedIn++
			charge.Refund(t.Context())
		}
		if signedIn != 30 {
			t.Errorf("%d correct passwords of one client were admitted, want 30", signedIn)
		}
	})
}

// Operations of a user, and refused requests of a session, have their own limits.
func TestUserLimits(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		g := newGuard(t, r, guard.Policy{
			Lookups: []guard.Rate{{3, time.Minute}}, Renames: []guard.Rate{{4, time.Hour}}, Acts: []guard.Rate{{5, time.Hour}},
			Refusals: []guard.Rate{{6, time.Hour}}, Demands: []guard.Rate{{2, time.Hour}},
		})
		for limit, c := range map[string]struct {
			plan  guard.Plan
			other guard.Plan
			most  int
		}{
			"lookup":  {g.ForLookup(alice), g.ForLookup(mallory), 3},
			"captcha": {g.ForDemand(alice), g.ForDemand(mallory), 2},
			"rename":  {g.ForRename(7, alice), g.ForRename(8, alice), 4},
			"act":     {g.ForAct("s", alice), g.ForAct("t", alice), 5},
		} {
			for i := range c.most + 1 {
				if err := g.Spend(t.Context(), c.plan); (err == nil) != (i < c.most) {
					t.Errorf("%s %d: %v", limit, i+1, err)
				} else if err != nil && apperr.From(err).Limit != limit {
					t.Errorf("%s is refused by %s", limit, apperr.From(err).Limit)
				}
			}
			if err := g.Spend(t.Context(), c.other); err != nil {
				t.Errorf("%s of another user: %v", limit, err)
			}
		}
		for range 7 {
			if err := g.RecallRefused("s"); err != nil {
				t.Errorf("below the limit: %v", err)
			}
			g.ChargeRefused(t.Context(), "s")
		}
		if err := g.RecallRefused("s"); apperr.From(err).Limit != "refused" {
			t.Errorf("above the limit: %v", err)
		}
		if err := g.RecallRefused("t"); err != nil {
			t.Errorf("another session: %v", err)
		}
	})
}
