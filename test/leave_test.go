package test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// leaver is a user with a name of each kind, and the texts to search for: the names as
// stored, as typed, and their identifying parts.
const (
	leaverName  = "quokka.fernweh"
	leaverEmail = "q.fernweh@example.com"
	leaverPhone = "+919876543477"
)

var leaverTraces = []string{leaverName, "fernweh", leaverPhone, "9876543477", "98765 43477"}

// enrollLeaver creates the leaver with a session by password and used codes for both
// addresses.
func enrollLeaver(t *testing.T, app *kit.App) kit.Tokens {
	t.Helper()
	tokens := enroll(t, app, leaverName)
	bindAddress(t, app, tokens, byPhone, leaverPhone)
	bindAddress(t, app, tokens, byEmail, leaverEmail)
	return tokens
}

// traces returns the texts of the leaver found in a text.
func traces(text string) (found []string) {
	for _, trace := range leaverTraces {
		if strings.Contains(strings.ToLower(text), trace) {
			found = append(found, trace)
		}
	}
	return found
}

func leave(app *kit.App, tokens kit.Tokens, proof object) kit.Response {
	return app.Do(kit.Request{Method: "DELETE", Path: "/user", Bearer: tokens.Access, Body: proof})
}

func TestDelete_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enrollLeaver(t, app)
		bob := app.SignIn(phone)
		app.Advance(time.Minute)
		bobID, bobCode := codeFor(t, app, "login", byPhone, phone)
		resetID, resetCode := codeFor(t, app, "reset", byEmail, leaverEmail)
		bindID, bindCode := bindingCode(t, app, ann, byPhone, "+919876543478")
		ownID, ownCode := codeFor(t, app, "login", byPhone, leaverPhone)
		for _, c := range []struct {
			name  string
			proof object
			refusal
		}{
			{"nothing", nil, refusal{400, "invalid_request", "password"}},
			{"an empty proof", object{}, refusal{400, "invalid_request", "password"}},
			{"an empty password", object{"password": ""}, refusal{400, "invalid_request", "password"}},
			{"a wrong password", object{"password": passTwo}, refusal{401, "invalid_credentials", ""}},
			{"a code and a password", object{"password": passOne, "otpId": ownID, "otp": ownCode}, refusal{400, "invalid_request", "password"}},
			{"a code without an id", object{"otp": ownCode}, refusal{400, "invalid_request", "otpId"}},
			{"an id without a code", object{"otpId": ownID}, refusal{400, "invalid_request", "otp"}},
			{"another user's code", object{"otpId": bobID, "otp": bobCode}, refusal{401, "otp_invalid", ""}},
			{"a code to reset", object{"otpId": resetID, "otp": resetCode}, refusal{401, "otp_invalid", ""}},
			{"a code to bind", object{"otpId": bindID, "otp": bindCode}, refusal{401, "otp_invalid", ""}},
			{"a wrong code", object{"otpId": ownID, "otp": "0000"}, refusal{401, "otp_invalid", ""}},
		} {
			var resp kit.Response
			if resp = call(app, "DELETE", "/user", ann.Access, nil); c.proof != nil {
				resp = leave(app, ann, c.proof)
			}
			wantRefusal(t, c.name, resp, c.refusal)
		}
		// A password cannot delete an account without one.
		leave(app, bob, object{"password": passOne}).Want(t, 401, "invalid_credentials")
		leave(app, kit.Tokens{}, object{"password": passOne}).Want(t, 401, "unauthorized")
		leave(app, kit.Tokens{Access: ann.Refresh}, object{"password": passOne}).Want(t, 401, "unauthorized")

		wantAlive(t, []*kit.App{app}, ann, bob)
		if info := app.Get("/user/info", ann.Access); info.Text("phone") != leaverPhone {
			t.Errorf("info %s, want the user as before", info.Body)
		}
		leave(app, ann, object{"otpId": ownID, "otp": ownCode}).Want(t, 204, "") // attempts were left
		wantUnlogged(t, leaverTraces...)
	})
}

