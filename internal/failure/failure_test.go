package failure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/failure"
	"user-api/internal/otp"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

var ctx = context.Background()

func newKeeper(db *store.DB, clock *testkit.Clock) *failure.Keeper {
	return failure.New(failure.Options{Rows: model.NewFailureModel(db.Conn), Now: clock.Now})
}

func drain(t *testing.T, k *failure.Keeper) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := k.Drain(ctx); err != nil {
		t.Error(err)
	}
}

// The newest state is read, in whatever order, by whichever node and however often states
// are written.
func TestKeeper_newestHolds(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		far := clock.Now().Add(time.Hour).UnixMilli()
		state := func(rev, inARow, last int64) otp.FailureCounts {
			return otp.FailureCounts{Rev: rev, InARow: inARow, Hour: rev, HourEnds: 7, Day: rev, DayEnds: 8, Last: last, Expires: far}
		}
		reader := newKeeper(db, clock)
		defer drain(t, reader)
		if kept, err := reader.Any(ctx); kept || err != nil {
			t.Errorf("an empty table keeps some: %v, %v", kept, err)
		}
		a, b := newKeeper(db, clock), newKeeper(db, clock)
		a.Keep("ann", state(1, 1, 1))
		a.Keep("ann", state(2, 2, 2))
		a.Keep("ann", state(3, 0, 0)) // a correct code
		a.Keep("bob", state(5, 5, 5))
		b.Keep("bob", state(4, 4, 4))
		b.Keep("ann", state(2, 2, 2))
		for i := range 450 { // more than two batches, from both nodes concurrently
			a.Keep(fmt.Sprint("crowd-", i), state(1, 1, 1))
			b.Keep(fmt.Sprint("crowd-", i), state(2, 2, 2))
		}
		done := make(chan struct{})
		go func() { defer close(done); drain(t, b) }()
		drain(t, a)
		<-done
		c := newKeeper(db, clock)
		c.Keep("bob", state(3, 3, 3))
		drain(t, c)
		for name, want := range map[string]otp.FailureCounts{
			"ann": state(3, 0, 2), "bob": state(5, 5, 5), "crowd-449": state(2, 2, 2), "nobody": {},
		} {
			got, err := reader.Find(ctx, name)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
		if got, err := reader.Find(ctx, "ann", "bob"); err != nil || got.Rev != 5 {
			t.Errorf("of two names: %+v, %v, want the one that was changed last", got, err)
		}
		if kept, err := reader.Any(ctx); !kept || err != nil {
			t.Errorf("Any: %v, %v", kept, err)
		}
		db.Close()
		if _, err := reader.Find(ctx, "ann"); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("without a database: %v, want unavailable", err)
		}
	})
}

// Rows are deleted when none of their counts are valid, and a restarted counter is not
// blocked by an expired one.
func TestKeeper_purge(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		k, now := newKeeper(db, clock), clock.Now().UnixMilli()
		for i := range 1200 {
			k.Keep(fmt.Sprint("old-", i), otp.FailureCounts{Rev: 1, Last: now, Expires: now + 1000})
		}
		k.Keep("long", otp.FailureCounts{Rev: 50, Last: now, Expires: now + 1000})
		k.Keep("new", otp.FailureCounts{Rev: 1, Last: now, Expires: now + 3_600_000})
		drain(t, k)
		clock.Add(2 * time.Second)
		k = newKeeper(db, clock)
		k.Keep("long", otp.FailureCounts{Rev: 1, Last: now + 2000, Expires: now + 3_600_000})
		drain(t, k)
		if n, err := k.Purge(ctx); n != 1200 || err != nil {
			t.Errorf("Purge: %d, %v, want 1200", n, err)
		}
		for name, rev := range map[string]int64{"old-7": 0, "long": 1, "new": 1} {
			if got, err := k.Find(ctx, name); err != nil || got.Rev != rev {
				t.Errorf("%s: %+v, %v, want revision %d", name, got, err, rev)
			}
		}
	})
}
