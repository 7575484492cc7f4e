package test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// listed returns the sessions shown to the user.
func listed(t *testing.T, app *kit.App, tokens kit.Tokens) []object {
	t.Helper()
	resp := app.Get("/user/sessions", tokens.Access)
	resp.Want(t, 200, "")
	var list []object
	for _, item := range resp.JSON["sessions"].([]any) {
		list = append(list, item.(object))
	}
	return list
}

func TestSessions_list(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enroll(t, app, "other")
		start := app.Clock.Now().Unix()
		app.Post("/user/register", object{"username": "ann", "password": passOne}).Want(t, 200, "")
		var all []kit.Tokens
		agents := []string{"App/1.0 (phone)", strings.Repeat("é", 200), "a\xffb<b>", ""}
		for _, agent := range agents {
			resp := app.Do(kit.Request{
				Method: http.MethodPost, Path: "/user/login", Body: object{"username": "ann", "password": passOne},
				Header: map[string]string{"User-Agent": agent, "X-Forwarded-For": "203.0.113.9"},
			})
			resp.Want(t, 200, "")
			all = append(all, resp.Tokens())
			app.Advance(time.Minute)
		}
		all[0] = refresh(app, all[0].Refresh).Tokens()
		agents[0] = "Go-http-client/1.1" // of the refresh
		list := listed(t, app, all[0])
		if len(list) != len(agents) {
			t.Fatalf("%d sessions, want %d", len(list), len(agents))
		}
		slices.Reverse(list) // newest first
		for i, s := range list {
			created := start + int64(60*i)
			used := created
			if i == 0 {
				used = start + 60*int64(len(agents))
			}
			want := object{
				"id": sessionOf(app, all[i]), "current": i == 0, "userAgent": s["userAgent"], "ip": "127.0.0.1",
				"createdAt": float64(created), "lastUsedAt": float64(used), "expiresAt": float64(used + 604800),
			}
			if fmt.Sprint(s) != fmt.Sprint(want) {
				t.Errorf("session %d: %v\nwant %v", i, s, want)
			}
			if agent := s["userAgent"].(string); agent != agents[i] && (i == 0 || len(agent) > 255 || agent == "") {
				t.Errorf("session %d: user agent %q of %q", i, agent, agents[i])
			}
		}
		app.Advance(7*24*time.Hour - time.Minute) // the idle limit of all but the first
		last := refresh(app, all[0].Refresh)
		last.Want(t, 200, "")
		if list := listed(t, app, last.Tokens()); len(list) != 1 {
			t.Errorf("%d sessions after the others' idle limit, want 1", len(list))
		}
	})
}

// A session shows the latest place of use; a refresh that is refused or repeated does not
// change it.
func TestSessions_lastSeen(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		from := func(ip, agent, token string) kit.Response {
			return app.Do(kit.Request{
				Method: http.MethodPost, Path: "/user/refresh", Body: object{"refreshToken": token},
				Header: map[string]string{"X-Forwarded-For": ip, "User-Agent": agent},
			})
		}
		tokens := app.SignIn(phone)
		seen := func(access, ip, agent string) {
			t.Helper()
			list := listed(t, app, kit.Tokens{Access: access})
			if len(list) != 1 || list[0]["ip"] != ip || list[0]["userAgent"] != agent {
				t.Errorf("%v, want %s and %q", list, ip, agent)
			}
		}
		next := from("203.0.113.9", "App/2.0", tokens.Refresh)
		next.Want(t, 200, "")
		seen(next.Text("accessToken"), "203.0.113.9", "App/2.0")
		from("198.51.100.1", "Late/1.0", tokens.Refresh).Want(t, 200, "") // within the grace period
		seen(next.Text("accessToken"), "203.0.113.9", "App/2.0")
		from("198.51.100.1", "Thief/1.0", next.Text("accessToken")).Want(t, 401, "refresh_invalid")
		seen(next.Text("accessToken"), "203.0.113.9", "App/2.0")
		moved := from("2001:db8::7", strings.Repeat("é", 200), next.Text("refreshToken"))
		moved.Want(t, 200, "")
		seen(moved.Text("accessToken"), "2001:db8::7", strings.Repeat("é", 127))
	}, proxied)
}

