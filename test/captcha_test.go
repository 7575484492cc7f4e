package test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/captcha"
	"user-api/internal/captcha/captchatest"
	"user-api/test/kit"
)

// behindProxy lets a test choose its clients' addresses.
const behindProxy kit.Option = "TrustedProxies: [127.0.0.0/8]"

// afterOne sets a budget that requires a captcha from the second message on and is
// exhausted after ninety more.
const afterOne kit.Option = "RateLimit: {Prices: [IN=1.00], Budget: {Day: 100, Country: 0, Block: 0, Soft: 1}}"

func withCaptcha(p *captchatest.Provider, name, more string) kit.Option {
	return kit.Option(fmt.Sprintf("Captcha: {Provider: %s, SiteKey: %q, Secret: %q, VerifyUrl: %q%s}", name, captchatest.SiteKey, captchatest.Secret, p.URL, more))
}

func number(i int) string { return fmt.Sprintf("+9198%03d43210", i) }

// atOnce sends n requests, a few concurrently.
func atOnce(t *testing.T, app *kit.App, n int, request func(i int) kit.Request) []kit.Response {
	t.Helper()
	answers, next := make([]kit.Response, n), make(chan int)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for i := range next {
				var err error
				if answers[i], err = app.TryDo(request(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return answers
}

// undemanded removes the counters of captcha demands.
func undemanded(dump map[string]string) map[string]string {
	maps.DeleteFunc(dump, func(key, _ string) bool { return strings.Contains(key, ":demand:") })
	return dump
}

// When the budget runs low, a captcha is required for known, unknown and banned addresses
// alike, and a solved one is accepted.
func TestCaptcha(t *testing.T) {
	t.Parallel()
	p := captchatest.New(t, captcha.Turnstile)
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		const banned, unknown = "+919876543220", "+919876543230"
		app.SignIn(phone)
		id := idOf(app, app.SignIn(banned))
		if err := app.Service.Accounts.Ban(t.Context(), id, "a test", time.Time{}); err != nil {
			t.Fatal(err)
		}
		app.Advance(2 * time.Minute)
		var want string
		stranger := map[string]string{"X-Forwarded-For": "192.0.2.9"}
		for _, to := range []string{phone, unknown, banned} {
			before := undemanded(redisDump(t, app))
			resp := from(app, "/user/otp", object{"phone": to}, stranger)
			resp.Want(t, 403, "captcha_required")
			if resp.Text("captcha") != captcha.Turnstile || resp.Text("siteKey") != captchatest.SiteKey || resp.Text("captchaAction") != "login" {
				t.Errorf("the demand %s", resp.Body)
			}
			if want == "" {
				want = alike(resp)
			}
			if diff := cmp.Diff(want, alike(resp)); diff != "" {
				t.Errorf("the demand for %s differs:\n%s", to, diff)
			}
			if diff := cmp.Diff(before, undemanded(redisDump(t, app))); diff != "" {
				t.Errorf("the demand changed\n%s", diff)
			}
			from(app, "/user/otp", object{"phone": to, "captcha": "a-wrong-answer"}, stranger).Want(t, 403, "captcha_required")
			from(app, "/user/otp", object{"phone": to, "captcha": p.Earn("reset")}, stranger).Want(t, 403, "captcha_required")
		}
		app.Post("/user/otp", object{"phone": phone}).Want(t, 200, "") // has been verified in this network
		served := app.Post("/user/otp", object{"phone": unknown, "captcha": p.Earn("login")})
		served.Want(t, 200, "")
		app.Advance(time.Minute)
		resend := object{"otpId": served.Text("otpId")}
		app.Post("/user/otp", resend).Want(t, 403, "captcha_required")
		resend["captcha"] = p.Earn("login")
		app.Post("/user/otp", resend).Want(t, 200, "")
	}, "RateLimit: {Prices: [IN=0.25], Budget: {Day: 2, Soft: 25}}", "TrustedProxies: [127.0.0.0/8]", withCaptcha(p, captcha.Turnstile, ""))
}

// The token of every provider is sent in the same field, on every route that requires one,
// for the action documented in docs/captcha.md.
func TestCaptcha_providers(t *testing.T) {
	t.Parallel()
	for _, name := range captcha.Providers() {
		t.Run(name, func(t *testing.T) {
			p := captchatest.New(t, name)
			app := kit.New(t, kit.Embedded, afterOne, "TrustedProxies: [127.0.0.0/8]", withCaptcha(p, name, ""))
			bearer, stranger := app.SignIn(phone).Access, map[string]string{"X-Forwarded-For": "192.0.2.9"}
			app.Advance(2 * time.Minute)
			for i, c := range []struct {
				path, action string
				body         object
			}{
				{"/user/otp", "login", object{"phone": number(1)}},
				{"/user/otp", "reset", object{"phone": phone, "purpose": "reset"}},
				{"/user/phone/otp", "bind_phone", object{"phone": number(2)}},
			} {
				ask := func(token string) kit.Response {
					c.body["captcha"] = token
					return app.Do(kit.Request{Method: http.MethodPost, Path: c.path, Body: c.body, Bearer: bearer, Header: stranger})
				}
				ask("").Want(t, 403, "captcha_required")
				ask(captcha.BogusToken(name)).Want(t, 403, "captcha_required")
				token := p.Earn(c.action)
				ask(token).Want(t, 200, "")
				app.Advance(2 * time.Minute)
				ask(token).Want(t, 403, "captcha_required")
				if want := 3 * (i + 1); len(p.Asked()) != want {
					t.Errorf("%s: %d verifications, want %d", c.path, len(p.Asked()), want)
				}
			}
		})
	}
}

// A request that is rate limited or needs no captcha costs no verification, so its token
// stays usable.
func TestCaptcha_afterTheLimits(t *testing.T) {
	t.Parallel()
	kit.Raced(t)
	p := captchatest.New(t, captcha.Turnstile)
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		begin := len(p.Asked())
		unasked := func(what string) {
			t.Helper()
			if n := len(p.Asked()) - begin; n != 0 {
				t.Errorf("%s cost %d verifications", what, n)
			}
		}
		earned := p.Earn("login")
		first := app.Post("/user/otp", object{"phone": phone, "captcha": earned})
		first.Want(t, 200, "")
		unasked("a request that needs no captcha")
		for i, resp := range atOnce(t, app, 400, func(i int) kit.Request {
			return kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": phone, "captcha": fmt.Sprint("junk", i)},
				Header: map[string]string{"X-Forwarded-For": fmt.Sprintf("203.%d.%d.7", i/200, i%200)}}
		}) {
			if resp.Status != 429 || resp.Text("limit") != "cooldown" {
				t.Fatalf("request %d to a number in cooldown: %d %s", i, resp.Status, resp.Body)
			}
		}
		unasked("junk from 400 networks to a number in cooldown")
		app.Post("/user/otp", object{"phone": phone, "captcha": earned}).Want(t, 429, "rate_limited")
		app.Post("/user/otp", object{"otpId": first.Text("otpId"), "captcha": earned}).Want(t, 429, "rate_limited")
		unasked("a good token in the cooldown")
		app.Post("/user/otp", object{"phone": number(1), "captcha": earned}).Want(t, 200, "")
		for i := range 28 {
			app.Post("/user/otp", object{"phone": number(2 + i), "captcha": p.Earn("login")}).Want(t, 200, "")
		}
		begin = len(p.Asked())
		late := p.Earn("login")
		resp := app.Post("/user/otp", object{"phone": number(30), "captcha": late})
		if resp.Want(t, 429, "rate_limited"); resp.Text("limit") != "client" {
			t.Errorf("refused by %q", resp.Text("limit"))
		}
		unasked("a client over its limit")
		from(app, "/user/otp", object{"phone": number(30), "captcha": late}, map[string]string{"X-Forwarded-For": "203.0.113.9"}).Want(t, 200, "")
	}, afterOne, behindProxy, "RateLimit: {Send: {Client: 30/3600}}", withCaptcha(p, captcha.Turnstile, ""))
}

