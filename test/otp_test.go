package test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/address"
	"user-api/test/kit"
)

const phone = "+919876543210"

type object = map[string]any

func TestSendCode(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		resp := app.Post("/user/otp", object{"phone": "098765 43210", "region": "IN", "purpose": "login", "channel": "sms", "locale": "en-IN"})
		resp.Want(t, 200, "")
		if resp.Text("to") != "+91********10" || resp.Text("channel") != "sms" || resp.Number("expiresIn") != 300 || resp.Number("resendIn") != 60 {
			t.Errorf("answer %s", resp.Body)
		}
		if got := resp.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %q, want no-store", got)
		}
		app.Inbox(phone, 1)
		// Every spelling of the number has the same cooldown.
		again := app.Post("/user/otp", object{"phone": phone})
		again.Want(t, 429, "rate_limited")
		if wait := again.Number("retryAfter"); wait < 30 || wait > 60 {
			t.Errorf("retryAfter %d, want about 60", wait)
		}
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"phone": phone}).Want(t, 200, "")
		app.Inbox(phone, 2)
	})
}

func TestSendCode_email(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		resp := app.Post("/user/otp", object{"email": "Ann@Example.com"})
		resp.Want(t, 200, "")
		if resp.Text("channel") != "email" || resp.Text("to") != "a***@example.com" {
			t.Errorf("answer %s", resp.Body)
		}
		code := app.Inbox("ann@example.com", 1)[0]
		login := app.Post("/user/login", object{"otpId": resp.Text("otpId"), "otp": code})
		login.Want(t, 200, "")
		info := app.Get("/user/info", login.Text("accessToken"))
		if info.Text("email") != "ann@example.com" || info.Text("phone") != "" {
			t.Errorf("info %s", info.Body)
		}
	})
}

func TestSendCode_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for _, c := range []struct {
			name, code, field string
			status            int
			body              any
		}{
			{"nothing", "invalid_request", "phone", 400, object{}},
			{"phone and email", "invalid_request", "email", 400, object{"phone": phone, "email": "a@example.com"}},
			{"otpId and phone", "invalid_request", "otpId", 400, object{"phone": phone, "otpId": "x"}},
			{"an impossible number", "invalid_phone", "phone", 400, object{"phone": "+911111111111"}},
			{"words", "invalid_phone", "phone", 400, object{"phone": "call me"}},
			{"a toll-free number", "invalid_phone", "phone", 400, object{"phone": "+18005550199"}},
			{"no e-mail", "invalid_email", "email", 400, object{"email": "ann"}},
			{"another purpose", "invalid_request", "purpose", 400, object{"phone": phone, "purpose": "pay"}},
			{"another channel", "invalid_request", "channel", 400, object{"phone": phone, "channel": "email"}},
			{"no region", "invalid_request", "region", 400, object{"phone": "098765 43210", "region": "ZZ"}},
			{"no locale", "invalid_request", "locale", 400, object{"phone": phone, "locale": "<b>"}},
			{"a country not allowed", "region_not_allowed", "phone", 403, object{"phone": "+4915112345678"}},
			{"an unknown otpId", "not_found", "", 404, object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA"}},
		} {
			resp := app.Post("/user/otp", c.body)
			if resp.Status != c.status || resp.Text("code") != c.code || resp.Text("field") != c.field {
				t.Errorf("%s: %d %s, want %d %s of %q", c.name, resp.Status, resp.Body, c.status, c.code, c.field)
			}
		}
		if keys := app.Redis.Client.Keys(t.Context(), "ua:otp:*").Val(); len(keys) > 0 {
			t.Errorf("refused requests left %v", keys)
		}
	}, "Sms: {AllowedRegions: [IN, US]}")
}

