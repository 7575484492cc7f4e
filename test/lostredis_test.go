package test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
	"user-api/test/kit"
)

const clean = "+919876543212"

// failCodes submits wrong codes for the number, and waits until the database has them.
func failCodes(t *testing.T, app *kit.App, n int) *model.Failure {
	t.Helper()
	id := ""
	for i := range n {
		if i%5 == 0 {
			app.Advance(2 * time.Minute)
			id, _ = app.AskCode(phone)
		}
		app.Post("/user/login", object{"otpId": id, "otp": "0000"}).Want(t, 401, "otp_invalid")
	}
	var row *model.Failure
	db := openDB(t, app)
	app.Await("the counts", func() bool {
		if rows := failureRows(t, db); len(rows) == 1 {
			row = rows[0]
		}
		return row != nil && row.InARow == int64(n)
	})
	return row
}

// openDB opens another connection to the App's database.
func openDB(t *testing.T, app *kit.App) *store.DB {
	t.Helper()
	db, err := store.OpenDB(t.Context(), store.DBOptions{DataSource: app.DataSource})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// failureRows returns the rows of all addresses.
func failureRows(t *testing.T, db *store.DB) (rows []*model.Failure) {
	t.Helper()
	found, err := db.SQL.Query("SELECT `address`, `rev`, `in_a_row`, `hour`, `day`, `last` FROM `failure`")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		r := &model.Failure{}
		if err := found.Scan(&r.Address, &r.Rev, &r.InARow, &r.Hour, &r.Day, &r.Last); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// loseRedis empties Redis, and waits until cached refusals have expired.
func loseRedis(t *testing.T, app *kit.App) {
	t.Helper()
	if err := app.Redis.Client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	app.Advance(time.Second)
}

func ask(app *kit.App, number string) kit.Response {
	return app.Post("/user/otp", object{"phone": number})
}

// locked checks that a request is refused for that long. With a real Redis, real time
// passes as well.
func locked(t *testing.T, resp kit.Response, wait time.Duration) {
	t.Helper()
	resp.Want(t, 429, "rate_limited")
	if told := resp.Number("retryAfter") - int64(wait.Seconds()); resp.Text("limit") != "locked" || told < -30 || told > 1 {
		t.Errorf("%s, want locked for %v", resp.Body, wait)
	}
}

// A locked address stays locked for as long as before when Redis loses its data, and no
// other address is.
func TestLostRedis_lock(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		failCodes(t, app, 10)
		app.Advance(2 * time.Minute)
		locked(t, ask(app, phone), 13*time.Minute)
		loseRedis(t, app)
		locked(t, ask(app, phone), 13*time.Minute-time.Second)
		app.AskCode(clean)
		app.Advance(12 * time.Minute)
		locked(t, ask(app, phone), 59*time.Second)
		app.Advance(time.Minute)
		ask(app, phone).Want(t, 200, "")
	})
}

// The same applies to the consecutive failures of strangers; a correct code resets the
// count.
func TestLostRedis_failuresInARow(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const day = 24 * time.Hour
		db := openDB(t, app)
		rows := model.NewFailureModel(db.Conn)
		row := failCodes(t, app, 1)
		set := func(inARow int64, ago time.Duration) {
			t.Helper()
			row.Rev, row.InARow, row.Last = row.Rev+1, inARow, app.Clock.Now().Add(-ago).UnixMilli()
			row.Expires = row.Last + (90 * day).Milliseconds()
			if _, err := db.SQL.Exec("DELETE FROM `failure`"); err != nil {
				t.Fatal(err)
			}
			if err := rows.Put(t.Context(), []*model.Failure{row}); err != nil {
				t.Fatal(err)
			}
		}
		set(74, 40*day)
		loseRedis(t, app)
		ask(app, phone).Want(t, 200, "")
		set(75, 39*day)
		loseRedis(t, app)
		locked(t, ask(app, phone), 51*day)
		app.AskCode(clean)
		set(0, 39*day)
		loseRedis(t, app)
		ask(app, phone).Want(t, 200, "")
	})
}

