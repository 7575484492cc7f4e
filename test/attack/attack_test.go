package main

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"user-api/internal/config"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// begin and end mark the table in docs/guard.md.
const (
	page  = "../../docs/guard.md"
	begin = "<!-- attacks -->\n"
	end   = "<!-- /attacks -->"
)

var (
	table  = flag.String("table", "", "write the table of attacks to this file")
	update = flag.Bool("update", false, "write the table of attacks to docs/guard.md")
)

// defaults sets the default limits instead of the kit's.
func defaults(t *testing.T) kit.Option {
	t.Helper()
	c, err := config.Parse([]byte("Mode: dev"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c.RateLimit.Prices = []string{} // null is not a list
	text, err := json.Marshal(map[string]any{"RateLimit": c.RateLimit, "Otp": map[string]int{"Length": c.Otp.Length}})
	if err != nil {
		t.Fatal(err)
	}
	return kit.Option(text)
}

// on starts a service with the default limits, whose clock the attacker's waiting advances.
func on(t *testing.T, options ...kit.Option) (*kit.App, *attacker) {
	t.Helper()
	app := kit.New(t, kit.Embedded, append([]kit.Option{defaults(t), kit.RealHashes}, options...)...)
	return app, newAttacker(app.URL, func(d time.Duration) bool {
		app.Advance(d)
		return true
	})
}

// tried lists the attacks described on the page, in its order.
var tried = []struct {
	name    string
	attack  func(*attacker, plan) (result, error)
	plan    plan
	proxied bool
	trusted bool
}{
	{name: "one block", attack: pumping, plan: plan{n: 60, block: "+91987654", blocks: 1}},
	{name: "one block by forged addresses", attack: pumping, plan: plan{n: 60, block: "+91987654", blocks: 1}, proxied: true},
	{name: "one block for an hour", attack: pumping, plan: plan{n: 60, block: "+91987654", blocks: 1, span: time.Hour}},
	{name: "many blocks", attack: pumping, plan: plan{n: 60, block: "+91987654", blocks: 10}},
	{name: "many blocks by forged addresses", attack: pumping, plan: plan{n: 60, block: "+91987654", blocks: 10}, proxied: true},
	{name: "one number's codes", attack: bruteforce, plan: plan{n: 1000, phone: "+919876543210"}},
	{name: "many names' passwords", attack: spray, plan: plan{n: 160}},
	{name: "one name's passwords", attack: spray, plan: plan{n: 40, known: "known"}},
	{name: "a country from one /48", attack: exhaust, plan: plan{n: 100, phone: "+919876543210", span: 3 * time.Hour}, trusted: true},
	{name: "a code in hand", attack: voidCode, plan: plan{n: 3, phone: "+919876543210"}, trusted: true},
	{name: "one name's passwords from 20 networks", attack: spray, plan: plan{n: 200, known: "known"}, proxied: true, trusted: true},
	// A busy machine answers late; requests for which the flood left no place get 503.
	{name: "one client's flood", attack: flood, plan: plan{patience: 10 * patient}, trusted: true},
	// Few attempts on a busy machine: only a large difference counts.
	{name: "classes of names", attack: enumerate, plan: plan{n: 40, known: "known", unknown: "nobody", banned: "banned", apart: 0.3}},
	{name: "a refresh token", attack: refreshTheft},
}

// The default limits stop every attack, and the page states what it got.
func TestAttacks(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	rows := make([]string, len(tried))
	for i, attempt := range tried {
		t.Run(attempt.name, func(t *testing.T) {
			var options []kit.Option
			if attempt.trusted {
				options = append(options, "TrustedProxies: [127.0.0.0/8]")
			}
			app, a := on(t, options...)
			a.proxied, a.trusted = attempt.proxied, attempt.trusted
			people(t, app)
			r, err := attempt.attack(a, attempt.plan)
			if err != nil {
				t.Fatal(err)
			}
			if r.broken() {
				t.Errorf("the attack got %d of %d and locked others out for %v, which exceeds its bound", r.through, r.bound, r.shutOut)
			}
			rows[i] = r.String() + "\n"
			t.Log(r.note)
		})
	}
	for _, row := range rows {
		if row == "" {
			return // skipped by -run, or failed with a message
		}
	}
	told(t, head+"\n"+strings.Join(rows, ""))
}

// people creates a known user and a banned one.
func people(t *testing.T, app *kit.App) {
	t.Helper()
	for _, name := range []string{"known", "banned"} {
		app.Post("/user/register", object{"username": name, "password": victimsPassword}).Want(t, 200, "")
	}
	user, err := app.Service.Accounts.ByUsername(t.Context(), "banned")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Service.Accounts.Ban(t.Context(), user.Id, "a test", time.Time{}); err != nil {
		t.Fatal(err)
	}
}

// told compares the rows with those of the page.
func told(t *testing.T, rows string) {
	t.Helper()
	t.Log("\n" + rows)
	if *table != "" {
		if err := os.WriteFile(*table, []byte(rows), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	was, after, ok := strings.Cut(rest, end)
	switch {
	case !ok:
		t.Fatal("docs/guard.md has no marks for the table of attacks")
	case *update:
		if err := os.WriteFile(page, []byte(before+begin+rows+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case was != rows:
		t.Errorf("docs/guard.md differs; go test ./test/attack -update rewrites it:\n%s", was)
	}
}

// A country that is not listed gets no messages, whatever the limits.
func TestPumping_elsewhere(t *testing.T) {
	_, a := on(t, "Sms: {AllowedRegions: [IN]}")
	for _, block := range []string{"+92300123", "+88351001", "+447012345"} {
		r, err := pumping(a, plan{n: 5, block: block, blocks: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r.through > 0 {
			t.Errorf("%d messages went to %s", r.through, block)
		}
	}
}

// The command's error reports a service without limits.
func TestRun_broken(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	app, _ := on(t)
	open, _ := on(t, "RateLimit: {Enabled: false}")
	for _, args := range [][]string{{"pumping", "-n", "40"}, {"pumping", "-blocks", "10", "-n", "40"}, {"spray", "-known", "ann", "-n", "15"}} {
		if err := run(append(args, "-addr", app.URL)); err != nil {
			t.Errorf("run(%v) = %v", args, err)
		}
		if err := run(append(args, "-addr", open.URL)); !errors.Is(err, errBroken) {
			t.Errorf("run(%v) on a service without limits = %v, want %v", args, err, errBroken)
		}
	}
}

func TestRun_usage(t *testing.T) {
	for _, args := range [][]string{nil, {"deluge"}, {"flood"}, {"pumping", "-blocks", "11"}} {
		if err := run(args); err == nil || errors.Is(err, errBroken) {
			t.Errorf("run(%v) = %v, want the usage", args, err)
		}
	}
}