func TestSessions_end(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		const path = "/user/sessions"
		end := func(tokens kit.Tokens, rest string) kit.Response {
			return call(app, "DELETE", path+rest, tokens.Access, nil)
		}
		ann := []kit.Tokens{enroll(t, app, "ann")}
		for range 3 {
			ann = append(ann, byPassword(app, "username", "ann", passOne).Tokens())
		}
		bob := []kit.Tokens{enroll(t, app, "bob"), byPassword(app, "username", "bob", passOne).Tokens()}
		wantAlive(t, nodes, append(ann, bob...)...)

		// One session, and only the user's own.
		gone := "/" + sessionOf(app, ann[1])
		for name, id := range map[string]string{
			"another user's": "/" + sessionOf(app, bob[0]), "unknown": "/AAAAAAAAAAAAAAAAAAAAAA", "dots": "/%2e%2e", "a pattern": "/%25", "a name": "/ann",
		} {
			resp := end(ann[0], id)
			if resp.Status != 404 || resp.Text("code") != "not_found" {
				t.Errorf("%s: %d %s, want 404", name, resp.Status, resp.Body)
			}
		}
		wantAlive(t, nodes, append(ann, bob...)...)
		end(ann[0], gone).Want(t, 204, "")
		wantEnded(t, nodes, ann[1])
		end(ann[0], gone).Want(t, 404, "not_found")
		end(ann[1], gone).Want(t, 401, "session_ended")
		if n := len(listed(t, app, ann[0])); n != 3 {
			t.Errorf("%d sessions, want 3", n)
		}

		// All others.
		wantRefusal(t, "a scope", end(ann[0], "?scope=others"), refusal{400, "invalid_request", "scope"})
		wantAlive(t, nodes, ann[0], ann[2], ann[3])
		end(ann[0], "").Want(t, 204, "")
		end(ann[0], "").Want(t, 204, "")
		wantEnded(t, nodes, ann[2:]...)
		wantAlive(t, nodes, ann[0], bob[0], bob[1])

		// The current session, by its id.
		end(ann[0], "/"+sessionOf(app, ann[0])).Want(t, 204, "")
		wantEnded(t, nodes, ann[0])

		// All sessions.
		end(bob[0], "?scope=all").Want(t, 204, "")
		wantEnded(t, nodes, bob...)
		end(bob[0], "?scope=all").Want(t, 401, "session_ended")
	})
}

// The fifty-first sign-in ends the oldest session and no other.
func TestSessions_limit(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		const most = 50
		other := app.SignIn(phone)
		all := []kit.Tokens{enroll(t, app, "ann")}
		for range most - 1 {
			app.Advance(time.Second)
			resp := byPassword(app, "username", "ann", passOne)
			resp.Want(t, 200, "")
			all = append(all, resp.Tokens())
		}
		wantAlive(t, nodes, all...)
		used := refresh(app, all[0].Refresh) // the oldest sign-in counts, not the longest idle one
		used.Want(t, 200, "")
		app.Advance(time.Second)
		last := byPassword(nodes[1], "username", "ann", passOne)
		last.Want(t, 200, "")
		wantEnded(t, []*kit.App{nodes[1], nodes[0]}, used.Tokens())
		nodes[1].Get("/user/check", all[0].Access).Want(t, 401, "session_ended")
		wantAlive(t, nodes, append(all[1:], last.Tokens(), other)...)
		if n := len(listed(t, app, last.Tokens())); n != most {
			t.Errorf("%d sessions, want %d", n, most)
		}
	})
}

// Whatever ends a user's sessions ends them on every node, along with the refresh tokens.
func TestSessions_endEverywhere(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		for i, c := range []struct {
			name string
			end  func(user kit.Tokens, number string)
		}{
			{"sign-out of all", func(user kit.Tokens, _ string) {
				call(app, "DELETE", "/user/sessions?scope=all", user.Access, nil).Want(t, 204, "")
			}},
			{"reset", func(_ kit.Tokens, number string) {
				id, code := codeFor(t, app, "reset", byPhone, number)
				app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passTwo}).Want(t, 204, "")
			}},
			{"ban", func(user kit.Tokens, _ string) { ban(t, app, user.UserID) }},
			{"deletion", func(user kit.Tokens, _ string) {
				call(app, "DELETE", "/user", user.Access, object{"password": passOne}).Want(t, 204, "")
			}},
		} {
			number := numbered(90, i)
			bystander := enroll(t, app, fmt.Sprintf("bystander-%d", i))
			user := enroll(t, app, fmt.Sprintf("user-%d", i))
			bindAddress(t, app, user, byPhone, number)
			other := byPassword(nodes[1], byPhone, number, passOne).Tokens()
			app.Advance(time.Minute)
			older := other
			other = refresh(app, older.Refresh).Tokens() // both its access tokens work
			sessions := []kit.Tokens{user, other, {Access: older.Access, Refresh: other.Refresh}}
			wantAlive(t, nodes, sessions...)
			wantAlive(t, nodes, bystander)
			c.end(user, number)
			wantEnded(t, nodes, sessions...)
			wantAlive(t, nodes, bystander)
			app.Advance(14 * time.Minute) // the access tokens have not expired
			wantEnded(t, nodes, other)
			app.Advance(30 * 24 * time.Hour)
			for _, session := range sessions {
				if resp := refresh(nodes[1], session.Refresh); resp.Status != 401 {
					t.Errorf("%s: a refresh token works a month later: %d", c.name, resp.Status)
				}
			}
		}
	})
}

