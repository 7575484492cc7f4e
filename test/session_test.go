package test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/test/kit"
)

func refresh(app *kit.App, token string) kit.Response {
	return app.Post("/user/refresh", object{"refreshToken": token})
}

func TestCheck(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		resp := app.Get("/user/check", tokens.Access)
		resp.Want(t, 200, "")
		if resp.JSON["active"] != true || resp.Text("role") != "user" || resp.Number("expiresIn") != 900 {
			t.Errorf("answer %s", resp.Body)
		}
		for header, want := range map[string]string{
			"X-User-Id": fmt.Sprint(resp.Number("userId")), "X-User-Role": "user", "X-Session-Id": resp.Text("sessionId"),
		} {
			if got := resp.Header.Get(header); got != want || got == "" {
				t.Errorf("%s %q, want %q", header, got, want)
			}
		}
		app.Advance(14*time.Minute + 59*time.Second)
		app.Get("/user/check", tokens.Access).Want(t, 200, "")
		app.Advance(time.Second)
		app.Get("/user/check", tokens.Access).Want(t, 401, "unauthorized")
	})
}

func TestProtected_unauthenticated(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		for name, header := range map[string]string{
			"none": "", "no scheme": tokens.Access, "basic": "Basic " + tokens.Access, "two spaces": "Bearer  " + tokens.Access,
			"a refresh token": "Bearer " + tokens.Refresh, "rubbish": "Bearer x.y.z", "cut": "Bearer " + tokens.Access[:len(tokens.Access)-1],
		} {
			for _, path := range []string{"/user/info", "/user/check"} {
				resp := app.Do(kit.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"Authorization": header}})
				if resp.Status != 401 || resp.Text("code") != "unauthorized" {
					t.Errorf("%s on %s: %d %s, want 401 unauthorized", name, path, resp.Status, resp.Body)
				}
			}
		}
		app.Get("/user/info?access_token="+tokens.Access, "").Want(t, 401, "unauthorized")
	})
}

func TestRefresh(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		app.Advance(time.Minute)
		next := refresh(app, tokens.Refresh)
		next.Want(t, 200, "")
		if next.Number("expiresIn") != 900 || next.Number("refreshExpiresIn") != 604800 || next.Text("tokenType") != "Bearer" || next.Tokens().IsNew {
			t.Errorf("answer %s", next.Body)
		}
		app.Get("/user/info", next.Tokens().Access).Want(t, 200, "")
		app.Get("/user/info", tokens.Access).Want(t, 200, "") // requests in progress are not rejected

		app.Advance(10 * time.Second)
		again := refresh(app, tokens.Refresh)
		again.Want(t, 200, "")
		if again.Tokens().Refresh != next.Tokens().Refresh {
			t.Error("within the grace period there is a second successor")
		}
		refresh(app, next.Tokens().Refresh).Want(t, 200, "")
	})
}

func TestRefresh_reuse(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		tokens := app.SignIn(phone)
		next := refresh(app, tokens.Refresh).Tokens()
		node.Get("/user/info", next.Access).Want(t, 200, "")
		app.Advance(11 * time.Second)
		refresh(app, tokens.Refresh).Want(t, 401, "refresh_reused")
		refresh(app, next.Refresh).Want(t, 401, "session_ended")
		refresh(app, tokens.Refresh).Want(t, 401, "session_ended")
		for _, access := range []string{tokens.Access, next.Access} {
			wantLearned(t, node, access)
			node.Get("/user/info", access).Want(t, 401, "session_ended")
		}
	})
}

func TestRefresh_parallel(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		tokens := app.SignIn(phone)
		var mu sync.Mutex
		successors := map[string]int{}
		var wait sync.WaitGroup
		for i := range kit.Crowd(100) {
			one := app
			if i%2 == 1 {
				one = node
			}
			wait.Go(func() {
				resp, err := one.TryAnswered(kit.Request{Method: http.MethodPost, Path: "/user/refresh", Body: object{"refreshToken": tokens.Refresh}})
				if err != nil || resp.Status != 200 {
					t.Errorf("%d %s %v", resp.Status, resp.Body, err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				successors[resp.Tokens().Refresh]++
			})
		}
		wait.Wait()
		if len(successors) != 1 {
			t.Errorf("parallel refreshes gave %d successors, want 1", len(successors))
		}
		for successor := range successors {
			refresh(app, successor).Want(t, 200, "")
		}
	})
}

func TestRefresh_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		refresh(app, tokens.Access).Want(t, 401, "refresh_invalid")
		refresh(app, "x.y.z").Want(t, 401, "refresh_invalid")
		app.Advance(time.Minute)
		other := app.SignIn(phone)
		signature := strings.LastIndexByte(tokens.Refresh, '.')
		refresh(app, tokens.Refresh[:signature]+other.Refresh[strings.LastIndexByte(other.Refresh, '.'):]).Want(t, 401, "refresh_invalid")
		refresh(app, "not a token").Want(t, 400, "invalid_request")
		refresh(app, tokens.Refresh).Want(t, 200, "")
	})
}

func TestSession_idleLimit(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		app.Advance(7*24*time.Hour - time.Second)
		next := refresh(app, tokens.Refresh)
		next.Want(t, 200, "")
		app.Advance(7 * 24 * time.Hour)
		refresh(app, next.Tokens().Refresh).Want(t, 401, "session_ended")
	})
}

