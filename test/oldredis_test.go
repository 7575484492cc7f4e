package test

import (
	"testing"
	"time"

	"user-api/test/kit"
)

// goBack kills Redis, starts it from its last SAVE, and waits until the service has
// noticed.
func goBack(t *testing.T, app *kit.App) {
	t.Helper()
	before := loss(t, app)
	app.Redis.Crash(t)
	app.Await("what follows from an old Redis", func() bool { return loss(t, app) != before })
}

// loss is the name of the last loss.
func loss(t *testing.T, app *kit.App) string {
	return app.Redis.Client.Get(t.Context(), "ua:otp:{ua}:lost").Val()
}

// After a Redis is restored from an old copy, the service trusts nothing in it that may
// have changed: used codes, wrong codes, cached rows, and sent messages.
func TestOldRedis(t *testing.T) {
	t.Parallel()
	const third = "+919876543213"
	app := kit.New(t, kit.Real, `
RateLimit:
  Send: {Country: 4/3600, Address: 1000/3600}
`)
	redis, ctx := app.Redis.Client, t.Context()
	tokens := app.SignIn(phone) // the first message
	app.Advance(2 * time.Minute)
	used, usedCode := app.AskCode(phone)
	living, livingCode := app.AskCode(clean)
	app.Get("/user/info", tokens.Access).Want(t, 200, "") // caches its row
	app.Await("the mark", func() bool { return redis.Exists(ctx, "ua:mark:{ua}").Val() == 1 })
	if err := redis.Save(ctx).Err(); err != nil {
		t.Fatal(err)
	}

	app.Post("/user/login", object{"otpId": used, "otp": usedCode}).Want(t, 200, "")
	app.Do(kit.Request{Method: "PATCH", Path: "/user/info", Bearer: tokens.Access, Body: object{"username": "renamed"}}).Want(t, 200, "")
	guessed, guessedCode := app.AskCode(third) // the fourth message
	for range 5 {
		app.Post("/user/login", object{"otpId": guessed, "otp": "0000"}).Want(t, 401, "otp_invalid")
	}
	db := openDB(t, app)
	app.Await("the counts", func() bool { rows := failureRows(t, db); return len(rows) == 1 && rows[0].InARow == 5 })
	app.Await("the timeline", func() bool {
		var n int
		return db.SQL.QueryRow("SELECT COUNT(*) FROM `delivery` WHERE `step` = 'asked'").Scan(&n) == nil && n == 4
	})
	time.Sleep(1100 * time.Millisecond) // longer than the watch interval, which does not use the test's clock
	goBack(t, app)

	for what, body := range map[string]object{
		"a code that was used":             {"otpId": used, "otp": usedCode},
		"a code that may have been used":   {"otpId": living, "otp": livingCode},
		"a code of which nothing is known": {"otpId": guessed, "otp": guessedCode},
	} {
		if resp := app.Post("/user/login", body); resp.Status != 401 {
			t.Errorf("%s: %d %s, want 401", what, resp.Status, resp.Body)
		}
	}
	app.Await("the limit of the country", func() bool { return ask(app, "+919876543299").Text("limit") == "country" })
	app.Await("the new name", func() bool { return app.Get("/user/info", tokens.Access).Text("username") == "renamed" })
	if err := redis.Del(ctx, "ua:guard:{ua}:country:IN").Err(); err != nil {
		t.Fatal(err)
	}
	app.Advance(2 * time.Minute)
	again, _ := app.AskCode(third)
	for range 5 { // the tenth in an hour
		app.Post("/user/login", object{"otpId": again, "otp": "0000"}).Want(t, 401, "otp_invalid")
	}
	app.Advance(2 * time.Minute)
	locked(t, ask(app, third), 13*time.Minute)
}