// ban bans a user as an operator does.
func ban(t *testing.T, app *kit.App, id int64) {
	t.Helper()
	if err := app.Service.Accounts.Ban(t.Context(), id, "a test", time.Time{}); err != nil {
		t.Fatal(err)
	}
}

// If the user is banned or the password changed while a sign-in computes its hash, the
// sign-in gets nothing that lasts, and the change persists. The imported hash is slow, so
// that both overlap.
func TestSessions_signInUnderWay(t *testing.T) {
	testkit.NotInRace(t, "the detector makes bcrypt slower than a request may be")
	const slow = 11
	hash, err := bcrypt.GenerateFromPassword([]byte(passOne), slow)
	if err != nil {
		t.Fatal(err)
	}
	kit.Each(t, func(t *testing.T, app *kit.App) {
		nodes := []*kit.App{app, app.Beside()}
		ctx := t.Context()
		fresh, err := bcrypt.GenerateFromPassword([]byte(passTwo), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct {
			name string
			end  func(id int64)
		}{
			{"ban", func(id int64) { ban(t, app, id) }},
			{"new password", func(id int64) {
				if err := app.Service.Accounts.SetPassword(ctx, id, string(fresh), ""); err != nil {
					t.Error(err)
				}
			}},
		} {
			name := fmt.Sprintf("user-%d", i)
			id := enroll(t, app, name).UserID
			if err := app.Service.Accounts.SetPassword(ctx, id, string(hash), ""); err != nil {
				t.Fatal(err)
			}
			answer := make(chan kit.Response)
			go func() {
				resp, err := nodes[1].TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"username": name, "password": passOne}})
				if err != nil {
					t.Error(err)
				}
				answer <- resp
			}()
			// If it has not started hashing by now, the test shows less but does not fail.
			time.Sleep(30 * time.Millisecond)
			c.end(id)
			login := <-answer
			switch {
			case login.Status == 401 && login.Text("code") == "invalid_credentials":
			case login.Status == 200:
				tokens := login.Tokens()
				if !soon(func() bool { return nodes[0].Get("/user/check", tokens.Access).Status == 401 }) {
					t.Errorf("%s: the access token of the concurrent sign-in still works", c.name)
				}
				if resp := refresh(nodes[0], tokens.Refresh); resp.Status != 401 {
					t.Errorf("%s: the refresh token of the concurrent sign-in still works: %d", c.name, resp.Status)
				}
			default:
				t.Errorf("%s: the concurrent sign-in got %d %s", c.name, login.Status, login.Text("code"))
			}
			if resp := byPassword(app, "username", name, passOne); resp.Status != 401 {
				t.Errorf("%s: afterwards the old password gets %d %s", c.name, resp.Status, resp.Text("code"))
			}
			if resp := byPassword(app, "username", name, passTwo); c.name == "new password" && resp.Status != 200 {
				t.Errorf("%s: afterwards the new password gets %d %s", c.name, resp.Status, resp.Text("code"))
			}
		}
	})
}