func TestSession_absoluteLimit(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		for range 5 {
			app.Advance(5 * 24 * time.Hour)
			resp := refresh(app, tokens.Refresh)
			resp.Want(t, 200, "")
			tokens = resp.Tokens()
		}
		app.Advance(5*24*time.Hour - 60*time.Second)
		last := refresh(app, tokens.Refresh)
		last.Want(t, 200, "")
		if last.Number("expiresIn") != 60 || last.Number("refreshExpiresIn") != 60 {
			t.Errorf("a minute before the absolute limit: %s, want both limits at 60", last.Body)
		}
		app.Advance(time.Minute)
		refresh(app, last.Tokens().Refresh).Want(t, 401, "session_ended")
		app.Get("/user/info", last.Tokens().Access).Want(t, 401, "unauthorized")
	})
}

func TestLogout(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		logout := func(bearer string, body any) kit.Response {
			return app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: bearer, Body: body})
		}
		tokens := app.SignIn(phone)
		node.Get("/user/check", tokens.Access).Want(t, 200, "")
		logout(tokens.Access, nil).Want(t, 204, "")
		logout(tokens.Access, nil).Want(t, 204, "")
		wantLearned(t, node, tokens.Access)
		node.Get("/user/check", tokens.Access).Want(t, 401, "session_ended")
		refresh(node, tokens.Refresh).Want(t, 401, "session_ended")

		app.Advance(time.Minute)
		tokens = app.SignIn(phone)
		node.Get("/user/check", tokens.Access).Want(t, 200, "")
		logout("", object{"refreshToken": tokens.Refresh}).Want(t, 204, "")
		logout("", object{"refreshToken": tokens.Refresh}).Want(t, 204, "")
		wantLearned(t, node, tokens.Access)
		node.Get("/user/check", tokens.Access).Want(t, 401, "session_ended")

		app.Advance(30 * 24 * time.Hour)
		logout("", object{"refreshToken": tokens.Refresh}).Want(t, 204, "")
		logout(tokens.Access, nil).Want(t, 401, "unauthorized")
		logout("", nil).Want(t, 401, "unauthorized")
		logout("", object{"refreshToken": tokens.Access}).Want(t, 401, "refresh_invalid")
		logout("", object{"refreshToken": "not a token"}).Want(t, 400, "invalid_request")
	})
}

// A logout ends the sessions of both tokens, and an invalid token next to a valid one does
// no harm: clients send an access token whether or not it has expired.
func TestLogout_both(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enroll(t, app, "ann")
		sign := func() kit.Tokens { return byPassword(app, "username", "ann", passOne).Tokens() }
		foreign := enroll(t, app, "bob")
		stale := sign()
		app.Advance(16 * time.Minute)
		for _, c := range []struct {
			name            string
			access, refresh func(a, b kit.Tokens) string
			status          int
			code            string
			aEnds, bEnds    bool
		}{
			{"both of one session", accessOfA, refreshOfA, 204, "", true, false},
			{"of two sessions", accessOfA, refreshOfB, 204, "", true, true},
			{"an expired access token", func(_, _ kit.Tokens) string { return stale.Access }, refreshOfB, 204, "", false, true},
			{"rubbish as access token", func(_, _ kit.Tokens) string { return "x.y.z" }, refreshOfB, 204, "", false, true},
			{"a refresh token as access token", refreshOfA, refreshOfB, 204, "", false, true},
			{"rubbish as refresh token", accessOfA, func(_, _ kit.Tokens) string { return "x.y.z" }, 204, "", true, false},
			{"an access token as refresh token", accessOfA, func(_, b kit.Tokens) string { return b.Access }, 204, "", true, false},
			{"neither is good", func(_, _ kit.Tokens) string { return stale.Access }, func(_, _ kit.Tokens) string { return "x.y.z" }, 401, "refresh_invalid", false, false},
		} {
			a, b := sign(), sign()
			before := events(t, app, "sign_out")
			resp := app.Do(kit.Request{
				Method: http.MethodPost, Path: "/user/logout", Bearer: c.access(a, b), Body: object{"refreshToken": c.refresh(a, b)},
			})
			if resp.Status != c.status || resp.Text("code") != c.code {
				t.Errorf("%s: %d %s, want %d %s", c.name, resp.Status, resp.Body, c.status, c.code)
			}
			ended := 0
			for name, one := range map[string]struct {
				tokens kit.Tokens
				ends   bool
			}{"the first": {a, c.aEnds}, "the second": {b, c.bEnds}} {
				if got := app.Get("/user/check", one.tokens.Access).Status == 401; got != one.ends {
					t.Errorf("%s: %s session has ended: %t, want %t", c.name, name, got, one.ends)
				}
				if one.ends {
					ended++
				}
			}
			app.Await(c.name+": the events", func() bool { return events(t, app, "sign_out") >= before+ended })
			if got := events(t, app, "sign_out") - before; got != ended {
				t.Errorf("%s: %d events, want one for each of %d sessions", c.name, got, ended)
			}
		}
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Body: object{"refreshToken": nil}}).Want(t, 401, "unauthorized")
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: sign().Access, Body: object{"refreshToken": nil}}).Want(t, 204, "")
		refresh(app, foreign.Refresh).Want(t, 200, "")
	})
}

func accessOfA(a, _ kit.Tokens) string  { return a.Access }
func refreshOfA(a, _ kit.Tokens) string { return a.Refresh }
func refreshOfB(_, b kit.Tokens) string { return b.Refresh }

// events counts the events of a type.
func events(t *testing.T, app *kit.App, kind string) (n int) {
	t.Helper()
	if err := openStores(t, app).db.QueryRow("SELECT COUNT(*) FROM `event` WHERE `type` = ?", kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
