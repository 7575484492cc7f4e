package tally_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/store"
	"user-api/internal/tally"
	"user-api/internal/testkit"
	"user-api/model"
)

const day = 24 * time.Hour

var ctx = context.Background()

func TestMain(m *testing.M) { testkit.Main(m) }

func table(db *store.DB) model.TallyModel {
	return model.NewTallyModel(db.Conn, db.Dialect.Adding("n"))
}

func newTally(t *testing.T, rows model.TallyModel, now func() time.Time) *tally.Tally {
	t.Helper()
	made, err := tally.New(tally.Options{Rows: rows, Retention: 400 * day, Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// read returns the sums of the series between two times.
func read(t *testing.T, from *tally.Tally, begin, end time.Time, step time.Duration) map[string][]int64 {
	t.Helper()
	series, err := from.Read(ctx, begin, end, step)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]int64{}
	for _, s := range series {
		got[string(s.Kind)+" "+s.Label] = s.Points
	}
	return got
}

// unsure is a table whose responses to writes are lost, whether or not the writes arrive.
type unsure struct {
	model.TallyModel
	lost, arrives bool
}

func (u *unsure) Add(ctx context.Context, writer string, batch int64, counts map[string]int64) error {
	if u.lost && !u.arrives {
		return errors.New("the answer is lost")
	}
	err := u.TallyModel.Add(ctx, writer, batch, counts)
	if u.lost {
		return errors.New("the answer is lost")
	}
	return err
}

// An event counts in the ten minutes, the hour and the day in which it happened, whenever it is
// written, and counts once even if responses of the database are lost.
func TestTally(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
		now := noon.Add(4 * time.Minute)
		rows := &unsure{TallyModel: table(db)}
		one, two := newTally(t, rows, func() time.Time { return now }), newTally(t, table(db), func() time.Time { return now })
		phone, err := address.Parse("+919876543210", "")
		if err != nil {
			t.Fatal(err)
		}
		mail, err := address.Parse("ann@example.com", "")
		if err != nil {
			t.Fatal(err)
		}
		one.Keep(ctx, event.Event{Kind: event.CodeAsked, Address: phone})
		one.Keep(ctx, event.Event{Kind: event.CodeAsked, Address: mail})
		one.Keep(ctx, event.Event{Kind: event.MessageAnswered, Address: phone, Reason: "accepted"})
		one.Keep(ctx, event.Event{Kind: event.MessageAnswered, Address: phone, Reason: "decoy"})
		one.Keep(ctx, event.Event{Kind: event.MessageAnswered, Address: phone, Reason: "retryable/throttled"})
		one.Keep(ctx, event.Event{Kind: event.SignIn, Reason: event.ByCode})
		one.Spent("IN", 80_000)
		one.Refused("client")
		for _, arrives := range []bool{false, true, true} {
			rows.lost, rows.arrives = true, arrives
			if err := one.Flush(ctx); err == nil {
				t.Error("the answer was not lost")
			}
		}
		now = now.Add(9 * time.Minute) // the pending batch keeps its ten minutes
		one.Keep(ctx, event.Event{Kind: event.CodeVerified, Address: phone})
		two.Keep(ctx, event.Event{Kind: event.CodeAsked, Address: phone})
		two.Keep(ctx, event.Event{Kind: event.MessageFailed, Reason: "no_channel"})
		rows.lost = false
		for _, node := range []*tally.Tally{one, two} {
			if err := node.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string][]int64{
			"asked IN": {1, 1}, "asked email": {1, 0}, "sent IN": {1, 0}, "sign_in code": {1, 0}, "spend IN": {80_000, 0},
			"refused client": {1, 0}, "used IN": {0, 1}, "failed no_channel": {0, 1},
		}
		if diff := cmp.Diff(want, read(t, one, noon, noon.Add(20*time.Minute), 10*time.Minute)); diff != "" {
			t.Errorf("by ten minutes (-want +got):\n%s", diff)
		}
		got := read(t, two, noon.Add(-day), noon.Add(time.Hour), time.Hour)["asked IN"]
		if len(got) != 25 || got[24] != 2 {
			t.Errorf("by the hour %v, want 2 in the last one", got)
		}
		if got := read(t, two, noon.Truncate(day), noon.Truncate(day).Add(day), day)["asked IN"]; len(got) != 1 || got[0] != 2 {
			t.Errorf("by the day %v, want 2", got)
		}
		if got := read(t, two, noon.Add(10*time.Minute), noon.Add(20*time.Minute), 10*time.Minute)["asked IN"]; len(got) != 1 || got[0] != 1 {
			t.Errorf("of the second ten minutes %v, want 1", got)
		}
		if _, err := two.Read(ctx, noon, noon.Add(time.Hour), time.Minute); !apperr.Is(err, apperr.InvalidRequest) {
			t.Errorf("by the minute: %v, want invalid_request", err)
		}
	})
}