// Concurrent sign-ins by password are each answered within the route's timeout, and the
// rest of the service keeps working. test/process checks their memory use.
func TestPasswordLogin_manyAtOnce(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes under load")
	const limit = time.Minute // the route's is 10 s; the machine may be busy
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		// Enough accounts that none has more concurrent attempts than a network may fail.
		const accounts = 50
		for i := range accounts {
			app.Post("/user/register", object{"username": fmt.Sprint("ann", i), "password": passOne}).Want(t, 200, "")
		}
		bob := app.SignIn(phone)
		withoutRedis := func() int { return strings.Count(kit.Log(), "counting in this process only") }
		before := withoutRedis()
		var mu sync.Mutex
		var answers, infos []timed
		done, beside := make(chan struct{}), sync.WaitGroup{}
		beside.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(10 * time.Millisecond):
					infos = append(infos, timeAnswer("GET", app.URL+"/user/info", bob.Access, ""))
				}
			}
		})
		var asked atomic.Int64
		parallel(500, func() {
			name := fmt.Sprint("ann", asked.Add(1)%accounts)
			one := timeAnswer("POST", app.URL+"/user/login", "", jsonText(object{"username": name, "password": passOne}))
			mu.Lock()
			defer mu.Unlock()
			answers = append(answers, one)
		})
		close(done)
		beside.Wait()

		counts, late := map[int]int{}, 0
		for _, one := range append(answers, infos...) {
			counts[one.status]++
			if one.took > limit {
				late++
			}
			if one.status == 429 && withoutRedis() > before {
				continue // the machine was so busy that Redis did not answer, and without it the limits are tight
			}
			if one.fault != "" || (one.status != 200 && one.status != 503) {
				t.Errorf("%d after %v: %s", one.status, one.took, one.fault)
			}
		}
		byTime := func(a, b timed) int { return cmp.Compare(a.took, b.took) }
		slices.SortFunc(answers, byTime)
		slices.SortFunc(infos, byTime)
		t.Logf("%v, a sign-in %v at most; %d × info, median %v, p99 %v", counts,
			answers[len(answers)-1].took, len(infos), infos[len(infos)/2].took, infos[len(infos)*99/100].took)
		if late > 0 {
			t.Errorf("%d answers took longer than %v", late, limit)
		}
		if slices.ContainsFunc(infos, func(one timed) bool { return one.status != 200 }) || counts[200] == len(infos) {
			t.Errorf("%v, want 200 for each of %d × info, and for some sign-ins", counts, len(infos))
		}
	}, "Timeout: 10", kit.RealHashes)
}

// Without the access token of an active session, nothing can be read or changed.
func TestAccount_unauthenticated(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ann := enroll(t, app, "ann")
		bindAddress(t, app, ann, byPhone, phone)
		ended := byPassword(app, "username", "ann", passOne).Tokens()
		old := byPassword(app, "username", "ann", passOne).Tokens()
		app.Advance(16 * time.Minute)
		ann = refresh(app, ann.Refresh).Tokens()
		call(app, "DELETE", "/user/sessions/"+sessionOf(app, refresh(app, ended.Refresh).Tokens()), ann.Access, nil).Want(t, 204, "")
		ended = byPassword(app, "username", "ann", passOne).Tokens()
		call(app, "POST", "/user/logout", ended.Access, nil).Want(t, 204, "")
		before := listed(t, app, ann)
		for _, route := range []struct {
			method, path string
			body         any
		}{
			{"PATCH", "/user/info", object{"username": "eve"}},
			{"POST", "/user/password", object{"oldPassword": passOne, "newPassword": passTwo}},
			{"POST", "/user/email/otp", object{"email": "eve@example.com"}},
			{"POST", "/user/email/verify", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "otp": "123456"}},
			{"POST", "/user/phone/otp", object{"phone": "+919876543211"}},
			{"POST", "/user/phone/verify", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "otp": "123456"}},
			{"GET", "/user/sessions", nil},
			{"DELETE", "/user/sessions", nil},
			{"DELETE", "/user/sessions?scope=all", nil},
			{"DELETE", "/user/sessions/" + sessionOf(app, ann), nil},
			{"GET", "/user/export", nil},
			{"DELETE", "/user", object{"password": passOne}},
		} {
			for bearer, code := range map[string]string{
				"": "unauthorized", ann.Refresh: "unauthorized", old.Access: "unauthorized", ended.Access: "session_ended",
			} {
				resp := call(app, route.method, route.path, bearer, route.body)
				if resp.Status != 401 || resp.Text("code") != code {
					t.Errorf("%s %s: %d %s, want 401 %s", route.method, route.path, resp.Status, resp.Text("code"), code)
				}
			}
		}
		if after := listed(t, app, ann); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("the sessions are %v, want %v", after, before)
		}
		if info := app.Get("/user/info", ann.Access); info.Text("username") != "ann" || info.Text("phone") != phone || info.Text("email") != "" {
			t.Errorf("info %s, want it unchanged", info.Body)
		}
		byPassword(app, "username", "ann", passOne).Want(t, 200, "")
	})
}
