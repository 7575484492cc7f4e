package test

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/signin"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// A user adds an authenticator app, replaces the recovery codes and removes both. Each is
// in the trail, and an app takes effect only when confirmed.
func TestTotp(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		s, ann := openStores(t, app), app.SignIn(phone)
		other := kit.Request{Method: "GET", Path: "/user/check", Bearer: nextSession(t, app)}
		state := func() kit.Response { return app.Get("/user/totp", ann.Access) }
		if got := state(); got.JSON["enabled"] != false || got.Number("recoveryCodes") != 0 {
			t.Errorf("at first %s", got.Body)
		}
		first := call(app, "POST", "/user/totp", ann.Access, nil)
		first.Want(t, 200, "")
		if err := xml.Unmarshal([]byte(first.Text("svg")), new(struct{})); err != nil {
			t.Errorf("the picture: %v", err)
		}
		if first.Header.Get("Cache-Control") != "no-store" || !strings.Contains(first.Text("uri"), first.Text("secret")) {
			t.Errorf("%v %s", first.Header, first.Text("uri"))
		}
		secret := enrolling(app, ann.Access)
		confirm := func(code string) kit.Response {
			return call(app, "POST", "/user/totp/confirm", ann.Access, object{"totp": code})
		}
		confirm(totpCode(t, app, first.Text("secret"), 0)).Want(t, 401, "otp_invalid")
		if got := state(); got.JSON["enabled"] != false {
			t.Errorf("before it is confirmed %s", got.Body)
		}
		codes := confirm(totpCode(t, app, secret, 0))
		codes.Want(t, 200, "")
		if list, _ := codes.JSON["recoveryCodes"].([]any); len(list) != 10 {
			t.Errorf("%d recovery codes", len(list))
		}
		if got := state(); got.JSON["enabled"] != true || got.Number("recoveryCodes") != 10 || got.Number("since") != app.Clock.Now().Unix() {
			t.Errorf("afterwards %s", got.Body)
		}
		// The confirming session counts as one with two factors; others must sign in with
		// both.
		for _, r := range []string{"POST /user/totp", "DELETE /user/totp", "POST /user/recovery-codes"} {
			method, path, _ := strings.Cut(r, " ")
			call(app, method, path, other.Bearer, nil).Want(t, 403, "reauthentication_required")
		}
		call(app, "POST", "/user/recovery-codes", ann.Access, nil).Want(t, 200, "")
		call(app, "DELETE", "/user/totp", ann.Access, nil).Want(t, 204, "")
		call(app, "DELETE", "/user/totp", ann.Access, nil).Want(t, 204, "")
		call(app, "POST", "/user/recovery-codes", ann.Access, nil).Want(t, 404, "not_found")
		app.Do(other).Want(t, 200, "") // other sessions continue
		app.Advance(11 * time.Minute)
		for _, r := range []string{"POST /user/totp", "DELETE /user/totp", "POST /user/recovery-codes"} {
			method, path, _ := strings.Cut(r, " ")
			call(app, method, path, ann.Access, nil).Want(t, 403, "reauthentication_required")
		}
		got, last := map[string]int{}, ""
		for _, row := range recorded(t, app, s, &last) {
			kind, rest, _ := strings.Cut(row, " ")
			if reason, _, _ := strings.Cut(rest, " "); reason != "" {
				kind += " " + reason
			}
			got[kind]++
		}
		for _, kind := range []string{"totp_added", "totp_removed", "recovery_codes_made", "second_factor_failed wrong_second_factor"} {
			if got[kind] != 1 {
				t.Errorf("events %v, want one %s", got, kind)
			}
		}
	})
}

// nextSession opens another session of the user of the phone.
func nextSession(t *testing.T, app *kit.App) (bearer string) {
	t.Helper()
	app.Advance(61 * time.Second)
	return app.SignIn(phone).Access
}

