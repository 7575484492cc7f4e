package test

import (
	"net/http"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// within checks that a complete answer arrives in time, whatever is down.
func within(t *testing.T, limit time.Duration, ask func() kit.Response) kit.Response {
	t.Helper()
	start := time.Now()
	resp := ask()
	if took := time.Since(start); took > kit.Busy(limit) {
		t.Errorf("%d %s after %v, want within %v", resp.Status, resp.Body, took, limit)
	}
	if resp.JSON == nil && resp.Status != 204 {
		t.Errorf("%d with the body %q", resp.Status, resp.Body)
	}
	return resp
}

// ready requests readiness again, after the cached result has expired.
func ready(app *kit.App) kit.Response {
	app.Clock.Add(time.Second) // a Redis that rejects writes could not be detected otherwise
	return app.Get("/readyz", "")
}

// part returns the state of a part.
func part(app *kit.App, name string) string {
	parts, _ := ready(app).JSON["parts"].(object)
	state, _ := parts[name].(string)
	return state
}

func TestFault_redis(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	for name, fail := range map[string]func(*kit.Line){"dead": (*kit.Line).Cut, "hung": (*kit.Line).Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits
			app := kit.New(t, kit.Real, kit.ShippedTimes)
			tokens := app.SignIn(phone)
			app.Advance(time.Minute)
			id, code := app.AskCode(phone)
			app.Get("/readyz", "").Want(t, 200, "")

			fail(app.RedisLine)
			const limit = 5500 * time.Millisecond // the default Timeout plus half a second
			for range 3 {
				within(t, limit, func() kit.Response { return app.Get("/user/info", tokens.Access) }).Want(t, 200, "")
				within(t, limit, func() kit.Response { return app.Get("/user/check", tokens.Access) }).Want(t, 200, "")
			}
			next := within(t, limit, func() kit.Response { return refresh(app, tokens.Refresh) })
			next.Want(t, 200, "")
			for _, ask := range []func() kit.Response{
				func() kit.Response { return app.Post("/user/otp", object{"phone": "+919876543211"}) },
				func() kit.Response { return app.Post("/user/login", object{"otpId": id, "otp": code}) },
				func() kit.Response { return app.Get("/user/otp/"+id, "") },
			} {
				within(t, limit, ask).Want(t, 503, "unavailable")
			}
			within(t, limit, func() kit.Response { return ready(app) }).Want(t, 200, "")
			app.Await("what was found of Redis", func() bool { return part(app, "redis") == "down" })
			within(t, limit, func() kit.Response { return app.Get("/healthz", "") }).Want(t, 200, "")
			within(t, limit, func() kit.Response {
				return app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: tokens.Access})
			}).Want(t, 204, "")
			within(t, limit, func() kit.Response { return app.Get("/user/info", tokens.Access) }).Want(t, 401, "session_ended")

			app.RedisLine.Restore(t)
			app.Await("Redis", func() bool { return part(app, "redis") == "ok" })
			app.Await("the end of the session in Redis", func() bool { return app.Get("/user/info", next.Tokens().Access).Status == 401 })
			app.Await("codes", func() bool { return app.Post("/user/login", object{"otpId": id, "otp": code}).Status == 200 })
		})
	}
}

func TestFault_database(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	for name, fail := range map[string]func(*kit.Line){"dead": (*kit.Line).Cut, "hung": (*kit.Line).Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits
			app := kit.New(t, kit.Real, kit.ShippedTimes, "Timeout: 2")
			tokens := app.SignIn(phone)
			app.Get("/user/info", tokens.Access).Want(t, 200, "") // caches both

			fail(app.DBLine)
			const limit = 2500 * time.Millisecond
			for range 3 {
				within(t, limit, func() kit.Response { return app.Get("/user/info", tokens.Access) }).Want(t, 200, "")
				within(t, limit, func() kit.Response { return app.Get("/user/check", tokens.Access) }).Want(t, 200, "")
			}
			for _, ask := range []func() kit.Response{
				func() kit.Response { return app.Post("/user/otp", object{"phone": "+919876543211"}) },
				func() kit.Response { return refresh(app, tokens.Refresh) },
				func() kit.Response {
					return app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: tokens.Access})
				},
			} {
				within(t, limit, ask).Want(t, 503, "unavailable")
			}
			within(t, limit, func() kit.Response { return ready(app) }).Want(t, 200, "")
			app.Await("what was found of the database", func() bool { return part(app, "database") == "down" })

			app.DBLine.Restore(t)
			app.Await("the database", func() bool { return part(app, "database") == "ok" })
			app.Await("a refresh", func() bool { return refresh(app, tokens.Refresh).Status == 200 })
		})
	}
}
