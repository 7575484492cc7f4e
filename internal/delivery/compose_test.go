package delivery_test

import (
	"strings"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/event"
)

func TestEmailHasASubjectAndTheSameWarning(t *testing.T) {
	s, store := &sender{}, newChallenges()
	c := newCourier(t, embedded(t), store, s, func(o *delivery.Options) {
		o.Senders = map[delivery.Channel]delivery.Sender{delivery.Email: s}
	})
	store.add("otp", 1, func(o *delivery.Outgoing) { o.Channel = delivery.Email })
	start(t, c)
	enqueue(t, c, "otp", 1)
	eventually(t, "the send", func() bool { return store.settled() == 1 })
	if want := "Your Acme code to sign in"; s.last.Subject != want {
		t.Errorf("subject %q, want %q", s.last.Subject, want)
	}
	for _, want := range []string{secretCode, "Acme", "Never share it"} {
		if !strings.Contains(s.last.Body, want) {
			t.Errorf("the body lacks %q:\n%s", want, s.last.Body)
		}
	}
}

// An app can have any name. Only characters that could forge a line are refused.
func TestAppName(t *testing.T) {
	tests := []struct {
		name, app string
		ok        bool
	}{
		{"a plain name", "user-api", true},
		{"letters beyond ASCII that GSM-7 has", "Käse & Søn", true},
		{"a long name", strings.Repeat("x", 64), true},
		{"a letter that GSM-7 lacks", "Itaú", true},
		{"a script that GSM-7 lacks", "카카오", true},
		{"a line break, which could end a mail header", "Acme\r\nBcc: x@example.org", false},
		{"nothing", " ", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := delivery.NewCourier(delivery.Options{
				Redis: embedded(t), Challenges: newChallenges(), Events: event.New(), AppName: tt.app, Now: time.Now, Rand: chance(0),
			})
			if (err == nil) != tt.ok {
				t.Errorf("NewCourier with AppName %q: %v, want ok %v", tt.app, err, tt.ok)
			}
		})
	}
}

func TestCourierNeedsItsParts(t *testing.T) {
	if _, err := delivery.NewCourier(delivery.Options{AppName: "Acme"}); err == nil {
		t.Error("NewCourier without parts: nil, want an error")
	}
}
