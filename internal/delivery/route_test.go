package delivery_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
)

// via sets the courier's only route to the senders.
func via(senders ...delivery.Sender) func(*delivery.Options) {
	route := delivery.Route{Channel: delivery.SMS}
	for _, s := range senders {
		route.Via = append(route.Via, delivery.Hop{Sender: s})
	}
	return func(o *delivery.Options) { o.Senders, o.Routes = nil, []delivery.Route{route} }
}

// The answers of the first provider after which the second is tried, and the requests to each,
// with the real client over HTTP.
func TestRouteAfterTwilioAnswers(t *testing.T) {
	limited := twiliotest.RateLimited("")
	refused := func(status, code int) []twiliotest.Answer {
		return []twiliotest.Answer{twiliotest.Refused(status, code)}
	}
	tests := []struct {
		name          string
		script        []twiliotest.Answer
		timeout       time.Duration
		first, second int // requests
		want          string
	}{
		{"201", nil, 0, 1, 0, "sent"},
		{"429", []twiliotest.Answer{limited}, 0, 1, 1, "sent"},
		{"500", []twiliotest.Answer{twiliotest.ServerError()}, 0, 1, 0, "failed provider_error"},
		{"502 that is not JSON", []twiliotest.Answer{twiliotest.BadGateway()}, 0, 1, 0, "failed provider_error"},
		{"no answer in time", []twiliotest.Answer{twiliotest.Stalled()}, 300 * time.Millisecond, 1, 0, "failed timeout"},
		{"cut after the message", []twiliotest.Answer{twiliotest.Cut()}, 0, 1, 0, "failed connection_lost"},
		{"cut before the message", []twiliotest.Answer{twiliotest.CutEarly()}, 0, 1, 0, "failed connection_lost"},
		{"201 that is not JSON", []twiliotest.Answer{twiliotest.Garbled()}, 0, 1, 0, "failed unreadable_answer"},
		{"a redirect", []twiliotest.Answer{twiliotest.Redirected("/elsewhere")}, 0, 1, 0, "failed unreadable_answer"},
		{"21211", refused(http.StatusBadRequest, 21211), 0, 1, 0, "failed invalid_number"},
		{"21610", refused(http.StatusBadRequest, 21610), 0, 1, 0, "failed opted_out"},
		{"21614", refused(http.StatusBadRequest, 21614), 0, 1, 0, "failed not_mobile"},
		{"30450", refused(http.StatusTooManyRequests, 30450), 0, 1, 0, "failed blocked_for_fraud"},
		{"21408", refused(http.StatusBadRequest, 21408), 0, 1, 1, "sent"},
		{"21612", refused(http.StatusBadRequest, 21612), 0, 1, 1, "sent"},
		{"21608", refused(http.StatusBadRequest, 21608), 0, 1, 1, "sent"},
		{"403", refused(http.StatusForbidden, 0), 0, 1, 1, "sent"},
		{"20003", refused(http.StatusUnauthorized, 20003), 0, 1, 1, "sent"},
		{"30034", refused(http.StatusBadRequest, 30034), 0, 1, 1, "sent"},
		{"an unknown refusal", refused(http.StatusBadRequest, 29999), 0, 1, 1, "sent"},
		{"created as failed, a landline", []twiliotest.Answer{twiliotest.Born("failed", 30006)}, 0, 1, 0, "failed not_mobile"},
		{"created as failed, unregistered", []twiliotest.Answer{twiliotest.Born("failed", 30034)}, 0, 1, 1, "sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := twiliotest.New(t, account, apiKey, secret)
			api.Script(tt.script...)
			second, store, client := &sender{name: "second"}, newChallenges(), embedded(t)
			c := newCourier(t, client, store, nil, via(newTwilio(t, api.URL), second), func(o *delivery.Options) { o.Timeout = tt.timeout })
			id := store.add("otp", 1)
			start(t, c)
			enqueue(t, c, "otp", 1)
			eventually(t, "the end of the task", func() bool { return store.settled() == 1 && tasks(t, client) == 0 })
			if diff := cmp.Diff([]string{tt.want}, store.reports(id)); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
			if first, second := len(api.Requests()), len(second.callsOf(id)); first != tt.first || second != tt.second {
				t.Errorf("%d and %d requests, want %d and %d", first, second, tt.first, tt.second)
			}
		})
	}
}

