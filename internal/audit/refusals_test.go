package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/audit"
	"user-api/internal/batch"
	"user-api/internal/event"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

func TestRefusals(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		r, start := recorder(t, db, clock, nobody), clock.Now()
		var events []*model.Event
		add := func(minute int, what event.Kind, address string) {
			at := start.Add(time.Duration(minute) * time.Minute)
			id := fmt.Sprint(batch.Before(at)[:10], "0000000000", 100_000+len(events))
			events = append(events, &model.Event{Id: id, At: at.UnixMilli(), Type: string(what), Address: address})
		}
		add(-1, event.CodeRefused, "early")
		add(0, event.CodeRefused, "ann")
		add(1, event.CodeVerified, "bob")
		add(1, event.CodeRefused, "bob")
		add(2, event.CodeVerified, "ann")
		add(2, event.CodeRefused, "ann")
		add(3, event.CodeRefused, "") // of a challenge that was gone
		add(3, event.SignInFailed, "ann")
		add(4, event.CodeVerified, "carl")
		for range 2500 { // more than two pages
			add(5, event.CodeRefused, "eve")
		}
		add(6, event.CodeRefused, "ann")
		add(7, event.CodeRefused, "dan")
		add(8, event.CodeVerified, "dan")
		for i := 0; i < len(events); i += 500 {
			if err := r.Events.InsertAll(ctx, events[i:min(len(events), i+500)]); err != nil {
				t.Fatal(err)
			}
		}
		at := func(minutes ...int) (list []int64) {
			for _, m := range minutes {
				list = append(list, start.Add(time.Duration(m)*time.Minute).UnixMilli())
			}
			return list
		}
		want := map[string]audit.Refusals{
			"ann": {At: at(0, 2, 6), InARow: 2}, "bob": {At: at(1), InARow: 1}, "dan": {At: at(7)},
			"eve": {At: at(5, 5, 5), InARow: 3},
		}
		got, err := r.Refusals(ctx, start, 3)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if all, err := r.Refusals(ctx, start, 3000); err != nil || all["eve"].InARow != 2500 {
			t.Errorf("of all pages %d are told, %v, want 2500", all["eve"].InARow, err)
		}
		db.Close()
		if _, err := r.Refusals(ctx, start, 3); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("without a database: %v, want unavailable", err)
		}
	})
}