func TestCodeStatus(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, _ := app.AskCode(phone)
		app.Await("status sent", func() bool { return app.Get("/user/otp/"+id, "").Text("status") == "sent" })
		resp := app.Get("/user/otp/"+id, "")
		resp.Want(t, 200, "")
		if resp.Text("channel") != "sms" || resp.Number("expiresIn") < 270 || resp.Number("resendIn") < 30 || resp.Number("resendIn") > 60 {
			t.Errorf("answer %s", resp.Body)
		}
		app.Get("/user/otp/AAAAAAAAAAAAAAAAAAAAAAAA", "").Want(t, 404, "not_found")
		app.Get("/user/otp/x", "").Want(t, 404, "not_found")
		app.Advance(5 * time.Minute)
		app.Get("/user/otp/"+id, "").Want(t, 404, "not_found")
	})
}

func TestResend(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		app.Post("/user/otp", object{"otpId": id}).Want(t, 429, "rate_limited")
		app.Advance(time.Minute)
		resp := app.Post("/user/otp", object{"otpId": id})
		resp.Want(t, 200, "")
		if resp.Text("otpId") != id || resp.Text("to") != "+91********10" || resp.Number("expiresIn") > 240 {
			t.Errorf("answer %s", resp.Body)
		}
		if codes := app.Inbox(phone, 2); codes[0] != code || codes[1] != code {
			t.Errorf("the resend has another code")
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"otpId": id}).Want(t, 404, "not_found")
	})
}

func TestLogin(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		first := app.SignIn(phone)
		if !first.IsNew {
			t.Error("the first sign-in does not report a new account")
		}
		app.Advance(time.Minute)
		second := app.SignIn(phone)
		if second.IsNew {
			t.Error("the second sign-in reports a new account")
		}
		a, b := app.Get("/user/info", first.Access), app.Get("/user/info", second.Access)
		a.Want(t, 200, "")
		if a.Text("phone") != phone || a.Number("id") != b.Number("id") || a.Text("role") != "user" || a.Number("createdAt") <= 0 {
			t.Errorf("info %s and %s", a.Body, b.Body)
		}
		if _, told := a.JSON["email"]; told {
			t.Errorf("unset fields are in the answer: %s", a.Body)
		}
	})
}

func TestLogin_refused(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		for left := 4; left >= 1; left-- {
			resp := app.Post("/user/login", object{"otpId": id, "otp": "0000"})
			resp.Want(t, 401, "otp_invalid")
			if resp.Number("attemptsLeft") != int64(left) {
				t.Errorf("attemptsLeft in %s, want %d", resp.Body, left)
			}
		}
		resp := app.Post("/user/login", object{"otpId": id, "otp": "0000"})
		resp.Want(t, 401, "otp_invalid")
		if _, told := resp.JSON["attemptsLeft"]; told {
			t.Errorf("an ended challenge reports attempts: %s", resp.Body)
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		app.Post("/user/login", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "otp": code}).Want(t, 401, "otp_invalid")
	})
}

func TestLogin_expired(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		app.Advance(5 * time.Minute)
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
	})
}

func TestLogin_parallelRight(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		var yes, no atomic.Int32
		asks := kit.Crowd(1000)
		parallel(asks, func() {
			resp, err := app.TryAnswered(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"otpId": id, "otp": code}})
			switch {
			case err == nil && resp.Status == 200:
				yes.Add(1)
			case err == nil && resp.Text("code") == "otp_invalid":
				no.Add(1)
			default:
				t.Errorf("%d %s %v", resp.Status, resp.Body, err)
			}
		})
		if yes.Load() != 1 || int(no.Load()) != asks-1 {
			t.Errorf("%d requests signed in and %d were refused, want 1 and %d", yes.Load(), no.Load(), asks-1)
		}
	})
}