func TestRoute(t *testing.T) {
	limited := delivery.FaultRateLimited.Err()
	rejected := delivery.FaultRejected.Err()
	timeout := delivery.FaultTimeout.Err()
	tests := []struct {
		name                  string
		first, second         func(context.Context, delivery.Message, int) error
		repeatable            bool // the first
		wantFirst, wantSecond int
		want                  []string
	}{
		{
			name: "after the last provider the queue, and the walk begins anew", first: failing(limited, limited, limited),
			second: failing(limited), wantFirst: 2, wantSecond: 2, want: []string{"queued rate_limited", "sent"},
		},
		{
			name: "a walk is one attempt", first: failing(limited, limited, limited), second: failing(limited, limited, limited),
			wantFirst: 3, wantSecond: 3, want: []string{"queued rate_limited", "queued rate_limited", "failed rate_limited"},
		},
		{
			name: "one provider that may do better requeues the send", first: failing(limited), second: failing(rejected),
			wantFirst: 2, wantSecond: 1, want: []string{"queued rate_limited", "sent"},
		},
		{
			name: "refused for good by all", first: failing(rejected), second: failing(rejected),
			wantFirst: 1, wantSecond: 1, want: []string{"failed rejected"},
		},
		{
			name: "an ambiguous answer of the second ends the walk", first: failing(limited), second: failing(timeout),
			wantFirst: 1, wantSecond: 1, want: []string{"failed timeout"},
		},
		{
			name: "a repeatable provider is called again", repeatable: true, first: failing(timeout, timeout),
			wantFirst: 3, want: []string{"sent"},
		},
		{
			name: "but no other, whatever its later answer", repeatable: true, first: failing(timeout, limited, rejected),
			wantFirst: 3, want: []string{"failed rejected"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first, second := &sender{name: "first", send: tt.first, repeatable: tt.repeatable}, &sender{name: "second", send: tt.second}
			store := newChallenges()
			c := newCourier(t, embedded(t), store, nil, via(first, second))
			id := store.add("otp", 1)
			start(t, c)
			enqueue(t, c, "otp", 1)
			eventually(t, "the end", func() bool { return store.settled() == 1 })
			if diff := cmp.Diff(tt.want, store.reports(id)); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
			if a, b := len(first.callsOf(id)), len(second.callsOf(id)); a != tt.wantFirst || b != tt.wantSecond {
				t.Errorf("%d and %d requests, want %d and %d", a, b, tt.wantFirst, tt.wantSecond)
			}
		})
	}
}

func TestRouteOfAMessage(t *testing.T) {
	indian, other, calls := &sender{name: "indian"}, &sender{name: "other"}, &sender{name: "calls"}
	store := newChallenges()
	c := newCourier(t, embedded(t), store, other, func(o *delivery.Options) {
		o.Routes = []delivery.Route{
			{Channel: delivery.SMS, Countries: []string{"NP", "IN"}, Via: []delivery.Hop{{Sender: indian, From: "ACME"}}},
			{Channel: delivery.SMS, Countries: []string{"IN"}, Via: []delivery.Hop{{Sender: other}}},
			{Channel: delivery.Voice, Via: []delivery.Hop{{Sender: calls}}},
		}
	})
	start(t, c)
	tests := []struct {
		country string
		channel delivery.Channel
		want    *sender // nil for none
	}{
		{"IN", delivery.SMS, indian},
		{"DE", delivery.SMS, other},
		{"", delivery.SMS, other},
		{"IN", delivery.Voice, calls},
		{"IN", delivery.WhatsApp, nil},
	}
	for n, tt := range tests {
		id := store.add("otp", n, func(o *delivery.Outgoing) { o.Country, o.Channel = tt.country, tt.channel })
		enqueue(t, c, "otp", n)
		eventually(t, "the send", func() bool { return store.settled() == n+1 })
		for _, s := range []*sender{indian, other, calls} {
			if got, want := len(s.callsOf(id)), map[bool]int{true: 1}[s == tt.want]; got != want {
				t.Errorf("%s to %q went %d times through %s, want %d", tt.channel, tt.country, got, s.name, want)
			}
		}
		if tt.want == nil && store.reports(id)[0] != "failed channel_unavailable" {
			t.Errorf("%s: %v, want failed channel_unavailable", tt.channel, store.reports(id))
		}
	}
	if indian.last.From != "ACME" || other.last.From != "" {
		t.Errorf("sent as %q and %q, want as ACME and nobody", indian.last.From, other.last.From)
	}
}

