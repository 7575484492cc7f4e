package main

import (
	"testing"
	"time"

	"user-api/test/kit"
)

// guarded says that the service has its guard. Until then pumping and spraying
// are run and told, and not judged.
const guarded = false

// on starts a service whose clock an attacker's patience drives.
func on(t *testing.T, options ...kit.Option) (*kit.App, *attacker) {
	t.Helper()
	app := kit.New(t, kit.Embedded, append([]kit.Option{"Otp: {Length: 6}"}, options...)...)
	return app, newAttacker(app.URL, func(d time.Duration) bool {
		app.Advance(d)
		return true
	})
}

func judge(t *testing.T, r result, err error, needsGuard bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s\n%s", head, r)
	if r.broken() && (guarded || !needsGuard) {
		t.Errorf("the attack got %d, which is beyond its bound of %d", r.through, r.bound)
	}
}

func TestPumping(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		_, a := on(t)
		a.proxied = proxied
		r, err := pumping(a, plan{n: 60, block: "+91987654"})
		judge(t, r, err, true)
	}
}

// What no country list opens is not sent to, whatever the limits.
func TestPumping_elsewhere(t *testing.T) {
	_, a := on(t, "Sms: {AllowedRegions: [IN]}")
	for _, block := range []string{"+92300123", "+88351001234", "+4470123456"} {
		r, err := pumping(a, plan{n: 5, block: block})
		judge(t, r, err, false)
		if r.through > 0 {
			t.Errorf("%d messages went to %s", r.through, block)
		}
	}
}

func TestBruteforce(t *testing.T) {
	_, a := on(t)
	r, err := bruteforce(a, plan{n: 1000, phone: "+919876543210"})
	judge(t, r, err, false)
	if r.through < 5 {
		t.Errorf("only %d guesses were compared: this was no attack", r.through)
	}
}

func TestSpray(t *testing.T) {
	_, a := on(t)
	r, err := spray(a, plan{n: 80, known: "ann"})
	judge(t, r, err, true)
}

func TestEnumerate(t *testing.T) {
	app, a := on(t)
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
	// Few tries on a machine with other work: a difference must be plain to count.
	r, err := enumerate(a, plan{n: 40, known: "known", unknown: "nobody", banned: "banned", minAUC: 0.2, maxAUC: 0.8})
	judge(t, r, err, false)
}

func TestRefreshTheft(t *testing.T) {
	_, a := on(t)
	r, err := refreshTheft(a, plan{})
	judge(t, r, err, false)
}

func TestRun_usage(t *testing.T) {
	for _, args := range [][]string{nil, {"flood"}} {
		if err := run(args); err == nil {
			t.Errorf("run(%v) = nil, want the usage", args)
		}
	}
}