func TestLogin_parallelWrong(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		var told atomic.Int32
		asks := kit.Crowd(1000)
		parallel(asks, func() {
			resp, err := app.TryAnswered(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"otpId": id, "otp": "0000"}})
			if err != nil || resp.Text("code") != "otp_invalid" {
				t.Errorf("%d %s %v", resp.Status, resp.Body, err)
			}
			if resp.Number("attemptsLeft") > 0 {
				told.Add(1)
			}
		})
		if told.Load() != 4 {
			t.Errorf("%d of %d wrong codes got their attempts, want the 4 before the last", told.Load(), asks)
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
	})
}

// Two challenges of one number cannot be active together, so two first sign-ins race with a
// second challenge, opened after the first was verified but before its account exists.
func TestLogin_oneAccountPerNumber(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		node := app.Beside()
		const rounds = 5
		for i := range rounds {
			number := "+9198765432" + string(rune('1'+i)) + "0"
			first, firstCode := app.AskCode(number)
			app.Advance(time.Minute)
			results := make(chan kit.Response, 2)
			go func() {
				resp, _ := app.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"otpId": first, "otp": firstCode}})
				results <- resp
			}()
			go func() {
				ask, _ := node.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": number}})
				codes := node.Inbox(number, 2)
				resp, _ := node.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/login", Body: object{"otpId": ask.Text("otpId"), "otp": codes[0]}})
				results <- resp
			}()
			made, ids := 0, map[int64]bool{}
			for range 2 {
				resp := <-results
				if resp.Status != 200 {
					continue // the second challenge ended the first before it was answered
				}
				if resp.Tokens().IsNew {
					made++
				}
				ids[app.Get("/user/info", resp.Tokens().Access).Number("id")] = true
			}
			if made != 1 || len(ids) != 1 {
				t.Errorf("round %d: %d accounts were created, %d ids", i, made, len(ids))
			}
		}
	})
}

// A code is void once its account has released the address, whoever has the address then:
// it signs nobody in and creates no account.
func TestLogin_addressChangesHands(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		accounts := app.Service.Accounts
		for i, c := range []struct {
			name string
			// change is done by the holder after the code was requested.
			change func(t *testing.T, holder kit.Tokens, number string)
		}{
			{"given up", func(t *testing.T, holder kit.Tokens, number string) {
				bindAddress(t, app, holder, byPhone, otherOf(number))
			}},
			{"taken over", func(t *testing.T, holder kit.Tokens, number string) {
				bindAddress(t, app, holder, byPhone, otherOf(number))
				other := enroll(t, app, "taker")
				app.Advance(time.Minute)
				bindAddress(t, app, other, byPhone, number)
			}},
			{"gone with its holder", func(t *testing.T, holder kit.Tokens, _ string) {
				if err := accounts.Delete(t.Context(), idOf(app, holder)); err != nil {
					t.Fatal(err)
				}
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				number := fmt.Sprintf("+91987654400%d", i)
				holder := app.SignIn(number)
				app.Advance(time.Minute)
				id, code := app.AskCode(number)
				c.change(t, holder, number)
				address, _ := address.ParsePhone(number, "")
				before, _ := accounts.ByAddress(t.Context(), address)
				app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
				if after, _ := accounts.ByAddress(t.Context(), address); (after == nil) != (before == nil) {
					t.Errorf("an account was created: %v, before: %v", after, before)
				}
			})
		}
	})
}

// A ban between a code and its use takes effect.
func TestLogin_bannedMeanwhile(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		user := idOf(app, app.SignIn(phone))
		app.Advance(time.Minute)
		id, code := app.AskCode(phone)
		if err := app.Service.Signin.Ban(t.Context(), user, "fraud", time.Time{}); err != nil {
			t.Fatal(err)
		}
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid")
		if sessions, err := app.Service.Sessions.List(t.Context(), user); len(sessions) > 0 || err != nil {
			t.Errorf("a banned user has %d sessions, %v", len(sessions), err)
		}
	})
}

func parallel(n int, f func()) {
	var wait sync.WaitGroup
	for range n {
		wait.Go(f)
	}
	wait.Wait()
}
