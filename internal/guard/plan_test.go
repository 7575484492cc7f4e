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

	"user-api/internal/apperr"
	"user-api/internal/guard"
	"user-api/internal/identity"
	"user-api/internal/testkit"
)

// told writes a plan as its buckets, each with its amount, limits and marks.
func told(t *testing.T, p guard.Plan) []string {
	t.Helper()
	var plan struct {
		Buckets []struct {
			Key, Class, Scope string
			Amount            int64
			Rates             []struct{ Limit, Size, Slots int64 }
			Lane, Alert       bool
			Soft              int
		}
		Conversion []struct {
			Scope   string
			Enforce bool
		}
	}
	if err := json.Unmarshal([]byte(p.Encode()), &plan); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range plan.Buckets {
		line := fmt.Sprint(b.Class, " ", b.Scope, " ", b.Amount)
		for _, r := range b.Rates {
			line += fmt.Sprintf(" %d/%dx%d", r.Limit, r.Slots, r.Size)
		}
		lines = append(lines, strings.Join(strings.Fields(fmt.Sprint(line, " lane ", b.Lane, " alert ", b.Alert, " soft ", b.Soft)), " "))
	}
	for _, c := range plan.Conversion {
		lines = append(lines, fmt.Sprint("conversion ", c.Scope, " enforce ", c.Enforce))
	}
	return lines
}

// What a message is charged to.
func TestForSend(t *testing.T) {
	phone, err := identity.ParsePhone("+919876543210", "")
	if err != nil {
		t.Fatal(err)
	}
	email, err := identity.ParseEmail("ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	all := guard.Policy{
		Address: []guard.Rate{{5, time.Hour}, {10, 24 * time.Hour}}, Email: []guard.Rate{{20, 24 * time.Hour}},
		Sends: []guard.Rate{{30, time.Hour}}, Block: []guard.Rate{{20, 10 * time.Minute}}, Country: []guard.Rate{{2000, time.Hour}},
		Global: []guard.Rate{{300, time.Minute}}, DayBudget: 100, CountryBudget: 50, BlockBudget: 5, Soft: 50,
		Conversion: guard.Converting{Mode: guard.Enforce, Window: time.Hour},
	}
	off := guard.Policy{Conversion: guard.Converting{Mode: guard.Off}}
	for _, c := range []struct {
		name    string
		policy  guard.Policy
		address identity.Address
		want    []string
	}{
		{"phone", all, phone, []string{
			"address 1 5/60x60000 10/60x1440000 lane true alert false soft 0",
			"client 1 30/60x60000 lane false alert false soft 0",
			"global 1 300/12x5000 lane false alert true soft 0",
			"block 1 20/60x10000 lane false alert false soft 0",
			"country IN 1 2000/12x300000 lane false alert true soft 0",
			"budget block 3 5/12x7200000 lane false alert true soft 50",
			"budget IN 3 50/12x7200000 lane false alert true soft 50",
			"budget day 3 100/12x7200000 lane false alert true soft 50",
			"conversion block enforce true", "conversion IN enforce true",
		}},
		{"e-mail", all, email, []string{
			"address 1 20/60x1440000 lane true alert false soft 0",
			"client 1 30/60x60000 lane false alert false soft 0",
			"global 1 300/12x5000 lane false alert true soft 0",
		}},
		{"all off", off, phone, nil},
	} {
		g := newGuard(t, testkit.EmbeddedRedis(t), c.policy)
		g.Price = func(region string) int64 { return int64(len(region)) + 1 }
		plan := g.ForSend(guard.Send{Address: c.address, Client: alice})
		if diff := cmp.Diff(c.want, told(t, plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if strings.Contains(plan.Encode(), "9876543") || strings.Contains(plan.Encode(), alice.String()) {
			t.Errorf("%s: the plan tells who: %s", c.name, plan.Encode())
		}
		g.Enabled = false
		if got := told(t, g.ForSend(guard.Send{Address: c.address, Client: alice})); got != nil {
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

// A client that goes away is no outage of Redis.
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
		t.Errorf("after 70 that went away: %v", err)
	}
}
