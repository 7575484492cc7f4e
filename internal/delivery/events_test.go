package delivery_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/event"
)

// watcher records the steps of each send.
type watcher struct {
	mu    sync.Mutex
	steps map[string][]string
}

func (w *watcher) Keep(_ context.Context, e event.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.steps == nil {
		w.steps = map[string][]string{}
	}
	text := strings.TrimRight(fmt.Sprintln(e.Step(), e.Channel, e.Provider, e.Reason, e.Code), " 0\n")
	w.steps[key(e.OtpID, e.Send)] = append(w.steps[key(e.OtpID, e.Send)], strings.Join(strings.Fields(text), " "))
}

func (w *watcher) of(key string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	steps := slices.Clone(w.steps[key])
	slices.Sort(steps) // a provider may answer before Enqueue has returned
	return steps
}

// Each step of a send is reported once: that it is queued, each answer, and its failure,
// whatever the cause.
func TestEvents(t *testing.T) {
	busy := &delivery.SendError{Fault: delivery.FaultRateLimited, Code: 20429}
	for name, c := range map[string]struct {
		send func(context.Context, delivery.Message, int) error
		out  func(*delivery.Outgoing)
		want []string
	}{
		"accepted":        {nil, nil, []string{"provider sms fake accepted", "queued"}},
		"after a refusal": {failing(busy), nil, []string{"provider sms fake accepted", "provider sms fake retryable/rate_limited 20429", "queued"}},
		"refused":         {failing(delivery.FaultNumber.Err()), nil, []string{"failed invalid_number", "provider sms fake permanent/invalid_number", "queued"}},
		"a decoy":         {nil, func(o *delivery.Outgoing) { o.Decoy = true }, []string{"provider sms fake decoy", "queued"}},
		"no provider":     {nil, func(o *delivery.Outgoing) { o.Channel = "pigeon" }, []string{"failed channel_unavailable", "queued"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, store := &watcher{}, newChallenges()
			courier := newCourier(t, embedded(t), store, &sender{send: c.send}, func(o *delivery.Options) { o.Events = w })
			send := store.add("otp", 1, c.out)
			start(t, courier)
			enqueue(t, courier, "otp", 1)
			eventually(t, "the end", func() bool { return store.settled() == 1 })
			eventually(t, "the steps", func() bool { return len(w.of(send)) >= len(c.want) })
			if diff := cmp.Diff(c.want, w.of(send)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}
