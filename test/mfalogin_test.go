package test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"user-api/internal/audit"
	"user-api/model"
	"user-api/test/kit"
)

// authenticator is the authenticator app of a user, set up and confirmed.
type authenticator struct {
	app    *kit.App
	secret string
}

// addTotp sets up an authenticator app for a user, and advances to the next code.
func addTotp(t *testing.T, app *kit.App, userID int64) authenticator {
	t.Helper()
	made, err := app.Service.Factors.Enroll(t.Context(), userID, "ann")
	if err != nil {
		t.Fatal(err)
	}
	a := authenticator{app, made.Secret}
	if err := app.Service.Factors.Confirm(t.Context(), userID, a.code(t)); err != nil {
		t.Fatal(err)
	}
	app.Advance(30 * time.Second)
	return a
}

// code returns the current code of the app.
func (a authenticator) code(t *testing.T) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, a.app.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// twoFactors creates a user with a password, both addresses and an authenticator app.
func twoFactors(t *testing.T, app *kit.App) (kit.Tokens, authenticator) {
	t.Helper()
	tokens := enrollLeaver(t, app)
	a := addTotp(t, app, tokens.UserID)
	app.Advance(time.Minute)
	return tokens, a
}

// firstProof submits the password of that user and returns the token.
func firstProof(t *testing.T, app *kit.App) string {
	t.Helper()
	first := byPassword(app, "username", leaverName, passOne)
	wantMethods(t, first, "totp")
	return first.Text("mfaToken")
}

func secondProof(app *kit.App, token, totp string) kit.Response {
	return app.Post("/user/login/mfa", object{"mfaToken": token, "totp": totp})
}

// wantWrong checks the refusal of a second factor and the field it names.
func wantWrong(t *testing.T, resp kit.Response, field string) {
	t.Helper()
	resp.Want(t, 401, "otp_invalid")
	if resp.Text("field") != field {
		t.Errorf("%s, want the field %s", resp.Body, field)
	}
}

// For a user with a second factor, the answer to the first proof is a token, which opens
// one session.
func TestMfa_token(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		_, ann := twoFactors(t, app)
		byPassword(app, "username", leaverName, passTwo).Want(t, 401, "invalid_credentials")
		token := firstProof(t, app)
		wantWrong(t, secondProof(app, token, "000000"), "totp")
		pair := secondProof(app, token, ann.code(t))
		pair.Want(t, 200, "")
		if got := fmt.Sprint(payload(t, pair.Tokens().Access)["amr"]); got != "[pwd otp mfa]" {
			t.Errorf("amr %s", got)
		}
		app.Advance(time.Minute)
		wantWrong(t, secondProof(app, token, ann.code(t)), "mfaToken")

		id, code := codeFor(t, app, "login", byPhone, leaverPhone)
		login := object{"otpId": id, "otp": code}
		byCode := app.Post("/user/login", login)
		wantMethods(t, byCode, "totp")
		app.Post("/user/login", login).Want(t, 401, "otp_invalid") // the token replaces the code
		secondProof(app, byCode.Text("mfaToken"), ann.code(t)).Want(t, 200, "")
	})
}

// A recovery code works once, and the answer states how many are left.
func TestMfa_recoveryCode(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens, _ := twoFactors(t, app)
		codes, err := app.Service.Factors.NewRecovery(t.Context(), tokens.UserID)
		if err != nil {
			t.Fatal(err)
		}
		first := func() string {
			answer := byPassword(app, "username", leaverName, passOne)
			wantMethods(t, answer, "totp", "recovery_code")
			return answer.Text("mfaToken")
		}
		by := func(token, code string) kit.Response {
			return app.Post("/user/login/mfa", object{"mfaToken": token, "recoveryCode": code})
		}
		token := first()
		wantWrong(t, by(token, "aaaa-bbbb-cccc-dddd"), "recoveryCode")
		by(token, codes[0]).Want(t, 200, "")
		wantWrong(t, by(first(), codes[0]), "recoveryCode")
		by(first(), strings.ToUpper(codes[1])).Want(t, 200, "")
	})
}

// Repeated and concurrent uses of a token with a correct code open one session, and so does
// a repeated first proof.
func TestMfa_oneSession(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		user, ann := twoFactors(t, app)
		nodes := []*kit.App{app, app.Beside()}
		before := len(livingSessions(t, app, user.UserID))
		tokens := []string{firstProof(t, app), firstProof(t, app)}
		code := ann.code(t)
		var mu sync.Mutex
		admitted := 0
		var wait sync.WaitGroup
		for i := range kit.Crowd(100) {
			wait.Go(func() {
				resp, err := nodes[i%2].TryAnswered(post("/user/login/mfa", object{"mfaToken": tokens[i%4/2], "totp": code}))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case resp.Status == 200:
					admitted++
				case resp.Status != 401 && resp.Status != 429:
					t.Errorf("%d %s", resp.Status, resp.Body)
				}
			})
		}
		wait.Wait()
		if now := len(livingSessions(t, app, user.UserID)); admitted != 1 || now != before+1 {
			t.Errorf("%d requests succeeded, and %d sessions are new, want one", admitted, now-before)
		}
	})
}