// Nodes that write concurrently lose nothing.
func TestTally_together(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		now := time.Now().Truncate(time.Hour)
		var nodes sync.WaitGroup
		for range 4 {
			node := newTally(t, table(db), func() time.Time { return now })
			nodes.Go(func() {
				for i := range 5 {
					for label := range 30 {
						node.Add(tally.Asked, fmt.Sprint("l", (label*7+i)%30), 1)
					}
					for err := node.Flush(ctx); err != nil; err = node.Flush(ctx) {
						t.Log(err) // the next attempt succeeds
					}
				}
			})
		}
		nodes.Wait()
		total := int64(0)
		for _, points := range read(t, newTally(t, table(db), time.Now), now, now.Add(time.Hour), time.Hour) {
			total += points[0]
		}
		if total != 4*5*30 {
			t.Errorf("%d were counted, want %d", total, 4*5*30)
		}
	})
}

// While the database is unavailable, memory is bounded and earlier counts are kept.
func TestTally_bounded(t *testing.T) {
	db := testkit.SQLite(t)
	now := time.Now()
	rows := &unsure{TallyModel: table(db), lost: true}
	one := newTally(t, rows, func() time.Time { return now })
	for i := range 25_000 {
		one.Add(tally.Asked, fmt.Sprint("l", i), 1)
	}
	one.Add(tally.Asked, "l7", 1) // already pending
	if err := one.Flush(ctx); err == nil {
		t.Error("the answer was not lost")
	}
	rows.lost = false
	if err := one.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	begin := now.Truncate(10 * time.Minute)
	total := int64(0)
	series := read(t, one, begin, begin.Add(10*time.Minute), 10*time.Minute)
	for _, points := range series {
		total += points[0]
	}
	if total != 20_001 || len(series) != tally.MaxLabels+1 || series["asked l7"][0] != 2 {
		t.Errorf("%d in %d series, want 20001 in %d", total, len(series), tally.MaxLabels+1)
	}
}

func TestTally_labels(t *testing.T) {
	db := testkit.SQLite(t)
	now := time.Now()
	one := newTally(t, table(db), func() time.Time { return now })
	for _, label := range []string{"", "a.b", "<script>", "way_too_long_for_a_label_of_a_count", "é", "IN"} {
		one.Add(tally.Failed, label, 1)
	}
	one.Add(tally.Failed, "IN", 0)
	begin := now.Truncate(time.Hour)
	want := map[string][]int64{"failed other": {5}, "failed IN": {1}}
	if diff := cmp.Diff(want, read(t, one, begin, begin.Add(time.Hour), time.Hour)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// With years of rows, Read reads its own range only, and Purge deletes old rows.
func TestTally_years(t *testing.T) {
	testkit.NotInRace(t, "fills a table, and nothing runs at once")
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
		one := newTally(t, table(db), func() time.Time { return now })
		const labels, points = 40, 750
		counts, batch := map[string]int64{}, int64(0)
		flush := func() {
			batch++
			if err := table(db).Add(ctx, "w.test", batch, counts); err != nil {
				t.Fatal(err)
			}
			clear(counts)
		}
		for i := range points {
			for label := range labels {
				counts[fmt.Sprintf("h.%012d.asked.l%d", now.Add(-time.Duration(i+1)*time.Hour).Unix(), label)] = 1
				counts[fmt.Sprintf("d.%012d.asked.l%d", now.Truncate(day).Add(-time.Duration(i)*day).Unix(), label)] = 1
			}
			if len(counts) > 4000 {
				flush()
			}
		}
		flush()
		series, err := one.Read(ctx, now.Add(-points*time.Hour), now, time.Hour)
		if err != nil || len(series) != tally.MaxLabels+1 {
			t.Fatalf("%d series, %v, want %d and the rest", len(series), err, tally.MaxLabels)
		}
		for _, s := range series {
			want := int64(1)
			if s.Label == "other" {
				want = labels - tally.MaxLabels
			}
			if len(s.Points) != points || s.Points[0] != want || s.Points[points-1] != want {
				t.Errorf("%s: %d points, the first %d, want %d of %d", s.Label, len(s.Points), s.Points[0], points, want)
			}
		}
		// Hours are kept for 100 days, days for 400, and a writer for 30.
		now = now.Add(80 * day)
		purged, err := one.Purge(ctx)
		if err != nil {
			t.Fatal(err)
		}
		old := 0
		for i := range points {
			if now.Add(-100 * day).After(now.Add(-80 * day).Add(-time.Duration(i+1) * time.Hour)) {
				old += labels
			}
			if now.Add(-400 * day).After(now.Add(-80 * day).Truncate(day).Add(-time.Duration(i) * day)) {
				old += labels
			}
		}
		if purged != old {
			t.Errorf("%d rows purged, want %d", purged, old)
		}
	})
}
