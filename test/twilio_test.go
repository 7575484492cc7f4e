package test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	apiKey  = "SK0123456789abcdef0123456789abcdef"
)

func withTwilio(api *twiliotest.Server, sender string) kit.Option {
	return kit.Option(fmt.Sprintf("Sms: {Provider: twilio, Twilio: {AccountSid: %s, ApiKey: %s, ApiSecret: apisecret0123456789, BaseUrl: %q, %s}}",
		account, apiKey, api.URL, sender))
}

// The request to Twilio matches its Messages API, and the code in it signs in.
func TestTwilio_form(t *testing.T) {
	t.Parallel()
	for _, sender := range []string{"From: \"+15005550006\"", "MessagingServiceSid: MG0123456789abcdef0123456789abcdef"} {
		t.Run(strings.Fields(sender)[0], func(t *testing.T) {
			api := twiliotest.New(t, account, apiKey, "apisecret0123456789")
			app := kit.New(t, kit.Embedded, withTwilio(api, sender))
			ask := app.Post("/user/otp", object{"phone": phone})
			ask.Want(t, 200, "")
			app.Await("the message", func() bool { return api.Created() == 1 })
			sent := api.Requests()[0]
			if sent.Method != "POST" || sent.Path != "/2010-04-01/Accounts/"+account+"/Messages.json" || sent.User != apiKey || sent.Password != "apisecret0123456789" {
				t.Errorf("%s %s as %s", sent.Method, sent.Path, sent.User)
			}
			name, value, _ := strings.Cut(strings.ReplaceAll(sender, "\"", ""), ": ")
			if sent.Form.Get("To") != phone || sent.Form.Get(name) != value {
				t.Errorf("form %v, want To %s and %s %s", sent.Form, phone, name, value)
			}
			code := regexp.MustCompile(`\b[0-9]{10}\b`).FindString(sent.Form.Get("Body"))
			app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": code}).Want(t, 200, "")
		})
	}
}

// Each class of answer causes the expected number of requests, and the status route reports
// the result.
func TestTwilio_answers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		answers  []twiliotest.Answer
		requests int
		status   string
		reason   string
	}{
		{"429 and then accepted", []twiliotest.Answer{twiliotest.RateLimited("")}, 2, "sent", ""},
		{"429 of the account uses up no try", []twiliotest.Answer{twiliotest.RateLimited(""), twiliotest.RateLimited(""), twiliotest.RateLimited("")}, 4, "sent", ""},
		{"429 of the recipient three times", []twiliotest.Answer{twiliotest.Refused(429, 14107), twiliotest.Refused(429, 14107), twiliotest.Refused(429, 14107)}, 3, "failed", "rate_limited"},
		{"500", []twiliotest.Answer{twiliotest.ServerError()}, 1, "failed", "provider_error"},
		{"502 that is no JSON", []twiliotest.Answer{twiliotest.BadGateway()}, 1, "failed", "provider_error"},
		{"cut after reading", []twiliotest.Answer{twiliotest.Cut()}, 1, "failed", "connection_lost"},
		{"no such number", []twiliotest.Answer{twiliotest.Refused(400, 21211)}, 1, "failed", "invalid_number"},
		{"region switched off", []twiliotest.Answer{twiliotest.Refused(400, 21408)}, 1, "failed", "unavailable"},
		{"a sender that may not", []twiliotest.Answer{twiliotest.Refused(400, 21606)}, 1, "failed", "unavailable"},
		{"bad credentials, until somebody acts", []twiliotest.Answer{twiliotest.Refused(401, 20003)}, 2, "sent", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := twiliotest.New(t, account, apiKey, "apisecret0123456789")
			api.Script(c.answers...)
			app := kit.New(t, kit.Embedded, withTwilio(api, "From: \"+15005550006\""))
			ask := app.Post("/user/otp", object{"phone": phone})
			ask.Want(t, 200, "")
			path := "/user/otp/" + ask.Text("otpId")
			app.Await("an end", func() bool { return app.Get(path, "").Text("status") != "queued" })
			status := app.Get(path, "")
			if status.Text("status") != c.status || status.Text("reason") != c.reason {
				t.Errorf("status %s, want %s %s", status.Body, c.status, c.reason)
			}
			if n := len(api.Requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

// A provider that does not answer delays neither requests nor other messages, and its
// message is not sent twice.
func TestTwilio_stalls(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	t.Parallel() // it waits
	api := twiliotest.New(t, account, apiKey, "apisecret0123456789")
	api.Script(twiliotest.Stalled())
	app := kit.New(t, kit.Embedded, withTwilio(api, "From: \"+15005550006\""))
	requests := func() int { return len(api.Requests()) }
	stalled := app.Post("/user/otp", object{"phone": phone})
	stalled.Want(t, 200, "")
	app.Await("the stall", func() bool { return requests() == 1 })
	other := app.Post("/user/otp", object{"phone": "+919876543211"})
	other.Want(t, 200, "")
	app.Await("the other message", func() bool { return app.Get("/user/otp/"+other.Text("otpId"), "").Text("status") == "sent" })
	if status := app.Get("/user/otp/"+stalled.Text("otpId"), "").Text("status"); status == "failed" {
		t.Error("the other message waited for the stalled one")
	}
	app.Await("the end of the stall", func() bool { return app.Get("/user/otp/"+stalled.Text("otpId"), "").Text("status") == "failed" })
	if status := app.Get("/user/otp/"+stalled.Text("otpId"), ""); status.Text("reason") != "timeout" {
		t.Errorf("status %s, want timeout", status.Body)
	}
	if n := requests(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}