// A killed attempt is only restarted if it can have gone to a single sender that sends once.
func TestKilledWalkIsNotBegunAgain(t *testing.T) {
	for _, tt := range []struct {
		senders []delivery.Sender
		want    string
	}{
		{[]delivery.Sender{&sender{repeatable: true}}, "sent"},
		{[]delivery.Sender{&sender{repeatable: true}, &sender{name: "second", repeatable: true}}, "failed unconfirmed"},
		{[]delivery.Sender{&sender{}}, "failed unconfirmed"},
	} {
		store := newChallenges()
		c := newCourier(t, embedded(t), store, nil, via(tt.senders...))
		id := store.add("otp", 1)
		if _, err := store.Claim(t.Context(), "otp", 1, false); err != nil {
			t.Fatalf("Claim: %v", err)
		}
		start(t, c)
		enqueue(t, c, "otp", 1)
		eventually(t, "the end", func() bool { return store.settled() == 1 })
		if diff := cmp.Diff([]string{tt.want}, store.reports(id)); diff != "" {
			t.Errorf("%d senders: reports (-want +got):\n%s", len(tt.senders), diff)
		}
	}
}

// A provider that is down gets five requests before its circuit opens. When it is back, one
// probe closes the circuit within five seconds.
func TestCircuitOfAProvider(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	first := &sender{name: "first", send: func(context.Context, delivery.Message, int) error {
		if down.Load() {
			return delivery.FaultUnreachable.Err()
		}
		return nil
	}}
	second, store, clock := &sender{name: "second"}, newChallenges(), testkit.NewClock()
	c := newCourier(t, embedded(t), store, nil, via(first, second), func(o *delivery.Options) { o.Now, o.Concurrency = clock.Now, 1 })
	start(t, c)
	sent := 0
	// send sends n messages and tells how many requests the first provider got.
	send := func(n int) int {
		before := first.requests()
		for range n {
			sent++
			store.add("otp", sent)
			enqueue(t, c, "otp", sent)
		}
		eventually(t, "the sends", func() bool { return store.settled() == sent })
		return first.requests() - before
	}
	for _, step := range []struct {
		name    string
		advance time.Duration
		up      bool
		sends   int
		want    int
	}{
		{name: "it opens", sends: 20, want: 5},
		{name: "it stays open", advance: 4 * time.Second, sends: 5, want: 0},
		{name: "one probe", advance: time.Second, sends: 5, want: 1},
		{name: "as long again", advance: 4 * time.Second, up: true, sends: 5, want: 0},
		{name: "the probe is answered, and all goes as before", advance: time.Second, up: true, sends: 5, want: 5},
	} {
		clock.Add(step.advance)
		down.Store(!step.up)
		if got := send(step.sends); got != step.want {
			t.Errorf("%s: %d requests to the first provider, want %d", step.name, got, step.want)
		}
	}
	if messages, most := second.acceptedTotal(); messages != 20+5+5+5 || most != 1 {
		t.Errorf("the second accepted %d messages, one %d times; want 35, each once", messages, most)
	}
}

// Waiting for a circuit is not an attempt. The message is sent when the provider works, and
// fails if its code expires first.
func TestAllProvidersLeftAlone(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	s := &sender{send: func(context.Context, delivery.Message, int) error {
		if down.Load() {
			return delivery.FaultCredentials.Err()
		}
		return nil
	}}
	store, clock := newChallenges(), testkit.NewClock()
	c := newCourier(t, embedded(t), store, s, func(o *delivery.Options) { o.Now = clock.Now })
	start(t, c)
	for n := range 5 {
		if got, _ := settle(t, c, store, fmt.Sprint("first", n), short); got[0] != "failed provider_credentials" {
			t.Errorf("%q, want failed provider_credentials", got)
		}
	}
	if got, _ := settle(t, c, store, "second", short); got[0] != "failed circuit_open" {
		t.Errorf("%q, want failed circuit_open", got)
	}
	third := store.add("third", 1)
	enqueue(t, c, "third", 1)
	eventually(t, "the wait", func() bool { return len(store.reports(third)) == 1 })
	down.Store(false)
	clock.Add(5 * time.Second)
	eventually(t, "the third", func() bool { return store.settled() == 7 })
	if diff := cmp.Diff([]string{"queued circuit_open", "sent"}, store.reports(third)); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	if n := s.requests(); n != 6 {
		t.Errorf("%d requests, want 6", n)
	}
}

