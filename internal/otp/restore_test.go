package otp_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

const countsKey = "ua:otp:{ua}:counts"

// trail is one address's failures, so long ago, of which the last so many are in a
// row.
func (g guarded) trail(who string, inARow int, ago ...time.Duration) map[string]otp.Failed {
	failed := otp.Failed{InARow: inARow}
	for _, d := range ago {
		failed.At = append(failed.At, g.Clock.Now().Add(-d).UnixMilli())
	}
	return map[string]otp.Failed{who: failed}
}

// tells lets the trail hold this.
func (g guarded) tells(failed map[string]otp.Failed) {
	g.Challenges.Failures = func(_ context.Context, since time.Time, most int) (map[string]otp.Failed, error) {
		if want := g.Clock.Now().Add(-90 * 24 * time.Hour); !since.Equal(want) || most != 100 {
			g.t.Errorf("the trail is asked for %d since %v, want 100 since %v", most, since, want)
		}
		return failed, nil
	}
}

// who is the pseudonym of the number, from the keys of a challenge for it.
func (g guarded) who() string {
	g.t.Helper()
	if _, err := g.ask(number, 1); err != nil {
		g.t.Fatal(err)
	}
	const cool = "ua:otp:{ua}:cool:"
	return g.Client.Keys(context.Background(), cool+"*").Val()[0][len(cool):]
}

func times(n int, ago time.Duration) (all []time.Duration) {
	for range n {
		all = append(all, ago)
	}
	return all
}

// What Redis has lost is counted as before: for how long codes are refused, and
// how many more failures are allowed.
func TestRestore(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		inARow int
		ago    []time.Duration
		wait   time.Duration // until a code is sent
		left   int           // failures until a lock, where there is none
	}{
		"none":                 {0, nil, 0, 10},
		"nine in an hour":      {9, times(9, 59*time.Minute), 0, 1},
		"nine, an hour ago":    {9, times(9, time.Hour), 0, 10},
		"ten in an hour":       {10, append(times(9, 59*time.Minute), 5*time.Minute), 10 * time.Minute, 0},
		"ten, a while ago":     {10, times(10, 15*time.Minute), 0, 1},
		"29 in a day":          {29, times(29, 23*time.Hour), 0, 1},
		"thirty in a day":      {30, append(times(29, 20*time.Hour), time.Minute), 14 * time.Minute, 0},
		"thirty, a while ago":  {30, append(times(29, 20*time.Hour), time.Hour), 0, 1},
		"thirty, and a right":  {0, append(times(29, 20*time.Hour), time.Minute), 14 * time.Minute, 0},
		"thirty, a day ago":    {30, times(30, day), 0, 10},
		"74 in a row":          {74, times(74, 40*day), 0, 1},
		"a hundred in a row":   {100, times(100, 40*day), 50 * day, 0},
		"a hundred long ago":   {100, times(100, 90*day), 0, 10},
		"a hundred, ten today": {100, append(times(90, 40*day), times(10, time.Minute)...), 90*day - time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			eachGuarded(t, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, func(t *testing.T, g guarded) {
				who := g.who()
				g.Client.FlushAll(t.Context())
				g.tells(g.trail(who, c.inARow, c.ago...))
				if c.wait > 0 {
					_, err := g.ask(number, 1)
					if limit(err) != "locked" || !near(apperr.From(err).RetryAfter, c.wait) {
						t.Fatalf("%v of %q in %v, want locked for %v", err, limit(err), apperr.From(err).RetryAfter, c.wait)
					}
					g.dump() // all keys end
					g.Advance(t, c.wait)
					if _, err := g.ask(number, 1); err != nil {
						t.Errorf("after the wait: %v", err)
					}
					return
				}
				for n := range c.left {
					ticket, err := g.ask(number, 1)
					if err != nil {
						t.Fatalf("after %d failures: %v of %q", n, err, limit(err))
					}
					if err := g.answer(ticket.ID, wrong(g.code(ticket)), 1); !apperr.Is(err, apperr.OtpInvalid) {
						t.Fatalf("failure %d: %v", n+1, err)
					}
					g.Client.Del(t.Context(), "ua:otp:{ua}:cool:"+who)
				}
				if _, err := g.ask(number, 1); limit(err) != "locked" {
					t.Errorf("after %d failures: %v, want locked", c.left, err)
				}
			})
		})
	}
}

// near tells a wait that is true to the second.
func near(got, want time.Duration) bool { return got <= want && got > want-2*time.Second }

