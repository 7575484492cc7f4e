package test

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/reqctx"
	"user-api/internal/signin"
	"user-api/test/kit"
)

var nextAllowed = regexp.MustCompile(`"?nextAllowedAt"?:\d+`)

// tight sets the default limits.
const tight kit.Option = `
RateLimit:
  Send: {Client: 30/3600, Block: 20/600}
  Verify: {Client: 30/300}
  Password: {Account: 10/900, Client: 100/3600, Attempts: 300/3600}
  Refresh: {Client: 60/60}
  Register: {Client: 10/3600}
  Captcha: {Client: 30/3600, Demands: 60/300}
  Lookup: {Client: 60/300}
  User: {Rename: 20/3600, Acts: 30/600, Refused: 100/600}
`

// redisDump returns every key and value that counts something.
func redisDump(t *testing.T, app *kit.App) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"ua:guard:*", "ua:otp:*"} {
		for _, key := range app.Redis.Client.Keys(t.Context(), pattern).Val() {
			if strings.Contains(key, ":c:") {
				all[key] = "" // its status is set by the courier
				continue
			}
			all[key] = fmt.Sprint(app.Redis.Client.Get(t.Context(), key).Val(), app.Redis.Client.HGetAll(t.Context(), key).Val())
			if app.Redis.Client.PTTL(t.Context(), key).Val() <= 0 {
				t.Errorf("%s has no TTL", key)
			}
		}
	}
	return all
}

// limited checks that a refusal by a limit is complete and changes nothing.
func limited(t *testing.T, app *kit.App, limit string, ask func() kit.Response) {
	t.Helper()
	app.Await("the end of all sends", func() bool {
		n, err := app.Redis.Client.Exists(t.Context(), "asynq:{ua:delivery}:pending", "asynq:{ua:delivery}:active").Result()
		return err == nil && n == 0
	})
	before := redisDump(t, app)
	resp := ask()
	resp.Want(t, 429, "rate_limited")
	if resp.Text("limit") != limit {
		t.Errorf("refused by %q: %s, want %s", resp.Text("limit"), resp.Body, limit)
	}
	if next := resp.Number("nextAllowedAt"); next != app.Clock.Now().Unix()+resp.Number("retryAfter") {
		t.Errorf("nextAllowedAt %d and retryAfter %d at %d", next, resp.Number("retryAfter"), app.Clock.Now().Unix())
	}
	if diff := cmp.Diff(before, redisDump(t, app)); diff != "" {
		t.Errorf("a refusal by %s changed\n%s", limit, diff)
	}
}

func from(app *kit.App, path string, body any, header map[string]string) kit.Response {
	return app.Do(kit.Request{Method: http.MethodPost, Path: path, Body: body, Header: header})
}

// A client cannot become another by sending headers.
func TestGuard_forgedClient(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for i := range 30 {
			n := fmt.Sprintf("203.0.113.%d", i)
			header := map[string]string{"X-Forwarded-For": n, "X-Real-IP": n, "Forwarded": "for=" + n, "X-Client-IP": n, "CF-Connecting-IP": n}
			from(app, "/user/otp", object{"phone": fmt.Sprintf("+9198%03d43210", 700+i)}, header).Want(t, 200, "")
		}
		limited(t, app, "client", func() kit.Response {
			return from(app, "/user/otp", object{"phone": phone}, map[string]string{"X-Forwarded-For": "203.0.113.99", "Forwarded": "for=203.0.113.99"})
		})
	}, tight)
}

// Behind a trusted proxy, the client is the right-most hop, whatever stands left of it.
func TestGuard_trustedProxy(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ask := func(i int, forwarded string) kit.Response {
			return from(app, "/user/otp", object{"phone": fmt.Sprintf("+9198%03d43210", 700+i)}, map[string]string{"X-Forwarded-For": forwarded})
		}
		for i := range 30 {
			ask(i, fmt.Sprintf("198.51.100.%d, 192.0.2.7", i)).Want(t, 200, "")
		}
		limited(t, app, "client", func() kit.Response { return ask(30, "203.0.113.1, 192.0.2.7") })
		ask(30, "192.0.2.7, 192.0.2.8").Want(t, 200, "")
	}, tight, "TrustedProxies: [127.0.0.0/8]")
}

func TestGuard_wrongCodes(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		id, code := app.AskCode(phone)
		guess := func() kit.Response {
			return app.Post("/user/login", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "otp": "123456"})
		}
		for range 30 {
			guess().Want(t, 401, "otp_invalid")
		}
		limited(t, app, "verify", guess)
		limited(t, app, "verify", func() kit.Response {
			return app.Post("/user/password/reset", object{"otpId": id, "otp": code, "newPassword": passOne})
		})
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 429, "rate_limited")
	}, tight)
}

func TestGuard_passwords(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		enroll(t, app, "ann")
		for _, name := range []string{"ann", "nobody"} { // whether or not the name exists
			for range 10 {
				byPassword(app, "username", name, passTwo).Want(t, 401, "invalid_credentials")
			}
			limited(t, app, "password", func() kit.Response { return byPassword(app, "username", strings.ToUpper(name), passOne) })
		}
		app.Advance(16 * time.Minute)
		byPassword(app, "username", "ann", passOne).Want(t, 200, "")
	}, tight, "RateLimit: {Register: {Client: 1000/60}}")
}

func TestGuard_passwordsOfAClient(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		for i := range 20 {
			byPassword(app, "username", fmt.Sprint("user", i), passOne).Want(t, 401, "invalid_credentials")
		}
		limited(t, app, "password", func() kit.Response { return byPassword(app, "username", "other", passOne) })
	}, "RateLimit: {Password: {Client: 20/3600}}")
}