// A circuit covers one channel: calls continue while text messages fail.
func TestCircuitIsOfAChannel(t *testing.T) {
	s := &sender{send: func(_ context.Context, m delivery.Message, _ int) error {
		if m.Channel == delivery.SMS {
			return delivery.FaultThrottled.Err()
		}
		return nil
	}}
	store := newChallenges()
	c := newCourier(t, embedded(t), store, s, func(o *delivery.Options) { o.Senders[delivery.Voice] = s })
	start(t, c)
	for n := range 6 {
		settle(t, c, store, fmt.Sprint("text", n), short)
	}
	if n := s.requests(); n != 5 {
		t.Errorf("%d requests, want 5 and an open circuit", n)
	}
	if got, _ := settle(t, c, store, "call", func(o *delivery.Outgoing) { o.Channel = delivery.Voice }); got[0] != "sent" {
		t.Errorf("the call: %q, want sent", got)
	}
}

// Failures attributed to recipients, however many, do not stop the messages of others.
func TestFaultsThatAreNotTheProviders(t *testing.T) {
	for name, fault := range map[string]delivery.Fault{
		"a throttled recipient": delivery.FaultRateLimited, "a refused message": delivery.FaultRejected,
		"a sender that may not": delivery.FaultSender, "a country": delivery.FaultRegion, "fraud": delivery.FaultBlocked,
	} {
		s := &sender{send: func(_ context.Context, m delivery.Message, _ int) error {
			if m.Country == "IN" {
				return fault.Err()
			}
			return nil
		}}
		store := newChallenges()
		c := newCourier(t, embedded(t), store, s)
		start(t, c)
		for n := range 6 {
			settle(t, c, store, fmt.Sprint("bad", n), short, func(o *delivery.Outgoing) { o.Country = "IN" })
		}
		if got, _ := settle(t, c, store, "good"); got[0] != "sent" {
			t.Errorf("after %s, six times: %q, want sent", name, got)
		}
	}
}

// If one provider hangs, the messages of the other continue, and a drain cancels what hangs and
// ends.
func TestProviderThatHangs(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		hangs := &sender{name: "hangs", send: func(ctx context.Context, _ delivery.Message, _ int) error {
			<-ctx.Done()
			return delivery.FaultTimeout.Err()
		}}
		works, store := &sender{name: "works"}, newChallenges()
		c := newCourier(t, client, store, works, func(o *delivery.Options) {
			o.Concurrency, o.Timeout = 8, time.Hour
			o.Routes = []delivery.Route{{Channel: delivery.SMS, Countries: []string{"IN"}, Via: []delivery.Hop{{Sender: hangs}}}}
		})
		const each = 100
		for n := range each {
			store.add("in", n, func(o *delivery.Outgoing) { o.Country = "IN" })
			enqueue(t, c, "in", n)
		}
		start(t, c)
		eventually(t, "the hanging provider to be full", func() bool { return hangs.requests() == 4 })
		for n := range each {
			store.add("np", n, func(o *delivery.Outgoing) { o.Country = "NP" })
			enqueue(t, c, "np", n)
		}
		eventually(t, "the others", func() bool { messages, _ := works.acceptedTotal(); return messages == each })
		if n := hangs.requests(); n != 4 {
			t.Errorf("%d requests hang, want half of the workers, 4", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := c.Drain(ctx); err == nil { // otherwise it waits for an hour
			t.Error("Drain: nil, want an error because it had to cancel")
		}
		if got, want := store.settled()+tasks(t, client), 2*each; got != want {
			t.Errorf("%d sends are settled or queued, want %d", got, want)
		}
	})
}

// A send without a slot uses up no attempt, and is sent when a slot is free.
func TestSendWithoutAPlaceIsNotATry(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := &sender{name: "slow", send: func(_ context.Context, m delivery.Message, _ int) error {
		if m.ID == "otp.0" {
			<-release
		}
		return nil
	}}
	store := newChallenges()
	// Two providers and two workers: one slot each.
	c := newCourier(t, embedded(t), store, slow, func(o *delivery.Options) {
		o.Concurrency = 2
		o.Senders[delivery.Email] = &sender{name: "mail"}
	})
	start(t, c)
	store.add("otp", 0)
	enqueue(t, c, "otp", 0)
	eventually(t, "the first", func() bool { return slow.requests() == 1 })
	id := store.add("otp", 1)
	enqueue(t, c, "otp", 1)
	eventually(t, "as many returns to the queue as there are tries", func() bool { return len(store.reports(id)) >= 3 })
	close(release)
	eventually(t, "both", func() bool { return store.settled() == 2 })
	reports := store.reports(id)
	if last := reports[len(reports)-1]; last != "sent" || reports[0] != "queued provider_busy" {
		t.Errorf("reports %v, want queued provider_busy and at last sent", reports)
	}
}

func (s *sender) requests() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, calls := range s.calls {
		n += len(calls)
	}
	return n
}
