package notice_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/event"
	"user-api/internal/keyring"
	"user-api/internal/notice"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

func seen(t *testing.T, r *testkit.Redis) *notice.KnownNetworks {
	t.Helper()
	ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return notice.NewKnownNetworks(r.Client, ring)
}

// strangers are Networks from which nobody has signed in.
type strangers struct{}

func (strangers) Known(context.Context, int64, string) (bool, error) { return false, nil }
func (strangers) Learn(context.Context, int64, string) error         { return nil }
func (strangers) Forget(context.Context, int64) error                { return nil }

func known(t *testing.T, s *notice.KnownNetworks, network string) bool {
	t.Helper()
	known, err := s.Known(ctx, 7, network)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func learn(t *testing.T, s *notice.KnownNetworks, networks ...string) {
	t.Helper()
	for _, network := range networks {
		if err := s.Learn(ctx, 7, network); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSeen(t *testing.T) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		s := seen(t, r)
		if !known(t, s, "a") {
			t.Error("the first network of a user is new")
		}
		learn(t, s, "a")
		if !known(t, s, "a") || known(t, s, "b") {
			t.Error("a is new, or b is known")
		}
		// If there are too many, the least recently used one is forgotten.
		for i := range 31 {
			learn(t, s, fmt.Sprint("n", i))
		}
		learn(t, s, "a", "b")
		if !known(t, s, "a") || known(t, s, "n0") || !known(t, s, "n1") {
			t.Error("of 33 networks, the one forgotten is not the least recently used one")
		}
		if err := s.Forget(ctx, 7); err != nil || !known(t, s, "z") {
			t.Errorf("something is left after Forget: %v", err)
		}
		learn(t, s, "a")
		r.Advance(t, 91*24*time.Hour)
		if !known(t, s, "b") {
			t.Error("networks are kept for too long")
		}
	})
}

// If the network of a sign-in cannot be looked up, the notice comes later. Until its notice
// has been created the network is not known.
func TestSignInWaitsForTheStore(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	s := seen(t, r)
	learn(t, s, "203.0.113.0/24")
	n, p := newNotices(t, func(o *notice.Options) { o.Networks = s })
	failures := 0
	p.fail = func(string, otp.Notice) error {
		if failures++; failures < 3 {
			return apperr.Down(errors.New("redis is gone"))
		}
		return nil
	}
	n.Keep(from("198.51.100.1"), event.Event{Kind: event.SignIn, UserID: 7, Proven: []address.Address{mail}})
	drain(t, n)
	if got := p.got(); len(got) != 1 {
		t.Errorf("notices %v, want one", got)
	}
	if !known(t, s, "198.51.100.0/24") {
		t.Error("the network is not known after its notice")
	}
}