func TestGuard_refreshAndRegister(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		for range 60 {
			next := refresh(app, tokens.Refresh)
			next.Want(t, 200, "")
			tokens = next.Tokens()
		}
		limited(t, app, "refresh", func() kit.Response { return refresh(app, tokens.Refresh) })
		app.Advance(time.Minute + time.Second)
		refresh(app, tokens.Refresh).Want(t, 200, "") // the refused token was not rotated

		for i := range 10 {
			app.Post("/user/register", object{"username": fmt.Sprint("user", i), "password": passOne}).Want(t, 200, "")
		}
		limited(t, app, "register", func() kit.Response {
			return app.Post("/user/register", object{"username": "user11", "password": passOne})
		})
	}, tight)
}

// Known, unknown and banned addresses have the same limits and the same answers.
func TestGuard_enumeration(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		const banned, unknown = "+919876543220", "+919876543230"
		app.SignIn(phone)
		id := idOf(app, app.SignIn(banned))
		if err := app.Service.Accounts.Ban(t.Context(), id, "a test", time.Time{}); err != nil {
			t.Fatal(err)
		}
		app.Redis.Client.FlushAll(t.Context())
		told := map[string]string{}
		for _, to := range []string{phone, banned, unknown} {
			for range 6 {
				told[to] += alike(app.Post("/user/otp", object{"phone": to})) + alike(app.Post("/user/otp", object{"phone": to}))
				app.Advance(2 * time.Minute)
			}
			app.Advance(3 * time.Hour)
		}
		mask := strings.NewReplacer("+91********20", "+91********10", "+91********30", "+91********10")
		for _, to := range []string{banned, unknown} {
			if diff := cmp.Diff(blur(told[phone]), blur(mask.Replace(told[to]))); diff != "" {
				t.Errorf("the answer to %s differs:\n%s", to, diff)
			}
		}
		if !strings.Contains(told[phone], "address") || !strings.Contains(told[phone], "cooldown") {
			t.Errorf("these are not the answers to compare: %s", told[phone])
		}
	})
}

// Every key of ours has a TTL.
func TestGuard_everyKeyEnds(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		refresh(app, tokens.Refresh).Want(t, 200, "")
		enroll(t, app, "ann")
		byPassword(app, "username", "ann", passTwo).Want(t, 401, "invalid_credentials")
		app.Post("/user/otp", object{"email": "ann@example.com"}).Want(t, 200, "")
		seen := map[string]bool{}
		for _, key := range app.Redis.Client.Keys(t.Context(), "*").Val() {
			if strings.HasPrefix(key, "asynq:") {
				continue // in use while the queue works; kit checks these at the end
			}
			if parts := strings.Split(key, ":"); len(parts) > 3 {
				seen[parts[3]] = true
			}
			if app.Redis.Client.PTTL(t.Context(), key).Val() <= 0 {
				t.Errorf("%s has no TTL", key)
			}
		}
		for _, name := range []string{"address", "client", "block", "country", "global", "conversion", "asked", "open", "account", "password", "refresh", "register", "known", "sent", "cool"} {
			if !seen[name] {
				t.Errorf("found no key %s: %v", name, seen)
			}
		}
	})
}

// Without Redis, passwords still sign in, with a limit for guessing, and refreshes work.
func TestGuard_withoutRedis(t *testing.T) {
	app := kit.New(t, kit.Real, tight)
	enroll(t, app, "ann")
	tokens := byPassword(app, "username", "ann", passOne).Tokens()
	outages := func() int { return strings.Count(kit.Log(), "counting in this process only") }
	before := outages() // of other tests
	app.RedisLine.Cut()
	for range 4 {
		byPassword(app, "username", "ann", passTwo).Want(t, 401, "invalid_credentials")
	}
	byPassword(app, "username", "ann", passOne).Want(t, 200, "")
	if resp := byPassword(app, "username", "ann", passOne); resp.Status != 429 || resp.Text("limit") != "password" {
		t.Errorf("the sixth request in a minute: %d %s, want 429", resp.Status, resp.Body)
	}
	next := refresh(app, tokens.Refresh)
	next.Want(t, 200, "")
	app.Post("/user/otp", object{"phone": phone}).Want(t, 503, "unavailable")
	if n := outages() - before; n != 1 {
		t.Errorf("the outage is logged %d times, want once", n)
	}
	app.RedisLine.Restore(t)
	app.Await("codes", func() bool { return app.Post("/user/otp", object{"phone": phone}).Status == 200 })
}

// blur makes answers from different times comparable.
func blur(told string) string { return nextAllowed.ReplaceAllString(told, "nextAllowedAt:0") }

// A refusal must cost less than a tenth of a served request.
func BenchmarkGuard(b *testing.B) {
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		app := kit.New(b, backend, "RateLimit: {Enabled: true, Budget: {Day: 1000000, Country: 0, Block: 0}, Send: {Client: off, Block: off, Country: off, Global: off}}")
		client := reqctx.WithClient(b.Context(), reqctx.Client{IP: netip.MustParseAddr("192.0.2.7")})
		b.Run(string(backend)+"/served", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				_, err := app.Service.Signin.SendCode(client, signin.CodeRequest{Phone: fmt.Sprintf("+9198%08d", 10_000_000+i)})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(backend)+"/limited", func(b *testing.B) {
			app.Service.Signin.SendCode(client, signin.CodeRequest{Phone: phone})
			for b.Loop() {
				if _, err := app.Service.Signin.SendCode(client, signin.CodeRequest{Phone: phone}); err == nil {
					b.Fatal("a request within the cooldown was served")
				}
			}
		})
	}
}
