package test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/delivery/twiliotest"
	"user-api/test/kit"
)

const (
	twilioToken = "tok3nOfTwilio0123456789abcdef0123"
	publicURL   = "https://auth.example.com/webhook/twilio/status"
)

// callbacks is a service that sends through a Messages API, which later reports the status
// of the messages.
type callbacks struct {
	*kit.App
	api *twiliotest.Server
	t   *testing.T
}

func eachCallbacks(t *testing.T, scenario func(*testing.T, callbacks), options ...kit.Option) {
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			api := twiliotest.New(t, account, apiKey, "apisecret0123456789")
			sender := fmt.Sprintf(`From: "+15005550006", AuthToken: %s, StatusCallbackUrl: %q`, twilioToken, publicURL)
			app := kit.New(t, backend, append([]kit.Option{withTwilio(api, sender)}, options...)...)
			scenario(t, callbacks{app, api, t})
		})
	}
}

// sent requests a code, waits until it is sent, and returns Twilio's callback URL.
func (c callbacks) sent(body object) (otpID, to string) {
	c.t.Helper()
	before := len(c.api.Requests())
	ask := c.Post("/user/otp", body)
	ask.Want(c.t, 200, "")
	c.Await("status sent", func() bool { return c.status(ask.Text("otpId")) == "sent" })
	return ask.Text("otpId"), c.api.Requests()[before].Form.Get("StatusCallback")
}

func (c callbacks) status(otpID string) string {
	c.t.Helper()
	resp := c.Get("/user/otp/"+otpID, "")
	resp.Want(c.t, 200, "")
	return strings.TrimSpace(resp.Text("status") + " " + resp.Text("reason"))
}

// tells posts a callback that must be accepted.
func (c callbacks) tells(to, status string, more ...string) {
	c.t.Helper()
	form := url.Values{"MessageSid": {to[len(to)-10:]}, "MessageStatus": {status}, "To": {phone}, "AccountSid": {account}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	if got := twiliotest.Post(c.t, c.URL, to, twilioToken, form); got.Status != 204 || len(got.Body) > 0 {
		c.t.Fatalf("%s is answered with %d %s, want 204", status, got.Status, got.Body)
	}
}

func (c callbacks) wants(otpID, want string) {
	c.t.Helper()
	if got := c.status(otpID); got != want {
		c.t.Fatalf("status %q, want %q", got, want)
	}
}

func TestCallback(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		id, to := c.sent(object{"phone": phone})
		if !strings.HasPrefix(to, publicURL+"?m=") || len(to) > 300 || strings.Contains(to, id) || strings.Contains(to, phone[1:]) {
			t.Fatalf("StatusCallback %q of %d characters, want the configured URL and a short opaque reference", to, len(to))
		}
		for _, step := range [][3]string{
			{"queued", "", "sent"}, {"sending", "", "sent"}, {"sent", "", "sent"},
			{"undelivered", "30003", "failed unreachable_handset"},
			{"sent", "", "failed unreachable_handset"},
			{"delivered", "", "delivered"}, {"delivered", "", "delivered"},
			{"sent", "", "delivered"}, {"failed", "30008", "delivered"},
		} {
			c.tells(to, step[0], "ErrorCode", step[1])
			c.wants(id, step[2])
		}
		code := codeIn(c.api.Requests()[0])
		c.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		c.tells(to, "read") // the challenge is gone
	})
}

// A message whose request broke off counts as failed until Twilio reports that it has it.
func TestCallback_acceptedAfterAll(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		c.api.Script(twiliotest.Cut())
		ask := c.Post("/user/otp", object{"phone": phone})
		ask.Want(t, 200, "")
		id := ask.Text("otpId")
		c.Await("the failure", func() bool { return c.status(id) == "failed connection_lost" })
		to := c.api.Requests()[0].Form.Get("StatusCallback")
		c.tells(to, "sent")
		c.wants(id, "sent")
		c.tells(to, "delivered")
		c.wants(id, "delivered")
	})
}

func TestCallback_onlyTheLatestMessage(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		id, first := c.sent(object{"phone": phone})
		c.tells(first, "undelivered", "ErrorCode", "30006")
		c.wants(id, "failed not_mobile")
		c.Advance(time.Minute)
		_, second := c.sent(object{"otpId": id})
		c.tells(first, "delivered")
		c.wants(id, "sent")
		c.tells(second, "delivered")
		c.wants(id, "delivered")
	})
}

