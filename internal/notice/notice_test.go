package notice_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/delivery/template"
	"user-api/internal/event"
	"user-api/internal/notice"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/testkit"
)

var (
	ctx   = context.Background()
	phone = event.SentTo("sms", "+919876543210")
	other = event.SentTo("sms", "+919876543211")
	mail  = event.SentTo("email", "me@example.org")
	mail2 = event.SentTo("email", "thief@example.net")
)

func TestMain(m *testing.M) { testkit.Main(m) }

// parts fakes the challenge store and the queue. fail is called before each step.
type parts struct {
	mu     sync.Mutex
	ids    int
	due    map[string]otp.Notice
	queued []string
	events []event.Event
	fail   func(step string, n otp.Notice) error
}

func (p *parts) NewID(address.Address) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids++
	return fmt.Sprint("id", p.ids), nil
}

func (p *parts) Notice(_ context.Context, n otp.Notice) (otp.Ticket, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fail("make", n); err != nil {
		return otp.Ticket{}, err
	}
	if p.due == nil {
		p.due = map[string]otp.Notice{}
	}
	p.due[n.ID] = n
	return otp.Ticket{ID: n.ID, Send: 1}, nil
}

func (p *parts) Enqueue(_ context.Context, id string, send int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fail("queue", p.due[id]); err != nil {
		return err
	}
	p.queued = append(p.queued, id)
	return nil
}

func (p *parts) Keep(_ context.Context, e event.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
}

// got returns the queued notices as names and addresses, in order.
func (p *parts) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var got []string
	for _, id := range p.queued {
		n := p.due[id]
		got = append(got, n.Name+" "+n.Channel+" "+n.Address.Canonical())
	}
	return got
}

