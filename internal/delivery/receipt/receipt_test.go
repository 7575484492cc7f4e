package receipt_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/receipt"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

const country = "IN"

var message = delivery.Message{
	ID: "AAAAAAAAAAAAAAAAAAAAAAAA.2", To: "+919876543210", Channel: delivery.SMS, Country: country, Body: "739184", Code: "739184",
}

// challenges records what it receives.
type challenges struct {
	mu   sync.Mutex
	told []string
	err  error
}

func (c *challenges) Receive(_ context.Context, id string, send int, after time.Duration, status delivery.Status, reason string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, strings.TrimSpace(fmt.Sprint(id, " ", send, " ", after, " ", status, " ", reason)))
	return c.err
}

type fixture struct {
	*receipt.Receipts
	*receipt.Arrivals
	*testkit.Redis
	challenges *challenges
	outcomes   *outcomes
	t          *testing.T
}

func each(t *testing.T, test func(t *testing.T, f fixture)) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) { test(t, open(t, r, "p")) })
}

func open(t *testing.T, r *testkit.Redis, pepper string) fixture {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat(pepper, keyring.MinPepper)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{Redis: r, challenges: &challenges{}, outcomes: &outcomes{}, t: t}
	f.Arrivals = receipt.NewArrivals(receipt.ArrivalOptions{
		Redis: r.Client, Now: r.Clock.Now,
		Provider: func(channel delivery.Channel, _ string) receipt.Provider {
			return map[delivery.Channel]receipt.Provider{
				delivery.SMS:   {Name: "twilio", HasReceipts: true},
				delivery.Email: {Name: "smtp"},
			}[channel]
		},
	})
	f.Receipts = receipt.New(receipt.Options{
		Redis: r.Client, Ring: ring, Challenges: f.challenges, Events: f.outcomes, Now: r.Clock.Now,
	})
	return f
}

// outcomes is a sink that records events.
type outcomes struct {
	mu   sync.Mutex
	seen []event.Event
}

func (o *outcomes) Keep(_ context.Context, e event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, e)
}

func (o *outcomes) all() []event.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.seen)
}

func (f fixture) ref(m delivery.Message) string {
	f.t.Helper()
	ref, err := f.Ref(m, "twilio")
	if err != nil {
		f.t.Fatal(err)
	}
	return ref
}

func (f fixture) take(r delivery.Receipt) {
	f.t.Helper()
	if err := f.Take(f.t.Context(), r); err != nil {
		f.t.Fatalf("Take: %v", err)
	}
}

// delivered takes receipts of n messages that arrived after took.
func (f fixture) delivered(n int, took time.Duration) {
	f.t.Helper()
	for range n {
		ref := f.ref(message)
		f.Advance(f.t, took)
		f.take(delivery.Receipt{Ref: ref, ID: rand.Text(), Status: delivery.StatusDelivered})
	}
}

// expects compares the estimate after it was fetched.
func (f fixture) expects(want time.Duration) {
	f.t.Helper()
	f.Advance(f.t, 10*time.Second)
	f.Expected("sms", country)
	for deadline := time.Now().Add(time.Minute); f.Fetching(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatal("still fetching after a minute")
		}
	}
	if got := f.Expected("sms", country); (got - want).Abs() > 10*time.Millisecond {
		f.t.Fatalf("Expected = %v, want %v", got, want)
	}
}

