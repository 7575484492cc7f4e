package otp_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

const otherNumber = "+919876543219"

// kept implements otp.Failures in memory. Package failure and the scenarios use a database.
type kept struct {
	mu   sync.Mutex
	rows map[string]otp.FailureCounts
	// finds counts the lookups of each name, fail is the error of every read.
	finds map[string]int
	fail  error
	hold  chan struct{}
}

func newKept(g guarded) *kept {
	k := &kept{rows: map[string]otp.FailureCounts{}, finds: map[string]int{}}
	g.Challenges.Failures = k
	return k
}

func (k *kept) Any(context.Context) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.rows) > 0, k.fail
}

func (k *kept) Find(ctx context.Context, names ...string) (otp.FailureCounts, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var found otp.FailureCounts
	for _, name := range names {
		k.finds[name]++
		if row := k.rows[name]; row.Rev > found.Rev {
			found = row
		}
	}
	if k.hold != nil {
		<-ctx.Done()
		return otp.FailureCounts{}, ctx.Err()
	}
	return found, k.fail
}

func (k *kept) Keep(name string, f otp.FailureCounts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if row := k.rows[name]; row.Rev < f.Rev {
		f.Last = max(f.Last, row.Last)
		k.rows[name] = f
	}
}

// row returns counts whose last failure is ago in the past.
func (g guarded) row(inARow, hour, day int64, hourEnds, dayEnds, ago time.Duration) otp.FailureCounts {
	at := func(d time.Duration) int64 { return g.Clock.Now().Add(d).UnixMilli() }
	return otp.FailureCounts{Rev: 1000, InARow: inARow, Hour: hour, HourEnds: at(hourEnds), Day: day, DayEnds: at(dayEnds), Last: at(-ago)}
}

// who returns the pseudonym of the number, from the keys of a challenge.
func (g guarded) who() string {
	g.t.Helper()
	if _, err := g.ask(number, 1); err != nil {
		g.t.Fatal(err)
	}
	cool := g.keyed(number, "cool:")
	return g.Client.Keys(context.Background(), cool+"*").Val()[0][len(cool):]
}

var free = guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}

// Restored counts lock an address for as long as before, and leave as many further failures.
func TestRestore(t *testing.T) {
	const day, hour, minute = 24 * time.Hour, time.Hour, time.Minute
	for name, c := range map[string]struct {
		row  func(guarded) otp.FailureCounts
		wait time.Duration // until a code is sent
		left int           // failures until a lock, where there is none
	}{
		"none":                {func(guarded) otp.FailureCounts { return otp.FailureCounts{} }, 0, 10},
		"nine in an hour":     {func(g guarded) otp.FailureCounts { return g.row(9, 9, 9, minute, 23*hour, 59*minute) }, 0, 1},
		"nine, an hour ago":   {func(g guarded) otp.FailureCounts { return g.row(9, 9, 9, 0, 23*hour, hour) }, 0, 10},
		"ten in an hour":      {func(g guarded) otp.FailureCounts { return g.row(10, 10, 10, 50*minute, 23*hour, 5*minute) }, 10 * minute, 0},
		"ten, the hour over":  {func(g guarded) otp.FailureCounts { return g.row(10, 10, 10, 0, 23*hour, 5*minute) }, 10 * minute, 0},
		"ten, a while ago":    {func(g guarded) otp.FailureCounts { return g.row(10, 10, 10, 45*minute, 23*hour, 15*minute) }, 0, 1},
		"29 in a day":         {func(g guarded) otp.FailureCounts { return g.row(29, 1, 29, 0, hour, 23*hour) }, 0, 1},
		"thirty in a day":     {func(g guarded) otp.FailureCounts { return g.row(30, 1, 30, 59*minute, 4*hour, minute) }, 14 * minute, 0},
		"thirty, and a right": {func(g guarded) otp.FailureCounts { return g.row(0, 1, 30, 59*minute, 4*hour, minute) }, 14 * minute, 0},
		"thirty, a day ago":   {func(g guarded) otp.FailureCounts { return g.row(30, 1, 30, 0, 0, day) }, 0, 10},
		"74 in a row":         {func(g guarded) otp.FailureCounts { return g.row(74, 0, 0, 0, 0, 40*day) }, 0, 1},
		"a hundred in a row":  {func(g guarded) otp.FailureCounts { return g.row(100, 0, 0, 0, 0, 40*day) }, 50 * day, 0},
		"a hundred long ago":  {func(g guarded) otp.FailureCounts { return g.row(100, 0, 0, 0, 0, 90*day) }, 0, 10},
	} {
		t.Run(name, func(t *testing.T) {
			eachGuarded(t, free, func(t *testing.T, g guarded) {
				who, kept := g.who(), newKept(g)
				g.Client.FlushAll(t.Context())
				kept.rows[who], kept.rows["another"] = c.row(g), otp.FailureCounts{Rev: 1}
				if c.wait > 0 {
					_, err := g.ask(number, 1)
					if limit(err) != "locked" || !near(apperr.From(err).RetryAfter, c.wait) {
						t.Fatalf("%v of %q in %v, want locked for %v", err, limit(err), apperr.From(err).RetryAfter, c.wait)
					}
					g.dump() // fails if a key has no TTL
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
					g.Client.Del(t.Context(), g.keyed(number, "cool:"+who))
				}
				if _, err := g.ask(number, 1); limit(err) != "locked" {
					t.Errorf("after %d failures: %v, want locked", c.left, err)
				}
			})
		})
	}
}