// On two nodes, one of a hundred attempts with the same code succeeds, and one with the
// same recovery code.
func TestTotp_twoNodes(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app}
		if app.Backend == kit.Real { // embedded stores belong to one process
			nodes = append(nodes, app.Beside())
		}
		ann := app.SignIn(phone)
		id := idOf(app, ann)
		secret, codes := enrolled(t, app, ann.Access)
		app.Advance(61 * time.Second)
		code := totpCode(t, app, secret, 0)
		once := func(what string, try func(*kit.App) error) {
			var all sync.WaitGroup
			var mu sync.Mutex
			got := map[apperr.Code]int{}
			tries := kit.Crowd(100)
			for i := range tries {
				all.Go(func() {
					err := try(nodes[i%len(nodes)])
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						got[""]++
					} else {
						got[apperr.From(err).Code]++
					}
				})
			}
			all.Wait()
			if got[""] != 1 || got[apperr.OtpInvalid]+got[apperr.RateLimited] != tries-1 {
				t.Errorf("%s: %v, want one winner", what, got)
			}
			app.Advance(61 * time.Second)
		}
		once("the same step", func(node *kit.App) error { return node.Service.Factors.CheckTotp(t.Context(), id, code) })
		once("the same recovery code", func(node *kit.App) error { return node.Service.Factors.UseRecovery(t.Context(), id, codes[0]) })
	})
}

// A node whose clock is 20 s behind or ahead of the database checks codes by the database
// time, and rejects codes that another node has accepted.
func TestTotp_clockOff(t *testing.T) {
	testkit.NotInRace(t, "one thing after the other")
	t.Parallel()
	app := kit.New(t, kit.Real)
	right := app.BesideOff(0)
	ann := right.SignIn(phone)
	id := idOf(right, ann)
	secret := enrolling(right, ann.Access)
	now := right.Service.Now
	for _, off := range []time.Duration{-20 * time.Second, 20 * time.Second} {
		wrong := app.BesideOff(off)
		if d := wrong.Service.Now().Sub(now()).Abs(); d > 5*time.Second {
			t.Fatalf("a node with a clock offset of %v uses a time with an offset of %v", off, d)
		}
		confirm := call(wrong, "POST", "/user/totp/confirm", ann.Access, object{"totp": totpAt(t, secret, now(), 0)})
		confirm.Want(t, 200, "")
		// A code of the next step, which both nodes accept.
		next := totpAt(t, secret, now(), 1)
		if err := right.Service.Factors.CheckTotp(t.Context(), id, next); err != nil {
			t.Errorf("the next step: %v", err)
		}
		if err := wrong.Service.Factors.CheckTotp(t.Context(), id, next); !apperr.Is(err, apperr.OtpInvalid) {
			t.Errorf("the same step on the node with an offset of %v: %v", off, err)
		}
		secret = enrolling(right, ann.Access)
	}
}

// A user who must have a factor sees the deadline for setting it up.
func TestTotp_required(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		app.Service.Signin.Mfa = signin.Mfa{Require: signin.MfaAll, Grace: time.Hour}
		by := app.Clock.Now().Add(time.Hour).Unix()
		ann := app.SignIn(phone)
		got := app.Get("/user/totp", ann.Access)
		if got.JSON["required"] != true || got.Number("requiredBy") < by || got.Number("requiredBy") > by+5 {
			t.Errorf("%s, want requiredBy %d", got.Body, by)
		}
		enrolled(t, app, ann.Access)
		got = app.Get("/user/totp", ann.Access)
		if _, told := got.JSON["requiredBy"]; told || got.JSON["required"] != true {
			t.Errorf("with TOTP %s", got.Body)
		}
	})
}

// No secret is in the answers of the routes that list factors.
func TestTotp_toldOnce(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := app.SignIn(phone)
		secret, codes := enrolled(t, app, ann.Access)
		export := string(app.Get("/user/export", ann.Access).Body)
		text := export + string(app.Get("/user/totp", ann.Access).Body)
		for _, word := range append(codes, secret) {
			if strings.Contains(text, word) {
				t.Errorf("%q is in a second answer", word)
			}
		}
		if want := `"mfa":{"createdAt":`; !strings.Contains(export, want) || strings.Count(export, `{"createdAt":`) < 11 {
			t.Errorf("the export lacks %s and ten recovery codes: %s", want, export)
		}
		keys := slices.Sorted(maps.Keys(app.Get("/user/totp", ann.Access).JSON))
		if !slices.Equal(keys, []string{"enabled", "recoveryCodes", "required", "since"}) {
			t.Errorf("members %v", keys)
		}
	})
}