// A client's bad tokens cost no more verifications than its limit, even concurrently; good
// ones are not charged, and other clients are not affected.
func TestCaptcha_bound(t *testing.T) {
	t.Parallel()
	kit.Raced(t)
	p := captchatest.New(t, captcha.GeeTest)
	kit.EachAlone(t, func(t *testing.T, app *kit.App) {
		app.Post("/user/otp", object{"phone": phone}).Want(t, 200, "")
		begin := len(p.Asked())
		for i := range 20 {
			app.Post("/user/otp", object{"phone": number(i), "captcha": p.Earn("")}).Want(t, 200, "")
		}
		answers := atOnce(t, app, 300, func(i int) kit.Request {
			return kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": number(100 + i), "captcha": captcha.BogusToken(captcha.GeeTest)}}
		})
		required, limited := 0, 0
		for _, resp := range answers {
			switch {
			case resp.Status == 403 && resp.Text("code") == "captcha_required":
				required++
			case resp.Status == 429 && resp.Text("limit") == "captcha" && resp.Number("retryAfter") > 0:
				limited++
			default:
				t.Errorf("answered %d %s", resp.Status, resp.Body)
			}
		}
		if asked := len(p.Asked()) - begin - 20; asked != 30 || required != 30 || limited != 270 {
			t.Errorf("%d verifications, %d captcha demands, %d limited; want 30, 30 and 270", asked, required, limited)
		}
		app.Post("/user/otp", object{"phone": number(400)}).Want(t, 403, "captcha_required")
		neighbour := map[string]string{"X-Forwarded-For": "203.0.113.9"}
		from(app, "/user/otp", object{"phone": number(400), "captcha": p.Earn("")}, neighbour).Want(t, 200, "")
		app.Advance(2 * time.Hour)
		app.Post("/user/otp", object{"phone": number(401), "captcha": p.Earn("")}).Want(t, 200, "")
	}, afterOne, behindProxy, "RateLimit: {Captcha: {Client: 30/3600}, Send: {Global: off, Country: off}}", withCaptcha(p, captcha.GeeTest, ""))
}