// near reports whether a wait is exact to the second.
func near(got, want time.Duration) bool { return got <= want && got > want-2*time.Second }

// Changed counts are stored immediately, and counting continues after a loss.
func TestRestore_keeps(t *testing.T) {
	eachGuarded(t, free, func(t *testing.T, g guarded) {
		kept := newKept(g)
		fail := func(n int) {
			t.Helper()
			for range n {
				ticket, err := g.ask(number, 1)
				if err != nil {
					t.Fatal(err)
				}
				if err := g.answer(ticket.ID, wrong(g.code(ticket)), 1); !apperr.Is(err, apperr.OtpInvalid) {
					t.Fatal(err)
				}
				g.Client.Del(t.Context(), g.Client.Keys(t.Context(), "*:cool:*").Val()...)
			}
		}
		fail(4)
		who := slices.Collect(maps.Keys(kept.rows))
		if len(who) != 1 || kept.rows[who[0]].InARow != 4 || kept.rows[who[0]].Hour != 4 || kept.rows[who[0]].Day != 4 {
			t.Fatalf("after four failures %+v are kept", kept.rows)
		}
		g.Client.FlushAll(t.Context())
		fail(3)
		if row := kept.rows[who[0]]; row.InARow != 7 || row.Hour != 7 || row.Rev != 7 {
			t.Errorf("after three more and a loss: %+v, want 7 in total", row)
		}
		g.prove(number, 1)
		if row := kept.rows[who[0]]; row.InARow != 0 || row.Hour != 7 || row.Last == 0 || row.Rev != 8 {
			t.Errorf("after a correct code %+v, want none in a row and seven in the hour", row)
		}
		g.Client.Del(t.Context(), g.Client.Keys(t.Context(), "*:cool:*").Val()...)
		fail(1)
		g.Client.FlushAll(t.Context())
		if err := g.Proven(t.Context(), phone(t, number)); err != nil {
			t.Fatal(err)
		}
		if row := kept.rows[who[0]]; row.InARow != 0 || row.Rev != 10 {
			t.Errorf("after another proof and a loss: %+v", row)
		}
		g.prove(otherNumber, 1)
		if len(kept.rows) != 1 {
			t.Errorf("a correct code without failures is stored: %+v", kept.rows)
		}
	})
}

// Counts and TTLs that Redis does have are never lowered.
func TestRestore_onlyRaises(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g, ctx := newGuarded(t, r, free, false), t.Context()
		who, kept, client := g.who(), newKept(g), 1
		for name, c := range map[string]struct {
			held  int64
			life  time.Duration
			row   otp.FailureCounts
			want  int64
			lives time.Duration
		}{
			"hour":  {7, 50 * time.Minute, g.row(3, 3, 3, 30*time.Minute, time.Hour, 30*time.Minute), 7, 50 * time.Minute},
			"day":   {7, time.Hour, g.row(9, 0, 9, 0, 22*time.Hour, 2*time.Hour), 9, 22 * time.Hour},
			"fails": {70, 24 * time.Hour, g.row(90, 0, 0, 0, 0, 80*24*time.Hour), 90, 10 * 24 * time.Hour},
			"lock":  {1, 10 * time.Hour, g.row(10, 10, 10, time.Hour, time.Hour, time.Minute), 1, 10 * time.Hour},
		} {
			g.Client.FlushAll(ctx)
			key := g.keyed(number, name+":"+who)
			g.Client.Set(ctx, key, c.held, c.life)
			kept.rows[who] = c.row
			client += 256 // a refusal is cached
			_, _ = g.ask(number, client)
			n, _ := g.Client.Get(ctx, key).Int64()
			if life := g.Client.PTTL(ctx, key).Val(); n != c.want || !near(life, c.lives) {
				t.Errorf("%s: %d for %v, want %d for %v", name, n, life, c.want, c.lives)
			}
		}
	})
}