// Counts reset by a correct code or a password stay reset.
func TestLostRedis_proven(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		failCodes(t, app, 3)
		app.Advance(2 * time.Minute)
		app.SignIn(phone)
		db := openDB(t, app)
		app.Await("the end of the row", func() bool { return failureRows(t, db)[0].InARow == 0 })
		if row := failureRows(t, db)[0]; row.Day != 3 {
			t.Errorf("after a right code %d failures of the day are kept, want 3", row.Day)
		}
	})
}

// The first code after a loss reads one row of its address and none of the history, however
// long that is.
func TestLostRedis_readsNoHistory(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real)
	failCodes(t, app, 10)
	db := openDB(t, app)
	for _, statement := range []string{
		"RENAME TABLE `event` TO `event_away`", "RENAME TABLE `delivery` TO `delivery_away`",
	} {
		if _, err := db.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	app.Advance(2 * time.Minute)
	loseRedis(t, app)
	within(t, time.Second, func() kit.Response { return ask(app, clean) }).Want(t, 200, "")
	within(t, time.Second, func() kit.Response { return ask(app, phone) }).Want(t, 429, "rate_limited")
	for _, statement := range []string{
		"RENAME TABLE `event_away` TO `event`", "RENAME TABLE `delivery_away` TO `delivery`",
	} {
		if _, err := db.SQL.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// While neither Redis nor the database has the counts, no code is sent or checked.
func TestLostRedis_withoutDatabase(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	for name, fail := range map[string]func(*kit.Line){"dead": (*kit.Line).Cut, "hung": (*kit.Line).Stall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits
			app := kit.New(t, kit.Real, kit.ShippedTimes, "Timeout: 3")
			failCodes(t, app, 10)
			guess := func() kit.Response {
				return app.Post("/user/login", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "otp": "123456"})
			}
			guess().Want(t, 401, "otp_invalid")
			fail(app.DBLine)
			loseRedis(t, app)
			for _, try := range []func() kit.Response{guess, func() kit.Response { return ask(app, clean) }, guess} {
				resp := within(t, 3500*time.Millisecond, try)
				resp.Want(t, 503, "unavailable")
				if resp.Number("retryAfter") < 1 {
					t.Errorf("%s does not say when to try again", resp.Body)
				}
			}
			app.DBLine.Restore(t)
			app.Await("codes", func() bool { return ask(app, clean).Status == 200 })
			app.Advance(2 * time.Minute)
			locked(t, ask(app, phone), 13*time.Minute-time.Second)
			guess().Want(t, 401, "otp_invalid")
		})
	}
}

// Concurrent requests on two nodes restore the counts once.
func TestLostRedis_manyAtOnce(t *testing.T) {
	kit.Raced(t)
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		failCodes(t, app, 9)
		restorations := func() int { return strings.Count(kit.Log(), "Redis had no failure counts") }
		before := restorations() // of other tests
		loseRedis(t, app)
		var all sync.WaitGroup
		var compared atomic.Int32
		for i := range 50 {
			all.Go(func() {
				resp := patient(t, nodes[i%2], kit.Request{Method: "POST", Path: "/user/otp", Body: object{"phone": phone}})
				if resp.Status != 200 {
					return
				}
				login := object{"otpId": resp.Text("otpId"), "otp": "0000"}
				if patient(t, nodes[i%2], kit.Request{Method: "POST", Path: "/user/login", Body: login}).Status == 401 {
					compared.Add(1)
				}
			})
		}
		all.Wait()
		if n := compared.Load(); n != 1 {
			t.Errorf("%d codes were compared, want 1", n)
		}
		if n := restorations() - before; n != 1 {
			t.Errorf("%d restorations are logged, want 1", n)
		}
		app.Advance(2 * time.Minute)
		locked(t, ask(app, phone), 13*time.Minute) // that was the tenth
	})
}

// patient repeats a request while the answer is 503.
func patient(t *testing.T, app *kit.App, r kit.Request) (resp kit.Response) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var err error
		if resp, err = app.TryDo(r); err != nil || !slices.Contains([]int{200, 401, 429, 503}, resp.Status) {
			t.Errorf("%d %s, %v", resp.Status, resp.Body, err)
		}
		if resp.Status != 503 {
			break
		}
	}
	return resp
}