// After a deletion no token works and no store has data of the user; a returning user is
// new.
func TestDelete(t *testing.T) {
	for name, prove := range map[string]func(*testing.T, *kit.App) object{
		"by password":          func(*testing.T, *kit.App) object { return object{"password": passOne} },
		"by a code to a phone": proofByCode(byPhone, leaverPhone),
		"by a code to e-mail":  proofByCode(byEmail, leaverEmail),
	} {
		t.Run(name, func(t *testing.T) {
			kit.Each(t, func(t *testing.T, app *kit.App) {
				nodes := []*kit.App{app, app.Beside()}
				stores := openStores(t, app)
				bob := app.SignIn(phone)
				ann := enrollLeaver(t, app)
				other := byPassword(nodes[1], byEmail, leaverEmail, passOne).Tokens()
				ended := byPassword(app, "username", leaverName, passOne).Tokens()
				call(app, "POST", "/user/logout", ended.Access, nil).Want(t, 204, "")
				for _, node := range nodes {
					node.Get("/user/info", ann.Access).Want(t, 200, "") // caches the row
				}
				app.Advance(time.Minute)
				// Challenges of every purpose are open during the deletion.
				pending, _ := bindingCode(t, app, ann, byEmail, "second.fernweh@example.com")
				resetID, resetCode := codeFor(t, app, "reset", byEmail, leaverEmail)
				app.Advance(time.Minute)
				proof := prove(t, app)
				wantAlive(t, nodes, bob, ann, other)
				if before := traces(stores.rows()); len(before) < 4 {
					t.Fatalf("the search finds %v before the deletion, want the name, the number and the address", before)
				}

				leave(app, ann, proof).Want(t, 204, "")
				wantEnded(t, nodes, ann, other, ended)
				wantAlive(t, nodes, bob)
				leave(app, ann, proof).Want(t, 401, "session_ended")
				byPassword(app, "username", leaverName, passOne).Want(t, 401, "invalid_credentials")
				app.Post("/user/password/reset", object{"otpId": resetID, "otp": resetCode, "newPassword": passTwo}).Want(t, 401, "otp_invalid")
				stores.settle()
				if found := traces(stores.rows() + stores.table("event") + stores.table("delivery")); len(found) > 0 {
					t.Errorf("the database contains %v", found)
				}
				if found := traces(stores.redisText()); len(found) > 0 {
					t.Errorf("Redis contains %v", found)
				}
				for _, id := range []string{resetID, pending} {
					if status := app.Get("/user/otp/"+id, ""); status.Status != 404 {
						t.Errorf("a challenge outlives its user: %d %s", status.Status, status.Body)
					}
				}
				rows := stores.rows()
				if strings.Contains(rows, fmt.Sprint(ann.UserID)) || !strings.Contains(rows, phone) {
					t.Errorf("the rows left are\n%s\nwant only those of the other user", rows)
				}

				app.Advance(time.Minute)
				again := app.SignIn(leaverPhone)
				if id := idOf(app, again); !again.IsNew || id == ann.UserID || id <= 0 {
					t.Errorf("the returning user is %d, new: %t; want a new one other than %d", id, again.IsNew, ann.UserID)
				}
				app.Post("/user/register", object{"username": leaverName, "password": passTwo}).Want(t, 200, "")
				wantEnded(t, nodes, ann)
				wantUnlogged(t, leaverTraces...)
			})
		})
	}
}

func proofByCode(kind, address string) func(*testing.T, *kit.App) object {
	return func(t *testing.T, app *kit.App) object {
		id, code := codeFor(t, app, "login", kind, address)
		return object{"otpId": id, "otp": code}
	}
}

// With embedded stores, the files of the data folder, byte by byte, the database and the
// journal of the embedded Redis, contain nothing of the user either.
func TestDelete_disk(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, "CacheRedis: []")
	folder := filepath.Dir(strings.TrimPrefix(app.DataSource, "sqlite:"))
	// Another process reads: opening and closing SQLite's files in this one would release
	// its locks on them.
	search := func() string {
		var found []string
		files, _ := filepath.Glob(filepath.Join(folder, "*"))
		for _, file := range files {
			raw, err := exec.Command("cat", file).Output()
			if list := traces(string(raw)); err == nil && len(list) > 0 {
				found = append(found, fmt.Sprint(filepath.Base(file), list))
			}
		}
		return strings.Join(found, ", ")
	}
	ann := enrollLeaver(t, app)
	call(app, "PATCH", "/user/info", ann.Access, object{"username": "fernweh-2"}).Want(t, 200, "")
	app.Get("/user/info", ann.Access).Want(t, 200, "")
	if before := search(); !strings.Contains(before, "user.db") || !strings.Contains(before, leaverPhone) {
		t.Fatalf("the search finds %q before the deletion, want the names in user.db or its log", before)
	}
	leave(app, ann, object{"password": passOne}).Want(t, 204, "")
	if !soon(func() bool { return search() == "" }) {
		t.Errorf("5 seconds after the deletion there is on disk: %s", search())
	}
	if _, err := exec.Command("ls", filepath.Join(folder, "user.db")).Output(); err != nil {
		t.Errorf("the database is not where it was searched for: %v", err)
	}
}

// Without Redis, users can sign in by password and delete their account either not at all
// or permanently: no access token works again when Redis is back.
func TestDelete_withoutRedis(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	app := kit.New(t, kit.Real, "Timeout: 3")
	const limit = 3500 * time.Millisecond
	ann, bob := enroll(t, app, "ann"), enroll(t, app, "bob")
	wantAlive(t, []*kit.App{app}, ann, bob)
	app.RedisLine.Cut()
	login := within(t, limit, func() kit.Response { return byPassword(app, "username", "ann", passOne) })
	login.Want(t, 200, "")
	within(t, limit, func() kit.Response { return app.Get("/user/sessions", login.Tokens().Access) }).Want(t, 200, "")
	within(t, limit, func() kit.Response { return app.Get("/user/export", login.Tokens().Access) }).Want(t, 200, "")
	within(t, limit, func() kit.Response {
		return call(app, "DELETE", "/user/sessions", bob.Access, nil)
	}).Want(t, 204, "")
	left := within(t, limit, func() kit.Response { return leave(app, ann, object{"password": passOne}) })
	if left.Status != 204 && left.Status != 503 {
		t.Errorf("%d %s, want 204 or 503", left.Status, left.Body)
	}

	app.RedisLine.Restore(t)
	app.Await("Redis", func() bool { return part(app, "redis") == "ok" })
	if left.Status == 503 {
		return
	}
	for name, tokens := range map[string]kit.Tokens{"from before": ann, "from the time without Redis": login.Tokens()} {
		if !soon(func() bool { return app.Get("/user/check", tokens.Access).Status == 401 }) {
			t.Errorf("an access token %s of an erased user works again", name)
		}
		refresh(app, tokens.Refresh).Want(t, 401, "session_ended")
	}
}
