package event_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"user-api/internal/event"
)

// Every kind and reason fits its column, and no reason is listed twice.
func TestWords(t *testing.T) {
	for kind, keeping := range event.Kinds {
		if len(kind) > 32 {
			t.Errorf("the kind %q is too long for its column", kind)
		}
		if keeping == (event.Keeping{}) {
			t.Errorf("no sink keeps %s", kind)
		}
	}
	seen := map[event.Reason]bool{}
	for _, reason := range event.Reasons {
		if seen[reason] || len(reason) > 32 {
			t.Errorf("the reason %q is listed twice, or is too long for its column", reason)
		}
		seen[reason] = true
	}
}

// A limit has a step in the timeline only if it rejected a message or an attempt at a code.
func TestStep(t *testing.T) {
	for reason, want := range map[event.Reason]event.Step{
		event.WhenAsking: event.StepLimited, event.WhenTrying: event.StepTried, event.WhenSigningIn: "", event.WhenRefreshing: "",
	} {
		if got := (event.Event{Kind: event.Limited, Reason: reason}).Step(); got != want {
			t.Errorf("limited %s: step %q, want %q", reason, got, want)
		}
	}
	if got := (event.Event{Kind: event.CodeVerified}).Step(); got != event.StepUsed {
		t.Errorf("code_verified: step %q, want %q", got, event.StepUsed)
	}
}

func TestEvent_printsMasked(t *testing.T) {
	const number = "+919876543210"
	e := event.Event{
		Kind: event.MessageAnswered, Address: event.SentTo("sms", number), Replaced: event.SentTo("sms", number),
	}
	e.Proven = append(e.Proven, e.Address)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, e); strings.Contains(got, number[3:]) {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

type sink struct{ kinds []event.Kind }

func (s *sink) Keep(_ context.Context, e event.Event) { s.kinds = append(s.kinds, e.Kind) }

func TestSpine(t *testing.T) {
	one, two := &sink{}, &sink{}
	spine := event.New(event.New(one), two, event.Metrics{})
	spine.Keep(t.Context(), event.Event{Kind: event.SignIn})
	spine.Keep(t.Context(), event.Event{Kind: event.SignOut})
	for _, s := range []*sink{one, two} {
		if got := fmt.Sprint(s.kinds); got != "[sign_in sign_out]" {
			t.Errorf("a sink was given %s", got)
		}
	}
}
