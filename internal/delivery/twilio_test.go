package delivery_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

const (
	account = "AC00000000000000000000000000000001"
	apiKey  = "SK00000000000000000000000000000002"
	secret  = "s3cr3t"
)

// The number of requests that each kind of answer must cause, and the resulting status, with the
// real client over HTTP.
func TestTwilioAnswers(t *testing.T) {
	const fast = 300 * time.Millisecond
	tests := []struct {
		name     string
		script   []twiliotest.Answer
		timeout  time.Duration
		requests int
		want     []string
	}{
		{"201", nil, 0, 1, []string{"sent"}},
		{
			"429, then 201", []twiliotest.Answer{twiliotest.RateLimited("")}, 0, 2,
			[]string{"queued throttled", "sent"},
		},
		{
			"429 of the account uses up no try", []twiliotest.Answer{
				twiliotest.RateLimited(""), twiliotest.RateLimited(""), twiliotest.RateLimited(""),
			}, 0, 4, []string{"queued throttled", "queued throttled", "queued throttled", "sent"},
		},
		{
			"429 of the recipient, three times", []twiliotest.Answer{
				twiliotest.Refused(429, 14107), twiliotest.Refused(429, 14107), twiliotest.Refused(429, 14107),
			}, 0, 3, []string{"queued rate_limited", "queued rate_limited", "failed rate_limited"},
		},
		{
			"429 until after the code's end", []twiliotest.Answer{twiliotest.RateLimited("300")}, 0, 1,
			[]string{"failed throttled"},
		},
		{"500", []twiliotest.Answer{twiliotest.ServerError()}, 0, 1, []string{"failed provider_error"}},
		{"502 that is not JSON", []twiliotest.Answer{twiliotest.BadGateway()}, 0, 1, []string{"failed provider_error"}},
		{"no answer in time", []twiliotest.Answer{twiliotest.Stalled()}, fast, 1, []string{"failed timeout"}},
		{"cut after the message", []twiliotest.Answer{twiliotest.Cut()}, 0, 1, []string{"failed connection_lost"}},
		{"cut before the message", []twiliotest.Answer{twiliotest.CutEarly()}, 0, 1, []string{"failed connection_lost"}},
		{"201 that is not JSON", []twiliotest.Answer{twiliotest.Garbled()}, 0, 1, []string{"failed unreadable_answer"}},
		{"a redirect", []twiliotest.Answer{twiliotest.Redirected("/elsewhere")}, 0, 1, []string{"failed unreadable_answer"}},
		{"21211", []twiliotest.Answer{twiliotest.Refused(http.StatusBadRequest, 21211)}, 0, 1, []string{"failed invalid_number"}},
		{"21610", []twiliotest.Answer{twiliotest.Refused(http.StatusBadRequest, 21610)}, 0, 1, []string{"failed opted_out"}},
		{"21408", []twiliotest.Answer{twiliotest.Refused(http.StatusBadRequest, 21408)}, 0, 1, []string{"failed region_disabled"}},
		{"20003, until somebody acts", []twiliotest.Answer{twiliotest.Refused(http.StatusUnauthorized, 20003)}, 0, 2, []string{"queued provider_credentials", "sent"}},
		{"30450", []twiliotest.Answer{twiliotest.Refused(http.StatusTooManyRequests, 30450)}, 0, 1, []string{"failed blocked_for_fraud"}},
		{"an unknown refusal", []twiliotest.Answer{twiliotest.Refused(http.StatusBadRequest, 29999)}, 0, 1, []string{"failed rejected"}},
		{"created as failed", []twiliotest.Answer{twiliotest.Born("failed", 30006)}, 0, 1, []string{"failed not_mobile"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := twiliotest.New(t, account, apiKey, secret)
			api.Script(tt.script...)
			store, client := newChallenges(), embedded(t)
			c := newCourier(t, client, store, newTwilio(t, api.URL), func(o *delivery.Options) { o.Timeout = tt.timeout })
			id := store.add("otp", 1)
			start(t, c)
			enqueue(t, c, "otp", 1)
			eventually(t, "the end of the task", func() bool { return store.settled() == 1 && tasks(t, client) == 0 })
			if diff := cmp.Diff(tt.want, store.reports(id)); diff != "" {
				t.Errorf("reports (-want +got):\n%s", diff)
			}
			if got := len(api.Requests()); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
			if api.Created() > 1 {
				t.Errorf("%d messages were created, want at most 1", api.Created())
			}
		})
	}
}

// A Twilio that is down is waited for while the code lives.
func TestTwilioThatIsDown(t *testing.T) {
	t.Parallel()
	api := twiliotest.New(t, account, apiKey, secret)
	api.Close()
	store := newChallenges()
	c := newCourier(t, embedded(t), store, newTwilio(t, api.URL))
	long, short := store.add("long", 1), store.add("short", 1, func(o *delivery.Outgoing) { o.ExpiresIn = time.Second })
	start(t, c)
	enqueue(t, c, "long", 1)
	enqueue(t, c, "short", 1)
	eventually(t, "more tries than three", func() bool { return len(store.reports(long)) > 3 })
	for _, report := range store.reports(long) {
		if report != "queued provider_unreachable" {
			t.Errorf("reports %v, want it queued", store.reports(long))
		}
	}
	if diff := cmp.Diff([]string{"failed provider_unreachable"}, store.reports(short)); diff != "" {
		t.Errorf("reports of a code that expires first (-want +got):\n%s", diff)
	}
}

// A rolling restart under load: one courier drains in the middle, another continues.
func TestTwilioGetsEachMessageOnceOverARestart(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		const sends = 200
		api := twiliotest.New(t, account, apiKey, secret)
		api.Script(twiliotest.RateLimited(""), twiliotest.RateLimited(""))
		store := newChallenges()
		first := newCourier(t, client, store, newTwilio(t, api.URL), func(o *delivery.Options) { o.Concurrency = 4 })
		for n := range sends {
			store.add("otp", n)
			enqueue(t, first, "otp", n)
		}
		start(t, first)
		eventually(t, "some sends", func() bool { return store.settled() >= sends/4 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := first.Drain(ctx); err != nil {
			t.Fatalf("Drain: %v", err)
		}
		if store.settled() == sends {
			t.Error("all was sent before the drain, so this test shows nothing")
		}
		start(t, newCourier(t, client, store, newTwilio(t, api.URL)))
		eventually(t, "the rest", func() bool { return store.settled() == sends })
		if got := api.Created(); got != sends {
			t.Errorf("%d messages were created, want %d", got, sends)
		}
		if got, want := len(api.Requests()), sends+2; got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
	})
}

func newTwilio(t *testing.T, baseURL string) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(twilio.Options{
		AccountSID: account, APIKey: apiKey, APISecret: secret, From: "+15005550001", BaseURL: baseURL,
	})
	if err != nil {
		t.Fatalf("twilio.New: %v", err)
	}
	return s
}
