package clock_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"user-api/internal/clock"
)

func TestSet(t *testing.T) {
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var own, theirs, way time.Duration
	var failure error
	c := clock.New(func() time.Time { return at.Add(own) }, func(context.Context) (time.Time, error) {
		own += way // the query takes this long, and the time is read half-way
		return at.Add(theirs).Add(way / 2), failure
	})
	for _, tt := range []struct {
		name             string
		own, theirs, way time.Duration
		failure          error
		want             time.Duration
	}{
		{name: "the same", want: 0},
		{name: "a second apart is the same", own: time.Second, want: time.Second},
		{name: "45 s ahead", own: 45 * time.Second, want: 0},
		{name: "what is found holds while the database is away", own: 45 * time.Second, failure: errors.New("away"), want: 0},
		{name: "a second more is the same", own: 46 * time.Second, want: time.Second},
		{name: "45 s behind", own: -45 * time.Second, want: 0},
		{name: "put right by NTP", own: 0, want: 0},
		{name: "the database is far away", own: 45 * time.Second, way: time.Second, want: time.Second},
		{name: "so far that it tells nothing", own: -45 * time.Second, way: 3 * time.Second, want: -87 * time.Second},
		{name: "the database steps", own: 0, theirs: -45 * time.Second, want: -45 * time.Second},
	} {
		own, theirs, way, failure = tt.own, tt.theirs, tt.way, tt.failure
		c.Set(t.Context())
		if got := c.Now().Sub(at); got.Round(time.Millisecond) != tt.want {
			t.Errorf("%s: %v off, want %v", tt.name, got, tt.want)
		}
	}
}
