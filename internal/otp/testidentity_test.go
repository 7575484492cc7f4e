package otp_test

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/otp"
	"user-api/internal/testkit"
)

const (
	reviewer  = "+15005550006"
	fixedCode = "424242"
)

var (
	office    = netip.MustParseAddr("203.0.113.9")
	elsewhere = netip.MustParseAddr("198.51.100.1")
)

func reviewers(t *testing.T, ends time.Time) otp.TestIdentities {
	return otp.TestIdentities{{
		Address: phone(t, reviewer), Code: fixedCode, Ends: ends,
		Clients: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/48")},
	}}
}

func TestFixed(t *testing.T) {
	ends := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	tests := reviewers(t, ends)
	anywhere := otp.TestIdentities{{Address: phone(t, reviewer), Code: fixedCode}}
	for _, c := range []struct {
		name   string
		tests  otp.TestIdentities
		to     string
		client netip.Addr
		now    time.Time
		code   string
		ok     bool
	}{
		{"from its network", tests, reviewer, office, ends.Add(-time.Second), fixedCode, true},
		{"from its other network", tests, reviewer, netip.MustParseAddr("2001:db8::7"), ends.Add(-time.Second), fixedCode, true},
		{"from elsewhere", tests, reviewer, elsewhere, ends.Add(-time.Second), "", true},
		{"from nowhere", tests, reviewer, netip.Addr{}, ends.Add(-time.Second), "", true},
		{"at its end", tests, reviewer, office, ends, "", false},
		{"another number", tests, "+15005550001", office, ends.Add(-time.Second), "", false},
		{"without bounds", anywhere, reviewer, elsewhere, ends.AddDate(50, 0, 0), fixedCode, true},
		{"where there are none", nil, reviewer, office, ends, "", false},
	} {
		if code, ok := c.tests.Fixed(phone(t, c.to), c.client, c.now); code != c.code || ok != c.ok {
			t.Errorf("%s: Fixed = %q, %v, want %q, %v", c.name, code, ok, c.code, c.ok)
		}
	}
}

// withTests runs test with a test identity that ends after a day.
func withTests(t *testing.T, test func(*testing.T, fixture)) {
	testkit.EachRedis(t, func(t *testing.T, r *testkit.Redis) {
		ring, err := keyring.New([]byte(strings.Repeat("p", 32)), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		challenges, err := otp.New(otp.Options{
			Redis: r.Client, Ring: ring, Rand: rand.Reader, Guard: newGuard(r, ring), Expire: expire, Cooldown: cooldown, Attempts: 5,
			Lengths: map[address.Kind]int{address.KindPhone: 6, address.KindEmail: 8},
			Tests:   reviewers(t, r.Clock.Now().Add(24*time.Hour)), Now: r.Clock.Now, Failures: noFailures{},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, fixture{challenges, r, t})
	})
}

func TestIssue_testIdentity(t *testing.T) {
	withTests(t, func(t *testing.T, f fixture) {
		ask := func(client netip.Addr, decoy bool) otp.Ticket {
			t.Helper()
			ticket, err := f.Issue(context.Background(), otp.Request{
				Address: phone(t, reviewer), Channel: "sms", Purpose: otp.PurposeLogin, Client: client, Decoy: decoy,
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := f.Claim(context.Background(), ticket.ID, ticket.Send, true)
			if err != nil || !out.Decoy || out.Code == fixedCode {
				t.Errorf("Claim = %v, %v: something would be sent", out, err)
			}
			return ticket
		}
		ticket := ask(office, false)
		if err := f.verify(ticket.ID, wrong(fixedCode)); !apperr.Is(err, apperr.OtpInvalid) || *apperr.From(err).AttemptsLeft != 4 {
			t.Errorf("a wrong code: %v, want otp_invalid with 4 attempts left", err)
		}
		if err := f.verify(ticket.ID, fixedCode); err != nil {
			t.Errorf("the fixed code: %v", err)
		}
		f.done(ticket.ID)
		if err := f.verify(ticket.ID, fixedCode); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the fixed code again: %v, want otp_invalid", err)
		}
		for range 3 { // no message, no cooldown
			if ticket := ask(office, false); ticket.ResendIn != 0 {
				t.Errorf("the next may be requested in %s, want immediately", ticket.ResendIn)
			}
		}
		again, err := f.Resend(context.Background(), ask(office, false).ID, otp.Request{Address: phone(t, reviewer), Client: office})
		if err != nil || again.ResendIn != 0 {
			t.Errorf("an immediate resend: %v, and the next in %s", err, again.ResendIn)
		}
		if err := f.verify(again.ID, fixedCode); err != nil {
			t.Errorf("the fixed code after an immediate resend: %v", err)
		}
		if ticket := ask(elsewhere, false); ticket.ResendIn < cooldown {
			t.Errorf("from elsewhere the next may be requested in %s, which discloses a test identity", ticket.ResendIn)
		}
		if _, err := f.Issue(context.Background(), otp.Request{Address: phone(t, reviewer), Purpose: otp.PurposeLogin, Client: elsewhere}); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("again immediately, from elsewhere: %v, want the cooldown of any address", err)
		}
		f.Advance(t, 4*cooldown)
		if err := f.verify(ask(elsewhere, false).ID, fixedCode); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("requested from elsewhere: %v, want otp_invalid", err)
		}
		f.Advance(t, cooldown)
		if err := f.verify(ask(office, true).ID, fixedCode); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("of a banned account: %v, want otp_invalid", err)
		}
		f.Advance(t, 2*cooldown)
		resent := ask(office, false)
		f.Advance(t, 2*cooldown)
		again, err = f.Resend(context.Background(), resent.ID, otp.Request{Address: whose(t, f.Challenges, resent.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := f.Claim(context.Background(), again.ID, again.Send, true); err != nil || !out.Decoy {
			t.Errorf("Claim of a resend = %v, %v: something would be sent", out, err)
		}
		if err := f.verify(resent.ID, fixedCode); err != nil {
			t.Errorf("the fixed code after a resend: %v", err)
		}
		notice, err := f.Notice(context.Background(), otp.Notice{ID: newID(t, f.Challenges), Name: "password_changed", Address: phone(t, reviewer), Channel: "sms"})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := f.Claim(context.Background(), notice.ID, notice.Send, true); err != nil || !out.Decoy {
			t.Errorf("Claim of a notice = %v, %v: something would be sent", out, err)
		}
	})
}

// After its end it is an ordinary address.
func TestIssue_testIdentityEnds(t *testing.T) {
	withTests(t, func(t *testing.T, f fixture) {
		f.Advance(t, 24*time.Hour)
		ticket, err := f.Issue(context.Background(), otp.Request{Address: phone(t, reviewer), Channel: "sms", Purpose: otp.PurposeLogin, Client: office})
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Claim(context.Background(), ticket.ID, ticket.Send, true)
		if err != nil || out.Decoy {
			t.Errorf("Claim = %v, %v, want a message", out, err)
		}
		if err := f.verify(ticket.ID, out.Code); err != nil {
			t.Errorf("the code that was sent: %v", err)
		}
	})
}