// What Redis does hold is neither lowered nor shortened.
func TestRestore_onlyRaises(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g, ctx := newGuarded(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, false), t.Context()
		who := g.who()
		for name, c := range map[string]struct {
			held  int64
			life  time.Duration
			trail map[string]otp.Failed
			want  int64
			lives time.Duration
		}{
			"hour":  {7, 50 * time.Minute, g.trail(who, 3, times(3, 30*time.Minute)...), 7, 50 * time.Minute},
			"day":   {7, time.Hour, g.trail(who, 9, times(9, 2*time.Hour)...), 9, 22 * time.Hour},
			"fails": {70, 24 * time.Hour, g.trail(who, 90, times(90, 80*24*time.Hour)...), 90, 10 * 24 * time.Hour},
			"lock":  {1, 10 * time.Hour, g.trail(who, 10, times(10, time.Minute)...), 1, 10 * time.Hour},
		} {
			g.Client.FlushAll(ctx)
			key := "ua:otp:{ua}:" + name + ":" + who
			g.Client.Set(ctx, key, c.held, c.life)
			g.tells(c.trail)
			g.ask("+919876543219", 1) // anybody's
			n, _ := g.Client.Get(ctx, key).Int64()
			if life := g.Client.PTTL(ctx, key).Val(); n != c.want || !near(life, c.lives) {
				t.Errorf("%s: %d for %v, want %d for %v", name, n, life, c.want, c.lives)
			}
		}
		// Once the counts are there, a trail that was read before is too late.
		g.Client.Del(ctx, countsKey)
		g.Challenges.Failures = func(context.Context, time.Time, int) (map[string]otp.Failed, error) {
			g.Client.FlushAll(ctx)
			g.Client.Set(ctx, countsKey, "1", time.Hour)
			return g.trail(who, 100, times(100, time.Minute)...), nil
		}
		if _, err := g.ask(number, 1); err != nil {
			t.Errorf("beside a node that was faster: %v", err)
		}
	})
}

// Nothing is sent or compared on counts that are not all there: not when the trail
// cannot be read or takes long, and not when Redis loses its data meanwhile.
func TestRestore_failsClosed(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g, ctx := newGuarded(t, r, guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}, false), t.Context()
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code, to := g.code(ticket), phone(t, number)
		g.Client.Del(ctx, countsKey)
		before := g.dump()
		closed := func(why string) {
			t.Helper()
			var all sync.WaitGroup
			for what, try := range map[string]func() error{
				"ask":    func() error { _, err := g.ask("+919876543219", 1); return err },
				"resend": func() error { _, err := g.Resend(ctx, ticket.ID, otp.Request{Address: to, Client: ip(1)}); return err },
				"answer": func() error { return g.answer(ticket.ID, code, 1) },
			} {
				all.Go(func() {
					if err := try(); !apperr.Is(err, apperr.Unavailable) || apperr.From(err).RetryAfter <= 0 {
						t.Errorf("%s, %s: %v, want unavailable, and for how long", why, what, err)
					}
				})
			}
			all.Wait()
		}
		g.Challenges.Failures = func(context.Context, time.Time, int) (map[string]otp.Failed, error) {
			return nil, errors.New("no database")
		}
		closed("no trail")
		hold, entered := make(chan struct{}), atomic.Int32{}
		g.Challenges.Failures = func(ctx context.Context, _ time.Time, _ int) (map[string]otp.Failed, error) {
			entered.Add(1)
			<-hold
			return nil, ctx.Err()
		}
		closed("a long trail")
		if n := entered.Load(); n != 1 {
			t.Errorf("%d restorations at once, want 1", n)
		}
		for key := range before {
			if g.Client.Exists(ctx, key).Val() == 0 {
				t.Errorf("%s is gone", key)
			}
		}
		close(hold) // nobody waits for it any more, and it ends all the same
		for deadline := time.Now().Add(10 * time.Second); g.Client.Exists(ctx, countsKey).Val() == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the restoration does not end")
			}
		}
		if err := g.answer(ticket.ID, code, 1); err != nil {
			t.Errorf("the right code, once the counts are there: %v", err)
		}
		g.Client.Del(ctx, countsKey)
		g.Challenges.Failures = func(context.Context, time.Time, int) (map[string]otp.Failed, error) {
			return map[string]otp.Failed{"x": {At: []int64{1}}}, g.Client.FlushAll(ctx).Err()
		}
		closed("lost once more")
	})
}

// Every count is there before the first request is served, on whatever node, and
// however many addresses there are.
func TestRestore_atOnce(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []guarded{newGuarded(t, r, guard.Policy{}, false), newGuarded(t, r, guard.Policy{}, false)}
		all := nodes[0].trail(nodes[0].who(), 9, times(9, time.Minute)...)
		for i := range 250 {
			all[fmt.Sprint("address-", i)] = otp.Failed{At: []int64{r.Clock.Now().UnixMilli()}, InARow: 1}
		}
		r.Client.FlushAll(t.Context())
		for _, node := range nodes {
			node.tells(all)
		}
		var i, failed atomic.Int32
		parallel(50, func() {
			n := int(i.Add(1))
			ticket, err := nodes[n%2].ask(number, n)
			if err == nil {
				err = nodes[n%2].answer(ticket.ID, "x", n)
				if apperr.Is(err, apperr.OtpInvalid) {
					failed.Add(1)
				}
			}
			if apperr.Is(err, apperr.Internal) {
				t.Errorf("%v", err)
			}
		})
		if failed.Load() != 1 {
			t.Errorf("%d failures were compared beside the nine, want 1", failed.Load())
		}
		r.Advance(t, cooldown)
		if _, err := nodes[0].ask(number, 1); limit(err) != "locked" {
			t.Errorf("after the tenth: %v, want locked", err)
		}
		if keys := r.Client.Keys(t.Context(), "ua:otp:{ua}:fails:*").Val(); len(keys) != 251 {
			t.Errorf("%d addresses are restored, want 251", len(keys))
		}
	})
}