// Only the signature counts, and every rejection is the same.
func TestCallback_refused(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		id, to := c.sent(object{"phone": phone})
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed"}, "ErrorCode": {"30006"}}
		right := twiliotest.Sign(twilioToken, to, form)
		changed := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed", "undelivered"}, "ErrorCode": {"30006"}}
		here := strings.Replace(to, "https://auth.example.com", c.URL, 1)
		for name, post := range map[string]func() twiliotest.Callback{
			"unsigned":         func() twiliotest.Callback { return twiliotest.Post(t, c.URL, to, "", form, "X-Twilio-Signature", "") },
			"another token's":  func() twiliotest.Callback { return twiliotest.Post(t, c.URL, to, "other", form) },
			"an empty token's": func() twiliotest.Callback { return twiliotest.Post(t, c.URL, to, "", form) },
			"another form's": func() twiliotest.Callback {
				return twiliotest.Post(t, c.URL, to, "", changed, "X-Twilio-Signature", right)
			},
			"another reference's": func() twiliotest.Callback {
				return twiliotest.Post(t, c.URL, to+"A", "", form, "X-Twilio-Signature", right)
			},
			"signed for our own address": func() twiliotest.Callback {
				return twiliotest.Post(t, c.URL, to, "", form, "X-Twilio-Signature", twiliotest.Sign(twilioToken, here, form))
			},
			"with forged headers": func() twiliotest.Callback {
				return twiliotest.Post(t, c.URL, to, "", form, "X-Twilio-Signature", twiliotest.Sign(twilioToken, "http://evil.example"+here[len(c.URL):], form),
					"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http", "Forwarded", "host=evil.example;proto=http")
			},
		} {
			got := post()
			resp := kit.Response{Status: got.Status, Header: got.Header, Body: got.Body}
			if want := `{"code":"forbidden","msg":"This is not allowed.","requestId":"` + got.Header.Get("X-Request-Id") + `"}`; string(resp.Body) != want || resp.Status != 403 {
				t.Errorf("%s: %d %s, want 403 %s", name, resp.Status, resp.Body, want)
			}
		}
		c.wants(id, "sent")

		// The same through a proxy with arbitrary headers.
		got := twiliotest.Post(t, c.URL, to, twilioToken, form, "X-Forwarded-Host", "10.0.0.1:8080", "X-Forwarded-Proto", "http", "X-Forwarded-Port", "8080")
		if got.Status != 204 {
			t.Errorf("behind a proxy: %d %s, want 204", got.Status, got.Body)
		}
		c.wants(id, "failed not_mobile")
	})
}

// A signed callback never gets an answer that makes Twilio retry, unless the store is down.
func TestCallback_unknown(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		id, to := c.sent(object{"phone": phone})
		for name, to := range map[string]string{
			"no reference": publicURL, "another reference": publicURL + "?m=AAAA", "a reference twice": to + "&m=AAAA", "a query that is none": publicURL + "?%zz",
		} {
			if got := twiliotest.Post(t, c.URL, to, twilioToken, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}); got.Status != 204 {
				t.Errorf("%s: %d %s, want 204", name, got.Status, got.Body)
			}
		}
		if got := twiliotest.Post(t, c.URL, to, twilioToken, url.Values{}); got.Status != 204 {
			t.Errorf("an empty form: %d %s, want 204", got.Status, got.Body)
		}
		c.tells(to, "delivered", "MessageSid", "")
		c.wants(id, "sent")
		c.Advance(5 * time.Minute)
		c.tells(to, "delivered") // the code has expired
		if c.RedisLine == nil {
			return
		}
		c.RedisLine.Cut()
		got := twiliotest.Post(t, c.URL, to, twilioToken, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}})
		if got.Status != 503 || got.Header.Get("Retry-After") == "" {
			t.Errorf("without Redis: %d %s, want 503", got.Status, got.Body)
		}
		c.RedisLine.Restore(t)
	})
}