// While counts cannot be read, no code is sent to their address and none is compared. Other
// addresses are not affected.
func TestRestore_failsClosed(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g, ctx := newGuarded(t, r, free, false), t.Context()
		kept := newKept(g)
		kept.rows["another"] = otp.FailureCounts{Rev: 1}
		if _, err := g.ask(otherNumber, 2); err != nil { // restored
			t.Fatal(err)
		}
		const marks = "ua:otp:{*}:restored:*"
		others := g.Client.Keys(ctx, marks).Val()
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code, to := g.code(ticket), phone(t, number)
		for _, mark := range g.Client.Keys(ctx, marks).Val() {
			if mark != others[0] { // the number is not marked as restored
				g.Client.Del(ctx, mark)
			}
		}
		closed := func(why string) {
			t.Helper()
			var all sync.WaitGroup
			defer all.Wait()
			for what, try := range map[string]func() error{
				"ask":    func() error { _, err := g.ask(number, 3); return err },
				"resend": func() error { _, err := g.Resend(ctx, ticket.ID, otp.Request{Address: to, Client: ip(1)}); return err },
				"answer": func() error { return g.answer(ticket.ID, code, 1) },
				"proof":  func() error { return g.Proven(ctx, to) },
			} {
				all.Go(func() {
					if err := try(); !apperr.Is(err, apperr.Unavailable) || apperr.From(err).RetryAfter <= 0 {
						t.Errorf("%s, %s: %v, want unavailable, and for how long", why, what, err)
					}
				})
			}
		}
		kept.fail = errors.New("no database")
		closed("no database")
		if _, err := g.ask(otherNumber, 2); limit(err) != "cooldown" {
			t.Errorf("another number: %v, want cooldown", err)
		}
		kept.fail, kept.hold = nil, make(chan struct{})
		closed("a database that hangs")
		kept.hold = nil
		if err := g.answer(ticket.ID, code, 1); err != nil {
			t.Errorf("the correct code, once the counts are restored: %v", err)
		}
	})
}

// Challenges from before a loss stop working, because they may have been used since.
func TestLost(t *testing.T) {
	eachGuarded(t, free, func(t *testing.T, g guarded) {
		ctx := t.Context()
		newKept(g)
		used, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		code := g.code(used)
		lent, err := g.ask(otherNumber, 1)
		if err != nil {
			t.Fatal(err)
		}
		lentCode := g.code(lent)
		if err := g.answer(lent.ID, lentCode, 1); err != nil {
			t.Fatal(err)
		}
		if err := g.Lost(ctx); err != nil {
			t.Fatal(err)
		}
		g.Advance(t, 10*time.Second) // the second one is no longer reserved
		for id, code := range map[string]string{used.ID: code, lent.ID: lentCode} {
			if err := g.answer(id, code, 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("an older code: %v, want otp_invalid", err)
			}
		}
		if _, err := g.Resend(ctx, used.ID, otp.Request{Address: phone(t, number), Client: ip(1)}); !apperr.Is(err, apperr.NotFound) {
			t.Errorf("a resend: %v, want not_found", err)
		}
		if _, err := g.Status(ctx, used.ID); !apperr.Is(err, apperr.NotFound) {
			t.Errorf("its status: %v, want not_found", err)
		}
		if out, err := g.Claim(ctx, used.ID, 1, true); err == nil {
			t.Errorf("it would be sent: %+v", out)
		}
		g.Advance(t, 2*cooldown)
		g.prove(number, 1)
	})
}

// Of concurrent requests on several nodes, none is served before the counts of its address are
// restored.
func TestRestore_atOnce(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		nodes := []guarded{newGuarded(t, r, guard.Policy{}, false), newGuarded(t, r, guard.Policy{}, false)}
		who := nodes[0].who()
		kept := newKept(nodes[0])
		nodes[1].Challenges.Failures = kept
		kept.rows[who] = nodes[0].row(9, 9, 9, 59*time.Minute, 23*time.Hour, time.Minute)
		r.Client.FlushAll(t.Context())
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
			t.Errorf("%d failures were compared besides the nine, want 1", failed.Load())
		}
		r.Advance(t, cooldown)
		if _, err := nodes[0].ask(number, 1); limit(err) != "locked" {
			t.Errorf("after the tenth: %v, want locked", err)
		}
		if n := kept.finds[who]; n < 1 || n > 2*50 {
			t.Errorf("the row was read %d times", n)
		}
	})
}

// If nothing was ever stored, a loss costs no reads.
func TestRestore_nothingKept(t *testing.T) {
	eachGuarded(t, free, func(t *testing.T, g guarded) {
		kept := newKept(g)
		for i := range 20 {
			if _, err := g.ask(fmt.Sprintf("+91987654%04d", 4000+i), i); err != nil {
				t.Fatal(err)
			}
		}
		if len(kept.finds) != 0 || len(g.Client.Keys(t.Context(), "ua:otp:{*}:lost").Val()) != 0 {
			t.Errorf("%d reads although nothing is stored", len(kept.finds))
		}
	})
}