func livingSessions(t *testing.T, app *kit.App, userID int64) []string {
	t.Helper()
	list, err := app.Service.Sessions.List(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return ids
}

// What invalidates a token, and what is no token.
func TestMfa_voidTokens(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, ann := twoFactors(t, app)
		ctx, accounts := t.Context(), app.Service.Accounts
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, row := range []struct {
			name      string
			end, undo func()
		}{
			{"a changed password", func() {
				hash, err := accounts.Password(ctx, user.UserID)
				must(err)
				must(accounts.SetPassword(ctx, user.UserID, hash, ""))
			}, nil},
			{"a sign-out everywhere", func() { must(accounts.EndSessions(ctx, user.UserID, "")) }, nil},
			{"a ban", func() { must(accounts.Ban(ctx, user.UserID, "x", time.Time{})) }, func() { must(accounts.Unban(ctx, user.UserID)) }},
			{"five minutes", func() { app.Advance(5 * time.Minute) }, nil},
			{"another set of factors", func() { ann = addTotp(t, app, user.UserID) }, nil},
		} {
			app.Advance(2 * time.Minute)
			token := firstProof(t, app)
			row.end()
			resp := secondProof(app, token, ann.code(t))
			if row.undo != nil {
				row.undo()
			}
			if resp.Status != 401 || resp.Text("field") != "mfaToken" {
				t.Errorf("after %s: %d %s", row.name, resp.Status, resp.Body)
			}
		}
		app.Advance(2 * time.Minute)
		token := firstProof(t, app)
		other := map[bool]string{true: "B", false: "A"}[token[20] == 'A']
		for _, forged := range []string{"x", token[:len(token)-2], token[:20] + other + token[21:], token + "A", token + "=", strings.Repeat("A", 2000)} {
			wantWrong(t, secondProof(app, forged, ann.code(t)), "mfaToken")
		}
		strange := kit.New(t, app.Backend) // another deployment, with its own pepper
		enrollLeaver(t, strange)
		wantWrong(t, secondProof(strange, token, ann.code(t)), "mfaToken")
		secondProof(app, token, ann.code(t)).Want(t, 200, "")
	})
}

// A token belongs to one user: another user's factor does not complete it.
func TestMfa_anothersFactor(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		_, ann := twoFactors(t, app)
		bob := addTotp(t, app, enroll(t, app, "bob.of.the.test").UserID)
		app.Advance(time.Minute)
		token := firstProof(t, app)
		wantWrong(t, secondProof(app, token, bob.code(t)), "totp")
		secondProof(app, token, ann.code(t)).Want(t, 200, "")
	})
}

// Without the factor, only a correct password gets another answer.
func TestMfa_enumeration(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		twoFactors(t, app)
		enroll(t, app, "bob.of.the.test")
		var told []string
		for _, name := range []string{leaverName, "bob.of.the.test", "nobody.of.the.test"} {
			resp := byPassword(app, "username", name, passTwo)
			resp.Want(t, 401, "invalid_credentials")
			told = append(told, strings.ReplaceAll(string(resp.Body), resp.Text("requestId"), ""))
		}
		if told[0] != told[1] || told[1] != told[2] {
			t.Errorf("a wrong password gets %q", told)
		}
	})
}

// The substitute for the second proof of an account that is not in use.
func TestMfa_dormant(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		_, ann := twoFactors(t, app)
		app.Advance(halfAYear)
		id, code := codeFor(t, app, "login", byPhone, leaverPhone)
		first := app.Post("/user/login", object{"otpId": id, "otp": code})
		wantMethods(t, first, "totp")
		secondProof(app, first.Text("mfaToken"), ann.code(t)).Want(t, 200, "")
	})
}

// The trail records completed and failed second factors.
func TestMfa_events(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user, ann := twoFactors(t, app)
		wantWrong(t, secondProof(app, "x", ann.code(t)), "mfaToken")
		token := firstProof(t, app)
		wantWrong(t, secondProof(app, token, "000000"), "totp")
		secondProof(app, token, ann.code(t)).Want(t, 200, "")
		for kind, reason := range map[string]string{"sign_in": "totp", "second_factor_failed": "wrong_second_factor"} {
			app.Await(kind+" "+reason, func() bool { return hasEvent(t, app, user.UserID, kind, reason) })
		}
		app.Await("a token that is none", func() bool { return hasEvent(t, app, 0, "second_factor_failed", "wrong_token") })
	})
}

func hasEvent(t *testing.T, app *kit.App, userID int64, kind, reason string) bool {
	t.Helper()
	events, err := app.Service.Audit.List(t.Context(), audit.Filter{UserID: userID, Type: kind, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(events, func(e *model.Event) bool { return e.UserId == userID && e.Reason == reason })
}
