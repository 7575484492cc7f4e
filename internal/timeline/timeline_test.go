package timeline_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/internal/timeline"
	"user-api/model"
)

var ctx = context.Background()

func recorder(t *testing.T, db *store.DB, clock *testkit.Clock) *timeline.Recorder {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := timeline.New(timeline.Options{
		Steps: model.NewDeliveryModel(db.Conn), Ring: ring, Retention: time.Hour, Now: clock.Now, Rand: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func drain(t *testing.T, r *timeline.Recorder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func addr(t *testing.T, canonical string) address.Address {
	t.Helper()
	a, err := address.Parse(canonical, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func lives(t *testing.T, r *timeline.Recorder, to address.Address, before string, limit int) (list []string, last string) {
	t.Helper()
	var addresses []address.Address
	if !to.IsZero() {
		addresses = append(addresses, to)
	}
	messages, err := r.List(ctx, before, limit, addresses...)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		text := m.Channel + " " + m.Country + ":"
		for _, s := range m.Steps {
			text += " " + s.Step
			if s.Reason != "" {
				text += "(" + s.Reason + ")"
			}
		}
		list, last = append(list, text), m.ID
	}
	return list, last
}

// Each message has its own steps: the sends of one challenge are separate, and events of its
// code belong to the preceding message.
func TestList(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		r := recorder(t, db, clock)
		ann, bob := addr(t, "+919876543210"), addr(t, "bob@example.com")
		price := int64(7500)
		for _, s := range []event.Event{
			{Kind: event.CodeAsked, OtpID: "one", Send: 1, Address: ann, Channel: "sms"},
			{Kind: event.MessageAnswered, OtpID: "one", Send: 1, Provider: "twilio", Reason: "accepted"}, // recorded before the queueing
			{Kind: event.MessageQueued, OtpID: "one", Send: 1},
			{Kind: event.Limited, Reason: event.WhenAsking, Address: ann, Channel: "sms"},
			{Kind: event.CodeAsked, OtpID: "two", Send: 1, Address: bob, Channel: "email"},
			{Kind: event.CodeRefused, OtpID: "one", Address: ann, Reason: event.ForLogin},
			{Kind: event.CodeAsked, OtpID: "one", Send: 2, Address: ann, Channel: "whatsapp"},
			{Kind: event.MessageQueued, OtpID: "one", Send: 2},
			{Kind: event.MessageDelivered, OtpID: "one", Send: 1, Price: &price},
			{Kind: event.CodeVerified, OtpID: "one", Address: ann, Reason: event.ForLogin},
			{Kind: event.MessageFailed, OtpID: "two", Send: 1, Reason: event.Reason(strings.Repeat("x", 100)), Code: 30003},
			{Kind: event.CodeRefused, OtpID: "three", Address: ann}, // of no message
			{Kind: event.SignIn, Address: ann},                      // not about a message
		} {
			r.Keep(ctx, s)
			clock.Add(time.Millisecond)
		}
		drain(t, r)
		first := "sms IN: asked queued provider(accepted) tried(wrong_code) delivered"
		limited, second := "sms IN: limited(rate_limited)", "whatsapp IN: asked queued used"
		mail := "email : asked failed(" + strings.Repeat("x", 64) + ")"
		for name, c := range map[string]struct {
			to   address.Address
			want []string
		}{
			"all": {address.Address{}, []string{second, mail, limited, first}}, "ann": {ann, []string{second, limited, first}},
			"bob": {bob, []string{mail}}, "nobody": {addr(t, "+919876543211"), nil},
		} {
			got, _ := lives(t, r, c.to, "", 100)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		page, last := lives(t, r, ann, "", 2)
		rest, _ := lives(t, r, ann, last, 2)
		if diff := cmp.Diff([]string{second, limited, first}, append(page, rest...)); diff != "" {
			t.Errorf("two pages (-want +got):\n%s", diff)
		}
		var prices int
		row := db.SQL.QueryRow("SELECT COUNT(*) FROM `delivery` WHERE `price` = 7500 AND `step` = 'delivered'")
		if err := row.Scan(&prices); err != nil || prices != 1 {
			t.Errorf("%d prices are kept, %v", prices, err)
		}
	})
}

func TestPurge(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		clock := testkit.NewClock()
		r := recorder(t, db, clock)
		for i := range 600 {
			r.Keep(ctx, event.Event{Kind: event.CodeAsked, OtpID: fmt.Sprint(i), Send: 1, Address: addr(t, "+919876543210")})
		}
		clock.Add(time.Second)
		r.Keep(ctx, event.Event{Kind: event.Limited, Reason: event.WhenAsking, Address: addr(t, "+919876543210")})
		drain(t, r)
		clock.Add(time.Hour - time.Millisecond)
		if n, err := r.Purge(ctx, nil); err != nil || n != 600 {
			t.Errorf("Purge = %d, %v, want 600", n, err)
		}
		if list, _ := lives(t, r, address.Address{}, "", 100); len(list) != 1 {
			t.Errorf("%d messages are left, want 1", len(list))
		}
		r.Retention = 0
		clock.Add(1000 * time.Hour)
		if n, err := r.Purge(ctx, nil); err != nil || n != 0 {
			t.Errorf("with unlimited retention: %d, %v", n, err)
		}
	})
}
