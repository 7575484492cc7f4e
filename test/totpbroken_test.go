package test

import (
	"fmt"
	"testing"
	"time"

	"user-api/internal/mfa"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// Without Redis, all functions of second factors work.
func TestTotp_withoutRedis(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	t.Parallel()
	app := kit.New(t, kit.Real)
	ann := app.SignIn(phone)
	id := idOf(app, ann)
	app.RedisLine.Cut()
	secret, codes := enrolled(t, app, ann.Access)
	if got := app.Get("/user/totp", ann.Access); got.JSON["enabled"] != true || got.Number("recoveryCodes") != 10 {
		t.Errorf("the factors: %d %s", got.Status, got.Body)
	}
	app.Clock.Add(time.Minute)
	if err := app.Service.Factors.CheckTotp(t.Context(), id, totpCode(t, app, secret, 0)); err != nil {
		t.Errorf("a code: %v", err)
	}
	if err := app.Service.Factors.UseRecovery(t.Context(), id, codes[0]); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	call(app, "POST", "/user/recovery-codes", ann.Access, nil).Want(t, 200, "")
	call(app, "DELETE", "/user/totp", ann.Access, nil).Want(t, 204, "")
	app.RedisLine.Restore(t)
	app.Await("Redis", func() bool { return part(app, "redis") == "ok" })
}

// While the pepper is changed on one node after the other, codes work on both, and a node
// encrypts the secrets under its current pepper at its start, so that the old one can be
// removed.
func TestTotp_rotation(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		old, next := app.Config.Otp.Pepper, newSecret()
		ann := app.SignIn(phone)
		id := idOf(app, ann)
		secret, codes := enrolled(t, app, ann.Access)
		accepted := func(what string, node *kit.App) {
			t.Helper()
			app.Clock.Add(time.Minute)
			if err := node.Service.Factors.CheckTotp(t.Context(), id, totpCode(t, node, secret, 0)); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		sealed := func(node *kit.App, want mfa.Sealed) {
			t.Helper()
			app.Await(fmt.Sprintf("%+v", want), func() bool {
				got, err := node.Service.Factors.Sealed(t.Context())
				return err == nil && got == want
			})
		}
		start := func(before *kit.App, current, beside string) *kit.App {
			if app.Backend == kit.Embedded {
				before.Stop() // embedded stores belong to one process
			}
			return app.Beside(kit.Option(fmt.Sprintf("Otp: {Pepper: %q, PrevPepper: %q}", current, beside)))
		}
		published := start(app, old, next)
		sealed(published, mfa.Sealed{Current: 1})
		accepted("published", published)
		swapped := start(published, next, old)
		sealed(swapped, mfa.Sealed{Current: 1})
		accepted("swapped", swapped)
		if app.Backend == kit.Real {
			accepted("a node that is not swapped yet", published)
		}
		retired := start(swapped, next, "")
		sealed(retired, mfa.Sealed{Current: 1})
		accepted("retired", retired)
		if err := retired.Service.Factors.UseRecovery(t.Context(), id, codes[0]); err != nil {
			t.Errorf("an old recovery code: %v", err)
		}
	})
}