// One token admits one request, even with concurrent requests.
func TestCaptcha_once(t *testing.T) {
	p := captchatest.New(t, captcha.ReCaptcha)
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		app.Post("/user/otp", object{"phone": phone}).Want(t, 200, "")
		token, served := p.Earn("login"), 0
		for _, resp := range atOnce(t, app, 40, func(i int) kit.Request {
			return kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": number(i), "captcha": token}}
		}) {
			if resp.Status == 200 {
				served++
				continue
			}
			resp.Want(t, 403, "captcha_required")
		}
		if served != 1 {
			t.Errorf("one token let %d requests through", served)
		}
	}, afterOne, withCaptcha(p, captcha.ReCaptcha, ""))
}

// If a provider gives no verdict, every route answers 503 with Retry-After, never a client
// error. OnFailure: allow only applies to a provider that does not answer at all.
func TestCaptcha_onFailure(t *testing.T) {
	for _, policy := range []string{"refuse", "allow"} {
		t.Run(policy, func(t *testing.T) {
			p := captchatest.New(t, captcha.Turnstile)
			kit.EachAlone(t, func(t *testing.T, app *kit.App) {
				defer p.Instead(nil)
				bearer := app.SignIn(phone).Access
				failures, ids := captchatest.Failures(), []string{}
				for i := range failures {
					resp := app.Post("/user/otp", object{"phone": number(i), "captcha": p.Earn("login")})
					resp.Want(t, 200, "")
					ids = append(ids, resp.Text("otpId"))
				}
				app.Advance(time.Minute)
				for i, failure := range failures {
					p.Instead(failure.Answer)
					token := p.Earn("")
					requests := []kit.Request{
						{Path: "/user/otp", Body: object{"phone": number(100 + i), "captcha": token}},
						{Path: "/user/otp", Body: object{"otpId": ids[i], "captcha": token}},
						{Path: "/user/phone/otp", Body: object{"phone": number(200 + i), "captcha": token}, Bearer: bearer},
					}
					for n, resp := range atOnce(t, app, len(requests), func(n int) kit.Request {
						requests[n].Method = http.MethodPost
						return requests[n]
					}) {
						if failure.Silent && policy == "allow" {
							resp.Want(t, 200, "")
							continue
						}
						if resp.Want(t, 503, "unavailable"); resp.Header.Get("Retry-After") == "" {
							t.Errorf("%s, %v: no Retry-After", failure.Name, requests[n].Body)
						}
					}
				}
			}, afterOne, withCaptcha(p, captcha.Turnstile, ", Timeout: 1, OnFailure: "+policy))
		})
	}
}
