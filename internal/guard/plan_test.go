package guard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/testkit"
)

// told formats a plan: each bucket with its rates, and for each rate the amount, the limits
// (soft, for everybody, for known networks), the window and flags.
func told(t *testing.T, p guard.Plan) []string {
	t.Helper()
	var plan struct {
		Buckets []struct {
			Key   string
			Rates []struct {
				Class, Scope                           string
				Amount, Limit, Soft, Most, Size, Slots int64
				Own, Alert                             bool
			}
		}
		Conversion []struct {
			Scope    string
			Enforce  bool
			Networks []struct{ Most int64 }
		}
	}
	if err := json.Unmarshal([]byte(p.Encode()), &plan); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range plan.Buckets {
		line := strings.Split(b.Key, ":")[3]
		for _, r := range b.Rates {
			line += fmt.Sprintf("; %s %s %d of %d/%d/%d in %dx%d own %t alert %t", r.Class, r.Scope, r.Amount, r.Soft, r.Limit, r.Most, r.Slots, r.Size, r.Own, r.Alert)
		}
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	for _, c := range plan.Conversion {
		lines = append(lines, fmt.Sprint("conversion ", c.Scope, " enforce ", c.Enforce, " networks ", c.Networks))
	}
	return lines
}

// ForSend charges a message to the expected buckets.
func TestForSend(t *testing.T) {
	phone, err := address.ParsePhone("+919876543210", "")
	if err != nil {
		t.Fatal(err)
	}
	email, err := address.ParseEmail("ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	all := guard.Policy{
		Address: []guard.Rate{{5, time.Hour}, {10, 24 * time.Hour}}, Email: []guard.Rate{{20, 24 * time.Hour}},
		Sends: []guard.Rate{{30, time.Hour}}, Block: []guard.Rate{{20, 10 * time.Minute}}, Country: []guard.Rate{{2000, time.Hour}},
		Global: []guard.Rate{{300, time.Minute}}, DayBudget: 100, CountryBudget: 50, BlockBudget: 5, Soft: 50,
		Networks: guard.Networks{Net24: 8, Net56: 2, Net48: 8, Net32: 64}, Shares: guard.Shares{Network: 25, Provider: 50, Number: 50, Captcha: 75, Known: 20},
		Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour, MinSent: 20},
	}
	six := netip.MustParseAddr("2001:db8:1:2::7")
	off := guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}
	for _, c := range []struct {
		name    string
		policy  guard.Policy
		client  netip.Addr
		address address.Address
		want    []string
	}{
		{"phone", all, alice, phone, []string{
			"address; address 1 of 3/4/5 in 60x60000 own true alert false; address 1 of 7/8/10 in 60x1440000 own true alert false",
			"asker; address 1 of 0/3/5 in 60x60000 own true alert false; address 1 of 0/5/10 in 60x1440000 own true alert false",
			"client; client 1 of 0/30/0 in 60x60000 own false alert false",
			"client; client 1 of 0/240/0 in 12x300000 own false alert false",
			"global; global 1 of 225/240/300 in 12x5000 own false alert true; budget day 3 of 50/80/100 in 12x7200000 own false alert true",
			"share; global 1 of 57/75/300 in 12x5000 own false alert false; budget day 3 of 13/25/100 in 12x7200000 own false alert false",
			"block; block 1 of 15/16/20 in 60x10000 own false alert false; budget block 3 of 3/4/5 in 12x7200000 own false alert true",
			"share; block 1 of 4/5/20 in 12x50000 own false alert false; budget block 3 of 3/3/5 in 12x7200000 own false alert false",
			"country; country IN 1 of 1500/1600/2000 in 12x300000 own false alert true; budget IN 3 of 25/40/50 in 12x7200000 own false alert true",
			"share; country IN 1 of 375/500/2000 in 12x300000 own false alert false; budget IN 3 of 7/13/50 in 12x7200000 own false alert false",
			"conversion block enforce true networks [{0}]", "conversion IN enforce true networks [{0}]",
		}},
		{"e-mail over IPv6", all, six, email, []string{
			"address; address 1 of 15/16/20 in 60x1440000 own true alert false",
			"asker; address 1 of 0/10/20 in 60x1440000 own true alert false",
			"client; client 1 of 0/30/0 in 60x60000 own false alert false",
			"client; client 1 of 0/60/0 in 12x300000 own false alert false",
			"client; client 1 of 0/240/0 in 12x300000 own false alert false",
			"client; client 1 of 0/1920/0 in 12x300000 own false alert false",
			"global; global 1 of 225/240/300 in 12x5000 own false alert true; budget day 0 of 50/80/100 in 12x7200000 own false alert true",
			"share; global 1 of 57/75/300 in 12x5000 own false alert false; budget day 0 of 13/25/100 in 12x7200000 own false alert false",
			"share; global 1 of 113/150/300 in 12x5000 own false alert false; budget day 0 of 25/50/100 in 12x7200000 own false alert false",
		}},
		{"undivided", guard.Policy{Global: all.Global, Sends: all.Sends, Conversion: off.Conversion}, alice, email, []string{
			"client; client 1 of 0/30/0 in 60x60000 own false alert false",
			"global; global 1 of 0/300/300 in 12x5000 own false alert true",
		}},
		{"all off", off, alice, phone, nil},
	} {
		g := newGuard(t, testkit.EmbeddedRedis(t), c.policy)
		g.Price = func(_, region string) int64 { return int64(len(region)) + 1 }
		plan := g.ForSend(guard.Send{Address: c.address, Client: c.client})
		if diff := cmp.Diff(c.want, told(t, plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if strings.Contains(plan.Encode(), "9876543") || strings.Contains(plan.Encode(), c.client.String()) {
			t.Errorf("%s: the plan discloses an address or client: %s", c.name, plan.Encode())
		}
		g.Enabled = false
		if got := told(t, g.ForSend(guard.Send{Address: c.address, Client: c.client})); got != nil {
			t.Errorf("%s, not enabled: %v", c.name, got)
		}
	}
}

func TestNetwork(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "2001:db8:aaaa:bbbb::1": "2001:db8:aaaa::/48", "": "",
	} {
		client, _ := netip.ParseAddr(addr)
		if got := guard.Network(client); got != want {
			t.Errorf("Network(%s) = %q, want %q", addr, got, want)
		}
	}
}

