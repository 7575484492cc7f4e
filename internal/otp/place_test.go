package otp_test

import (
	"context"
	"strings"
	"testing"

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/redisscript"
	"user-api/internal/testkit"
)

func nodeAs(t *testing.T, r *testkit.Redis, spread bool) guarded {
	t.Helper()
	return newNodeAs(t, r, defaults, false, keyring.Secrets{Pepper: pepper("p")}, spread)
}

// Without Spread, all keys have the names that earlier releases use, because they may run
// concurrently.
func TestPlace_notSpread(t *testing.T) {
	everyRedis(t, func(t *testing.T, r *testkit.Redis) {
		g := nodeAs(t, r, false)
		ticket, err := g.ask(number, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.answer(ticket.ID, g.code(ticket), 1); err != nil {
			t.Fatal(err)
		}
		if len(ticket.ID) != 24 {
			t.Errorf("an id %s", ticket.ID)
		}
		for _, key := range g.Client.Keys(t.Context(), "*").Val() {
			if !strings.HasPrefix(key, "ua:otp:{ua}:") && !strings.HasPrefix(key, "ua:guard:{ua}:") {
				t.Errorf("a key %s", key)
			}
		}
	})
}

// In a cluster of two nodes, of which only one has Spread, either completes what the other began.
func TestPlace_mixed(t *testing.T) {
	for name, spreads := range map[string]bool{"requested from the node with Spread": true, "requested from the other node": false} {
		t.Run(name, func(t *testing.T) {
			r := testkit.ClusterRedis(t)
			if !redisscript.InCluster(r.Client) {
				t.Fatal("no cluster")
			}
			here, there := nodeAs(t, r, spreads), nodeAs(t, r, !spreads)
			here.Challenges.Cooldown, there.Challenges.Cooldown = 0, 0
			ctx := context.Background()
			request := otp.Request{Address: phone(t, number), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(1), Key: "key"}
			ticket, err := here.Issue(ctx, request)
			if err != nil {
				t.Fatal(err)
			}
			if id, err := there.Living(ctx, request); err != nil || id != ticket.ID {
				t.Errorf("the live one is %q, %v, want %q", id, err, ticket.ID)
			}
			code := there.code(ticket)
			if err := there.Report(ctx, ticket.ID, 1, "sent", ""); err != nil {
				t.Error(err)
			}
			if status, err := there.Status(ctx, ticket.ID); err != nil || status.Status != "sent" {
				t.Errorf("%+v, %v, want sent", status, err)
			}
			again, err := there.Resend(ctx, ticket.ID, request)
			if err != nil || again.Send != 2 {
				t.Errorf("once more: %+v, %v", again, err)
			}
			there.TakeBack(ctx, again)
			left := apperr.From(there.answer(ticket.ID, "000000", 1)).AttemptsLeft
			if left == nil || *left != 4 {
				t.Errorf("%v attempts left after a wrong code, want 4", left)
			}
			for range 2 {
				if err := there.answer(ticket.ID, code, 1); err != nil {
					t.Fatal(err)
				}
				if err := here.GiveBack(ctx, ticket.ID); err != nil {
					t.Error(err)
				}
			}
			if err := there.Forget(ctx, phone(t, number)); err != nil {
				t.Error(err)
			}
			if err := here.answer(ticket.ID, code, 1); !apperr.Is(err, apperr.OtpInvalid) {
				t.Errorf("after Forget: %v", err)
			}
			request.Purpose, request.UserID, request.Key = otp.PurposeBindPhone, 7, ""
			if ticket, err = here.Issue(ctx, request); err != nil {
				t.Fatal(err)
			}
			if err := there.ForgetUser(ctx, 7); err != nil {
				t.Error(err)
			}
			if status, err := here.Status(ctx, ticket.ID); err == nil {
				t.Errorf("after ForgetUser: %+v", status)
			}
		})
	}
}

// An id discloses nothing about the address it leads to, not even whether two ids have the same
// address.
func TestPlace_masked(t *testing.T) {
	g := newNodeAs(t, testkit.EmbeddedRedis(t), guard.Policy{}, false, keyring.Secrets{Pepper: pepper("p")}, true)
	begins := map[string]bool{}
	for range 50 {
		begins[newID(t, g.Challenges)[:2]] = true // the 12 bits of the tag
	}
	if len(begins) < 40 {
		t.Errorf("50 ids of an address have %d different beginnings", len(begins))
	}
}