func (p *parts) kinds() []event.Kind {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kinds []event.Kind
	for _, e := range p.events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func newNotices(t *testing.T, change func(*notice.Options)) (*notice.Notices, *parts) {
	t.Helper()
	p := &parts{fail: func(string, otp.Notice) error { return nil }}
	o := notice.Options{Challenges: p, Queue: p, Events: p}
	if change != nil {
		change(&o)
	}
	n := notice.New(o)
	t.Cleanup(func() { _ = n.Drain(ctx) })
	return n, p
}

func drain(t *testing.T, n *notice.Notices) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := n.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestRecipients(t *testing.T) {
	both := []address.Address{phone, mail}
	tests := []struct {
		name string
		e    event.Event
		want []string
	}{
		{"a password", event.Event{Kind: event.PasswordChanged, Proven: both},
			[]string{"password_changed sms +919876543210", "password_changed email me@example.org"}},
		{"a reset, including the address it was done with", event.Event{Kind: event.PasswordReset, Address: mail, Proven: both},
			[]string{"password_reset sms +919876543210", "password_reset email me@example.org"}},
		{"a reset of an account with one address", event.Event{Kind: event.PasswordReset, Address: mail, Proven: []address.Address{mail}},
			[]string{"password_reset email me@example.org"}},
		{"an address added to another", event.Event{Kind: event.AddressBound, Address: mail2, Proven: []address.Address{phone}},
			[]string{"email_added sms +919876543210"}},
		{"a number added to an e-mail address", event.Event{Kind: event.AddressBound, Address: phone, Proven: []address.Address{mail}},
			[]string{"phone_added email me@example.org"}},
		{"the first address", event.Event{Kind: event.AddressBound, Address: mail}, []string{"email_added email me@example.org"}},
		{"an address proven again", event.Event{Kind: event.AddressBound, Address: mail, Proven: both}, nil},
		{"a number replaced", event.Event{Kind: event.AddressBound, Address: other, Replaced: phone, Proven: both},
			[]string{"phone_replaced sms +919876543210", "phone_replaced email me@example.org"}},
		{"the only address replaced", event.Event{Kind: event.AddressBound, Address: mail2, Replaced: mail, Proven: []address.Address{mail}},
			[]string{"email_replaced email me@example.org"}},
		{"a replaced address that is not among the proven", event.Event{Kind: event.AddressBound, Address: mail2, Replaced: mail, Proven: []address.Address{phone}},
			[]string{"email_replaced sms +919876543210", "email_replaced email me@example.org"}},
		{"an address removed", event.Event{Kind: event.AddressRemoved, Address: phone, Proven: both},
			[]string{"phone_removed sms +919876543210", "phone_removed email me@example.org"}},
		{"a removed address that is not among the proven", event.Event{Kind: event.AddressRemoved, Address: mail, Proven: []address.Address{phone}},
			[]string{"email_removed sms +919876543210", "email_removed email me@example.org"}},
		{"a user without an address", event.Event{Kind: event.PasswordChanged}, nil},
		{"a sign-in, with its notices off", event.Event{Kind: event.SignIn, Proven: both}, nil},
		{"an event without a notice", event.Event{Kind: event.SignOut, Proven: both}, nil},
		{"the outcome of a notice", event.Event{Kind: event.NoticeAsked, Address: phone, Proven: both}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, p := newNotices(t, nil)
			n.Keep(ctx, tt.e)
			drain(t, n)
			if diff := cmp.Diff(tt.want, p.got()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every kind that causes a notice has texts, and no other has.
func TestEveryKindHasTexts(t *testing.T) {
	names := map[string]bool{}
	for kind, keeping := range event.Kinds {
		if !keeping.Notice {
			continue
		}
		for _, addr := range []address.Address{phone, mail} {
			for _, replaced := range []address.Address{{}, addr} {
				names[notice.Name(event.Event{Kind: kind, Address: addr, Replaced: replaced})] = true
			}
		}
	}
	want, got := slices.Sorted(maps.Keys(template.Notices)), slices.Sorted(maps.Keys(names))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notices (-texts +kinds):\n%s", diff)
	}
}

func TestNoticesWaitForTheStore(t *testing.T) {
	n, p := newNotices(t, nil)
	failures := 0
	// The store is down, then the queue. Each attempt gets one step further.
	p.fail = func(step string, n otp.Notice) error {
		if failures++; failures <= 5 && (step == "queue" || failures%2 == 1) {
			return apperr.Down(errors.New("redis: connection refused"))
		}
		return nil
	}
	n.Keep(ctx, event.Event{Kind: event.PasswordReset, Proven: []address.Address{phone, mail}})
	drain(t, n)
	want := []string{"password_reset sms +919876543210", "password_reset email me@example.org"}
	if diff := cmp.Diff(want, p.got()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.ids != 2 || len(p.due) != 2 {
		t.Errorf("%d ids and %d notices, want 2 and 2: a retry created another message", p.ids, len(p.due))
	}
	if diff := cmp.Diff([]event.Kind{event.NoticeAsked, event.NoticeAsked}, p.kinds()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// A notice that cannot be created for one address does not delay those of others.
func TestOneAddressKeepsNoOtherBack(t *testing.T) {
	for name, failure := range map[string]error{
		"a limit": apperr.New(apperr.RateLimited), "an internal error": errors.New("sealed under another key"),
	} {
		t.Run(name, func(t *testing.T) {
			n, p := newNotices(t, nil)
			p.fail = func(_ string, n otp.Notice) error {
				if n.Address == phone {
					return failure
				}
				return nil
			}
			n.Keep(ctx, event.Event{Kind: event.PasswordReset, UserID: 7, Proven: []address.Address{phone, mail}})
			n.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: 8, Proven: []address.Address{mail2}})
			drain(t, n)
			want := []string{"password_reset email me@example.org", "password_changed email thief@example.net"}
			if diff := cmp.Diff(want, p.got()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDroppedNoticeIsAnEvent(t *testing.T) {
	n, p := newNotices(t, nil)
	p.fail = func(string, otp.Notice) error { return apperr.New(apperr.RateLimited) }
	n.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: 7, Proven: []address.Address{mail}})
	drain(t, n)
	want := event.Event{Kind: event.Limited, UserID: 7, Address: mail, Channel: "email", Reason: event.ForNotice}
	if len(p.events) != 1 || p.events[0].Kind != want.Kind || p.events[0].Address != mail || p.events[0].Reason != want.Reason || p.events[0].UserID != 7 {
		t.Fatalf("events %+v, want %+v", p.events, want)
	}
	if step := p.events[0].Step(); step != event.StepLimited {
		t.Errorf("step %q in the timeline, want limited", step)
	}
}

// A notice is in the user's language, which is looked up once, in the background.
func TestLanguage(t *testing.T) {
	var asked []int64
	n, p := newNotices(t, func(o *notice.Options) {
		o.LocaleOf = func(_ context.Context, userID int64) string {
			asked = append(asked, userID)
			return map[int64]string{7: "pt-BR"}[userID]
		}
	})
	n.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: 7, Proven: []address.Address{phone, mail}})
	n.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: 8, Proven: []address.Address{mail2}})
	drain(t, n)
	var got []string
	for _, id := range p.queued {
		got = append(got, p.due[id].Locale)
	}
	if diff := cmp.Diff([]string{"pt-BR", "pt-BR", ""}, got); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{7, 8}, asked); diff != "" {
		t.Errorf("looked up (-want +got):\n%s", diff)
	}
}

// During shutdown outstanding notices are created, and those that could not be are reported.
func TestDrainWritesWhatIsHeld(t *testing.T) {
	n, p := newNotices(t, nil)
	for i := range 200 {
		n.Keep(ctx, event.Event{Kind: event.PasswordChanged, UserID: int64(i), Proven: []address.Address{mail}})
	}
	drain(t, n)
	if got := len(p.got()); got != 200 {
		t.Errorf("%d notices, want 200", got)
	}

	n, p = newNotices(t, nil)
	p.fail = func(string, otp.Notice) error { return apperr.Down(errors.New("redis is gone")) }
	n.Keep(ctx, event.Event{Kind: event.PasswordChanged, Proven: []address.Address{mail}})
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := n.Drain(ended); err == nil || !strings.Contains(err.Error(), "1 lost") {
		t.Errorf("Drain without a store: %v, want 1 lost", err)
	}
}

// Only kinds that nobody can cause at will use the reserve.
func TestRoutine(t *testing.T) {
	tests := []struct {
		e    event.Event
		want bool
	}{
		{event.Event{Kind: event.PasswordChanged}, true},
		{event.Event{Kind: event.PasswordReset}, false},
		{event.Event{Kind: event.AddressBound, Address: mail2}, false},
		{event.Event{Kind: event.AddressBound, Address: other, Replaced: phone}, false},
		{event.Event{Kind: event.AddressRemoved, Address: phone}, false},
	}
	for _, tt := range tests {
		n, p := newNotices(t, nil)
		tt.e.Proven = []address.Address{phone}
		n.Keep(ctx, tt.e)
		drain(t, n)
		for _, due := range p.due {
			if due.Routine != tt.want {
				t.Errorf("%s is routine: %v, want %v", due.Name, due.Routine, tt.want)
			}
		}
		if len(p.due) == 0 {
			t.Errorf("%s: no notice", tt.e.Kind)
		}
	}
}

// from is the context of a request from a client.
func from(ip string) context.Context {
	return reqctx.WithClient(ctx, reqctx.Client{IP: netip.MustParseAddr(ip)})
}

func TestSignInFromANewNetwork(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		n, p := newNotices(t, func(o *notice.Options) { o.Networks = seen(t, r) })
		n.Keep(from("203.0.113.1"), event.Event{Kind: event.SignIn, UserID: 7}) // the first one, before there is an address
		for _, client := range []string{
			"203.0.113.7",
			"203.0.113.200", "203.0.113.7",
			"198.51.100.1", // causes a notice
			"198.51.100.2", "203.0.113.9",
			"2001:db8:1::1", // causes a notice
			"2001:db8:1:ffff::2",
		} {
			n.Keep(from(client), event.Event{Kind: event.SignIn, UserID: 7, Proven: []address.Address{mail}})
		}
		n.Keep(from("198.51.100.1"), event.Event{Kind: event.SignIn, UserID: 8, Proven: []address.Address{mail2}})
		// Nothing is left of an erased account: the next sign-in counts as the first.
		n.Keep(ctx, event.Event{Kind: event.AccountDeleted, UserID: 7})
		n.Keep(from("192.0.2.1"), event.Event{Kind: event.SignIn, UserID: 7, Proven: []address.Address{mail}})
		drain(t, n)
		if diff := cmp.Diff([]string{"sign_in email me@example.org", "sign_in email me@example.org"}, p.got()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