// A canceled request does not count as an outage of Redis.
func TestTry_clientGone(t *testing.T) {
	r := testkit.EmbeddedRedis(t)
	g := newGuard(t, r, guard.Policy{Account: []guard.Rate{{1000, time.Hour}}})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 70 {
		if _, err := g.Try(gone, g.ForPassword("ann", alice), "ann"); !apperr.Is(err, apperr.Unavailable) {
			t.Fatalf("%v, want unavailable", err)
		}
	}
	if _, err := g.Try(t.Context(), g.ForPassword("ann", alice), "ann"); err != nil {
		t.Errorf("after 70 canceled requests: %v", err)
	}
}

// All charges of a network are in one slot, so one script counts them together.
func TestPlan_keys(t *testing.T) {
	g := newGuard(t, testkit.EmbeddedRedis(t), guard.Policy{
		Refresh: []guard.Rate{{60, time.Minute}}, Networks: guard.Networks{Net24: 8, Net56: 2, Net48: 8, Net32: 64},
	})
	tag := func(client string) string {
		var plan struct{ Buckets []struct{ Key string } }
		if err := json.Unmarshal([]byte(g.ForRefresh(netip.MustParseAddr(client)).Encode()), &plan); err != nil {
			t.Fatal(err)
		}
		tags := map[string]bool{}
		for _, b := range plan.Buckets {
			_, rest, _ := strings.Cut(b.Key, "{")
			tag, _, _ := strings.Cut(rest, "}")
			tags[tag] = true
		}
		if len(tags) != 1 {
			t.Errorf("%s: one script touches the slots of %v", client, tags)
		}
		return fmt.Sprint(tags)
	}
	if tag("192.0.2.1") == tag("192.0.3.1") || tag("2001:db8::1") == tag("2001:db9::1") {
		t.Error("two providers share a slot's load")
	}
}