func TestTake_reachesTheChallenge(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ref := f.ref(message)
		f.Advance(t, 3*time.Second)
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusSent})
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered, After: time.Second})
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusFailed, Reason: delivery.ReasonFiltered, Code: 30007})
		want := []string{
			"AAAAAAAAAAAAAAAAAAAAAAAA 2 0s sent", "AAAAAAAAAAAAAAAAAAAAAAAA 2 1s delivered", "AAAAAAAAAAAAAAAAAAAAAAAA 2 0s failed filtered",
		}
		if diff := cmp.Diff(want, f.challenges.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		one := event.Event{
			Kind: event.MessageDelivered, OtpID: "AAAAAAAAAAAAAAAAAAAAAAAA", Send: 2, Address: event.SentTo("sms", message.To), Channel: "sms",
			Provider: "twilio", After: time.Second,
		}
		two := one
		two.Kind, two.Reason, two.Code, two.After = event.MessageFailed, delivery.ReasonFiltered, 30007, 0
		if diff := cmp.Diff([]event.Event{one, two}, f.outcomes.all(), cmp.AllowUnexported(address.Address{})); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

func TestTake_countsOnce(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ref := f.ref(message)
		var wait sync.WaitGroup
		for range 64 {
			wait.Go(func() { f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered}) })
		}
		wait.Wait()
		if n := len(f.outcomes.all()); n != 1 {
			t.Errorf("64 copies of a receipt are %d outcomes, want 1", n)
		}
		if n := f.Client.HGet(t.Context(), "ua:receipt:{twilio.sms.IN}:mean", "n").Val(); n != "1" {
			t.Errorf("the mean has %s deliveries, want 1", n)
		}
		f.Advance(t, 23*time.Hour)
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered})
		if n := len(f.outcomes.all()); n != 1 {
			t.Errorf("replayed within a day: %d outcomes, want 1", n)
		}
	})
}

func TestTake_ignoresWhatIsNotOurs(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		for name, ref := range map[string]string{
			"nothing": "", "no base64": "%%%", "short": "AAAA", "long": strings.Repeat("A", 100_000),
			"another pepper's": open(t, f.Redis, "q").ref(message),
			"another form":     f.ref(delivery.Message{ID: "x|y|z.1", Channel: delivery.SMS}),
			"no number":        f.ref(delivery.Message{ID: "x", Channel: delivery.SMS}),
		} {
			if err := f.Take(t.Context(), delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered}); err != nil {
				t.Errorf("%s: %v, want it ignored", name, err)
			}
		}
		f.take(delivery.Receipt{Ref: f.ref(message), Status: delivery.StatusDelivered}) // without an ID
		if keys := f.Client.Keys(t.Context(), "*").Val(); len(f.challenges.told)+len(f.outcomes.all())+len(keys) > 0 {
			t.Errorf("told %v, outcomes %v, keys %v, want nothing", f.challenges.told, f.outcomes.all(), keys)
		}
	})
}

func TestTake_storeIsDown(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		ref := f.ref(message)
		f.Receipts.Redis = redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
		if err := f.Take(t.Context(), delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered}); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("Take: %v, want unavailable", err)
		}
		f.challenges.err = apperr.Down(nil)
		if err := f.Take(t.Context(), delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusSent}); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("Take: %v, want unavailable", err)
		}
	})
}

func TestRef_fitsAURLAndTellsNothing(t *testing.T) {
	f := open(t, testkit.EmbeddedRedis(t), "p")
	first, second := f.ref(message), f.ref(message)
	if url.QueryEscape(first) != first || len(first) > 200 {
		t.Errorf("a reference of %d characters, escaped %t; want at most 200 that need no escape", len(first), url.QueryEscape(first) != first)
	}
	if first == second {
		t.Error("two references are equal, which discloses that they belong to one message")
	}
}

func TestExpected(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.delivered(4, 2*time.Second)
		f.expects(0)
		f.delivered(1, 7*time.Second)
		if got := f.Expected("sms", country); got != 0 {
			t.Errorf("within 10 s of the previous fetch: %v, want the cached value", got)
		}
		f.expects(3 * time.Second) // the mean of 2 2 2 2 7
		f.delivered(200, time.Second)
		f.expects(time.Second)
		f.delivered(1, 11*time.Second)
		f.expects(2 * time.Second) // a new value has the weight of a tenth
		for channel, where := range map[string]string{"sms": "US", "email": "", "pigeon": country} {
			if got := f.Expected(channel, where); got != 0 {
				t.Errorf("Expected(%s, %q) = %v, want 0", channel, where, got)
			}
		}
		f.Advance(t, 31*24*time.Hour)
		f.expects(0)
	})
}