// Without callback configuration, every callback is rejected.
func TestCallback_notConfigured(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded)
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}}
	for _, to := range []string{publicURL, app.URL + "/webhook/twilio/status"} {
		if got := twiliotest.Post(t, app.URL, to, "", form); got.Status != 403 {
			t.Errorf("%d %s, want 403", got.Status, got.Body)
		}
	}
}

func TestCallback_expectedIn(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		for n := range 5 {
			number := fmt.Sprintf("+9198765432%02d", 20+n)
			_, to := c.sent(object{"phone": number})
			c.Advance(3 * time.Second)
			c.tells(to, "delivered")
			c.tells(to, "delivered") // does not count again
		}
		c.Advance(10 * time.Second)
		id, to := c.sent(object{"phone": phone})
		c.Await("the time it takes", func() bool { return c.Get("/user/otp/"+id, "").Number("expectedIn") == 3 })
		ask := c.Post("/user/otp", object{"phone": "+919876543211"})
		ask.Want(t, 200, "")
		abroad := c.Post("/user/otp", object{"phone": "+12025550100"})
		abroad.Want(t, 200, "")
		if ask.Number("expectedIn") != 3 || abroad.Number("expectedIn") != -1 {
			t.Errorf("%s and %s, want expectedIn 3 and none", ask.Body, abroad.Body)
		}
		c.tells(to, "delivered")
		if resp := c.Get("/user/otp/"+id, ""); resp.Number("expectedIn") != -1 {
			t.Errorf("%s, want no expectedIn after delivery", resp.Body)
		}
	})
}

// The status of a reset message does not reveal whether a number has an account, whatever
// the receipts say.
func TestCallback_reset(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		nobody := c.Post("/user/otp", object{"phone": "+919876543212", "purpose": "reset"})
		nobody.Want(t, 200, "")
		c.Await("status sent", func() bool { return c.status(nobody.Text("otpId")) == "sent" })
		if n := len(c.api.Requests()); n != 0 {
			t.Errorf("%d messages were sent, want none", n)
		}
		id, _ := c.sent(object{"phone": phone})
		c.Post("/user/login", object{"otpId": id, "otp": codeIn(c.api.Requests()[0])}).Want(t, 200, "")
		c.Advance(time.Minute)
		ask := c.Post("/user/otp", object{"phone": phone, "purpose": "reset"})
		ask.Want(t, 200, "")
		c.Await("the message", func() bool { return len(c.api.Requests()) == 2 })
		c.wants(ask.Text("otpId"), "sent")
		for _, status := range []string{"undelivered", "delivered"} {
			c.tells(c.api.Requests()[1].Form.Get("StatusCallback"), status, "ErrorCode", "30003")
			c.wants(ask.Text("otpId"), "sent")
		}
		c.Advance(8 * time.Second)
		c.wants(nobody.Text("otpId"), "sent")
	})
}

func codeIn(r twiliotest.Request) string {
	words := strings.Fields(r.Form.Get("Body"))
	return words[slices.IndexFunc(words, func(w string) bool { return len(w) == 10 && w[0] >= '0' && w[0] <= '9' })]
}

// A budget has room for two messages. A failed and unbilled message frees its place once,
// even if Twilio reports it repeatedly; an undelivered one is billed.
func TestCallback_refund(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		ask := func(n int) int {
			return c.Post("/user/otp", object{"phone": fmt.Sprintf("+9198765432%02d", n)}).Status
		}
		_, failed := c.sent(object{"phone": phone})
		_, undelivered := c.sent(object{"phone": "+919876543220"})
		if got := ask(30); got != 429 {
			t.Fatalf("beyond the budget: %d, want 429", got)
		}
		c.tells(undelivered, "undelivered", "ErrorCode", "30003")
		c.Advance(time.Minute)
		if got := ask(31); got != 429 {
			t.Errorf("after an undelivered message: %d, want 429", got)
		}
		for range 3 {
			c.tells(failed, "failed", "ErrorCode", "30003")
		}
		if got := ask(32); got != 200 {
			t.Errorf("after a failed message: %d, want 200", got)
		}
		if got := ask(33); got != 429 {
			t.Errorf("after the message in its place: %d, want 429", got)
		}
	}, "RateLimit: {Prices: [IN=1.00], Budget: {Day: 2, Country: 0, Block: 0, Soft: 100}, Share: {Network: 100, Provider: 100, Known: 0}}")
}
