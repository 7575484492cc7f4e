package event_test

import (
	"net/netip"
	"testing"
	"time"

	"user-api/internal/event"
	"user-api/internal/reqctx"
)

func TestThrottle(t *testing.T) {
	const victim, other = "+919876543210", "+919876543211"
	home, away := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	failed := event.Event{Kind: event.SignInFailed, Reason: event.WrongPassword, UserID: 7}
	refused := event.Event{Kind: event.CodeRefused, Reason: event.ForLogin, UserID: event.OfAddress}
	limited := event.Event{Kind: event.Limited, Reason: event.WhenSigningIn}
	of := func(e event.Event, address string) event.Event {
		e.Address = event.SentTo("sms", address)
		return e
	}
	user := func(e event.Event, id int64) event.Event {
		e.UserID = id
		return e
	}
	for name, c := range map[string]struct {
		first, second event.Event
		client        netip.Addr
		after         time.Duration
		kept          int
	}{
		"the same":                     {first: failed, second: failed, client: home, kept: 1},
		"a moment later":               {first: failed, second: failed, client: home, after: 999 * time.Millisecond, kept: 1},
		"a second later":               {first: failed, second: failed, client: home, after: time.Second, kept: 2},
		"a clock that was set back":    {first: failed, second: failed, client: home, after: -time.Hour, kept: 2},
		"another client":               {first: failed, second: failed, client: away, kept: 2},
		"another user":                 {first: failed, second: user(failed, 8), client: home, kept: 2},
		"another address":              {first: of(failed, victim), second: of(failed, other), client: home, kept: 2},
		"a code of nobody":             {first: refused, second: refused, client: home, kept: 1},
		"a code of an address":         {first: of(refused, victim), second: of(refused, victim), client: home, kept: 2},
		"a limit":                      {first: limited, second: limited, client: home, kept: 1},
		"a limit, of another address":  {first: of(limited, victim), second: of(limited, other), client: home, kept: 1},
		"a limit, of another user":     {first: user(limited, 7), second: user(limited, 8), client: home, kept: 1},
		"no refusal":                   {first: event.Event{Kind: event.SignIn}, second: event.Event{Kind: event.SignIn}, client: home, kept: 2},
		"a refusal, then another kind": {first: failed, second: limited, client: home, kept: 2},
		"another reason":               {first: failed, second: event.Event{Kind: event.SignInFailed, Reason: event.BannedAccount, UserID: 7}, client: home, kept: 2},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			kept := &sink{}
			throttle := event.NewThrottle(kept, func() time.Time { return now })
			throttle.Keep(reqctx.WithClient(t.Context(), reqctx.Client{IP: home}), c.first)
			now = now.Add(c.after)
			throttle.Keep(reqctx.WithClient(t.Context(), reqctx.Client{IP: c.client}), c.second)
			if len(kept.kinds) != c.kept {
				t.Errorf("%d of two were kept, want %d", len(kept.kinds), c.kept)
			}
		})
	}
}

// A flood from one client that concerns nobody becomes one event per second.
func TestThrottle_flood(t *testing.T) {
	now, kept := time.Now(), &sink{}
	throttle := event.NewThrottle(kept, func() time.Time { return now })
	ctx := reqctx.WithClient(t.Context(), reqctx.Client{IP: netip.MustParseAddr("192.0.2.1")})
	for range 10_000 {
		throttle.Keep(ctx, event.Event{Kind: event.CodeRefused, UserID: event.OfAddress})
		now = now.Add(time.Millisecond)
	}
	if len(kept.kinds) != 10 {
		t.Errorf("%d events were kept in ten seconds, want 10", len(kept.kinds))
	}
}