// A receipt that is a day late does not make the others look slow.
func TestExpected_bounded(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.delivered(5, 24*time.Hour)
		f.expects(10 * time.Minute)
		ref := f.ref(message)
		f.Clock.Add(-time.Hour) // a node whose clock is behind
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered})
		f.Clock.Add(time.Hour)
		f.expects(500 * time.Second) // the mean of five of 600 s and one of 0
	})
}

// A hidden message does not affect the public mean, but the operator sees its outcome as usual.
func TestExpected_hidden(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.delivered(5, 2*time.Second)
		f.expects(2 * time.Second)
		secret := message
		secret.Hidden = true
		ref := f.ref(secret)
		f.Advance(t, time.Minute)
		f.take(delivery.Receipt{Ref: ref, ID: "SM1", Status: delivery.StatusDelivered})
		f.expects(2 * time.Second)
		if seen := f.outcomes.all(); len(seen) != 6 || seen[5].Address.Canonical() != message.To {
			t.Errorf("%d outcomes, the last %+v; want the hidden one too", len(seen), seen[len(seen)-1])
		}
	})
}

func TestKeysTellNothingAndExpire(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		f.take(delivery.Receipt{Ref: f.ref(message), ID: "SM4711", Status: delivery.StatusDelivered})
		keys := f.Client.Keys(t.Context(), "*").Val()
		if len(keys) != 2 {
			t.Errorf("keys %v, want two", keys)
		}
		for _, key := range keys {
			if f.Client.PTTL(t.Context(), key).Val() <= 0 || strings.Contains(key, "4711") {
				t.Errorf("the key %s has no TTL, or discloses the message", key)
			}
		}
	})
}

// watch counts the commands with a name.
type watch struct {
	redis.Hook
	name  string
	count *atomic.Int64
}

func (w watch) DialHook(next redis.DialHook) redis.DialHook { return next }

func (w watch) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == w.name {
			w.count.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (w watch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// Any number of calls fetches a mean once in ten seconds, and no call waits for an unresponsive
// Redis.
func TestExpected_asksSeldom(t *testing.T) {
	f := open(t, testkit.EmbeddedRedis(t), "p")
	var asked atomic.Int64
	f.Client.AddHook(watch{name: "hmget", count: &asked})
	f.delivered(5, time.Second)
	f.expects(time.Second)
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
		f.Expected("sms", country)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("Redis was asked %d times, want once", n)
	}
	f.Receipts.Redis = redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1})
	f.Advance(t, 10*time.Second)
	for range 1000 {
		if got := f.Expected("sms", country); got != time.Second {
			t.Fatalf("Expected = %v while Redis is down, want the cached value", got)
		}
	}
}

// A message that the provider does not bill is refunded once, however often it is reported, and
// at the next report if the refund failed.
func TestTake_unbilled(t *testing.T) {
	each(t, func(t *testing.T, f fixture) {
		var refunds []string
		var fault error = apperr.Down(errors.New("down"))
		f.Refund = func(_ context.Context, ch delivery.Channel, to string) error {
			refunds = append(refunds, string(ch)+" "+to)
			return fault
		}
		r := delivery.Receipt{Ref: f.ref(message), ID: "SM1", Status: delivery.StatusFailed, Unbilled: true}
		if err := f.Take(t.Context(), r); !apperr.Is(err, apperr.Unavailable) {
			t.Errorf("a refund that fails: %v, want unavailable", err)
		}
		fault = nil
		for range 3 {
			f.take(r)
		}
		f.take(delivery.Receipt{Ref: f.ref(message), ID: "SM2", Status: delivery.StatusFailed}) // billed
		want := []string{"sms " + message.To, "sms " + message.To}
		if diff := cmp.Diff(want, refunds); diff != "" || len(f.outcomes.all()) != 2 {
			t.Errorf("refunds (-want +got):\n%s\n%d outcomes, want 2", diff, len(f.outcomes.all()))
		}
	})
}
