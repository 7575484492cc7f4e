package test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery/twiliotest"
	"user-api/test/kit"
)

// lives returns the messages shown to an administrator, newest first, each as its channel
// and steps: "sms IN: asked(login) queued provider(accepted)".
func lives(t *testing.T, app *kit.App, admin kit.Tokens, query string) (list []string, next string) {
	t.Helper()
	resp := app.Get("/admin/deliveries?"+query, admin.Access)
	resp.Want(t, 200, "")
	for _, item := range resp.JSON["deliveries"].([]any) {
		message := item.(object)
		country, _ := message["country"].(string)
		text := strings.TrimSpace(fmt.Sprint(message["channel"], " ", country)) + ":"
		last := float64(0)
		for _, item := range message["steps"].([]any) {
			step := item.(object)
			text += " " + step["step"].(string)
			if reason, ok := step["reason"]; ok {
				text += "(" + reason.(string) + ")"
			}
			if at := step["at"].(float64); at < last {
				t.Errorf("%s: a step of %.0f after one of %.0f", text, at, last)
			} else {
				last = at
			}
			answer := step["step"] == "provider" || step["step"] == "delivered"
			if provider, told := step["provider"]; told != answer || told && provider != "inbox" {
				t.Errorf("%s: the provider %v", text, provider)
			}
		}
		if to, _ := message["to"].(string); len(to) != 32 || len(message["id"].(string)) != 26 {
			t.Errorf("%s: id %v, to %v", text, message["id"], message["to"])
		}
		list = append(list, text)
	}
	return list, resp.Text("next")
}

func wantLives(t *testing.T, app *kit.App, admin kit.Tokens, to string, want ...string) {
	t.Helper()
	var got []string
	soon(func() bool {
		got, _ = lives(t, app, admin, "to="+url.QueryEscape(to))
		return cmp.Diff(want, got) == ""
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages to %s (-want +got):\n%s", to, diff)
	}
}

// The timeline of a message, from the request for a code to its use.
func TestDeliveries_life(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		id, code := app.AskCode(auditPhone)
		const sent = "sms IN: asked(login) queued provider(accepted)"
		wantLives(t, app, admin, auditPhone, sent)
		app.Post("/user/otp", object{"phone": auditPhone}).Want(t, 429, "rate_limited")
		wantLives(t, app, admin, auditPhone, "sms IN: limited(rate_limited)", sent)
		app.Advance(time.Second) // at most one refusal per second is recorded
		app.Post("/user/otp", object{"otpId": id}).Want(t, 429, "rate_limited")
		wantLives(t, app, admin, auditPhone, "sms IN: limited(rate_limited)", "sms IN: limited(rate_limited)", sent)
		app.Post("/user/login", object{"otpId": id, "otp": "0000"}).Want(t, 401, "otp_invalid")
		app.Advance(time.Minute)
		app.Post("/user/otp", object{"otpId": id}).Want(t, 200, "")
		app.Inbox(auditPhone, 2)
		app.Post("/user/login", object{"otpId": id, "otp": "0000"}).Want(t, 401, "otp_invalid")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 200, "")
		app.Post("/user/login", object{"otpId": id, "otp": code}).Want(t, 401, "otp_invalid") // the code is gone
		first := sent + " tried(wrong_code) delivered"                                        // the inbox reports delivery after three seconds
		wantLives(t, app, admin, auditPhone, sent+" tried(wrong_code) used",
			"sms IN: limited(rate_limited)", "sms IN: limited(rate_limited)", first)

		// The spelling of the number does not matter, and other numbers are not included.
		wantLives(t, app, admin, "098765 43488", sent+" tried(wrong_code) used",
			"sms IN: limited(rate_limited)", "sms IN: limited(rate_limited)", first)
		wantLives(t, app, admin, "+919876543487")
		wantNothingInClear(t, app, auditPhone, "9876543488", code, id)
	})
}

// An e-mail address, the notice to an old one, and a decoy code.
func TestDeliveries_kinds(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		ann := enroll(t, app, "ann")
		bindAddress(t, app, ann, byEmail, auditEmail)
		bindAddress(t, app, ann, byEmail, "second."+auditEmail)
		const bound = "email: asked(bind-email) queued provider(accepted) used"
		const told = "email: asked(notice) queued provider(accepted)" // that it was bound, and that it was replaced
		wantLives(t, app, admin, strings.ToUpper(auditEmail), told, told, bound)
		wantLives(t, app, admin, "second."+auditEmail, bound)
		app.Post("/user/otp", object{"phone": "+919876543487", "purpose": "reset"}).Want(t, 200, "")
		wantLives(t, app, admin, "+919876543487", "sms IN: asked(reset) queued provider(decoy)")
	})
}

func TestDeliveries_pages(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		admin, _ := asAdmin(t, app)
		for range 5 {
			app.Advance(20 * time.Minute)
			app.AskCode(auditPhone)
		}
		admin = refresh(app, admin.Refresh).Tokens()
		count := func(query string) (all, pages int) {
			for next := ""; pages == 0 || next != ""; pages++ {
				var list []string
				list, next = lives(t, app, admin, "limit=2&cursor="+next+query)
				all += len(list)
			}
			return all, pages
		}
		to := "&to=" + url.QueryEscape(auditPhone)
		app.Await("all messages", func() bool { all, _ := count(to); return all == 5 })
		if all, pages := count(to); all != 5 || pages != 3 {
			t.Errorf("%d messages to the number on %d pages, want 5 on 3", all, pages)
		}
		if all, pages := count(""); all != 7 || pages != 4 {
			t.Errorf("%d messages on %d pages, want 7 on 4", all, pages)
		}
		for query, field := range map[string]string{
			"limit=101": "limit", "limit=-1": "limit", "cursor=x": "cursor", "to=x": "to", "to=a%40b": "to", "to=%2B91": "to",
		} {
			wantRefusal(t, query, app.Get("/admin/deliveries?"+query, admin.Access), refusal{400, "invalid_request", field})
		}
	})
}

// A rejection by the provider is recorded with its class, our word for it and the
// provider's code.
func TestDeliveries_refused(t *testing.T) {
	t.Parallel()
	api := twiliotest.New(t, account, apiKey, "apisecret0123456789")
	api.Script(twiliotest.RateLimited(""), twiliotest.Refused(400, 21211))
	app := kit.New(t, kit.Embedded, withTwilio(api, "From: \"+15005550006\""))
	admin := enroll(t, app, "ann")
	if err := app.Service.Accounts.SetRole(t.Context(), admin.UserID, "admin"); err != nil {
		t.Fatal(err)
	}
	app.Post("/user/otp", object{"phone": auditPhone}).Want(t, 200, "")
	wantSteps(t, app, admin, auditPhone, "asked login", "queued", "provider twilio retryable/throttled 20429",
		"provider twilio permanent/invalid_number 21211", "failed invalid_number 21211")
}

// Later reports of the provider are recorded, too: once, for the right message, and even
// after the code was used.
func TestDeliveries_receipts(t *testing.T) {
	t.Parallel()
	eachCallbacks(t, func(t *testing.T, c callbacks) {
		admin := enroll(t, c.App, "ann")
		if err := c.Service.Accounts.SetRole(t.Context(), admin.UserID, "admin"); err != nil {
			t.Fatal(err)
		}
		id, to := c.sent(object{"phone": phone})
		for _, status := range []string{"queued", "sent", "undelivered", "undelivered", "failed"} {
			c.tells(to, status, "ErrorCode", "30003")
		}
		c.Advance(time.Second)
		c.Post("/user/login", object{"otpId": id, "otp": codeIn(c.api.Requests()[0])}).Want(t, 200, "")
		c.Advance(time.Second)
		for range 3 {
			c.tells(to, "delivered")
		}
		wantSteps(t, c.App, admin, phone, "asked login", "queued", "provider twilio accepted",
			"failed twilio unreachable_handset 30003", "used", "delivered twilio")
		wantNothingInClear(t, c.App, phone, phone[1:], id)
		rows := openStores(t, c.App)
		var steps, addresses int
		query := "SELECT COUNT(*), COUNT(DISTINCT `address`) FROM `delivery` WHERE `step` IN ('asked', 'failed', 'delivered')"
		if err := rows.db.QueryRow(query).Scan(&steps, &addresses); err != nil || steps != 3 || addresses != 1 {
			t.Errorf("%d steps of %d addresses, %v, want 3 of 1", steps, addresses, err)
		}
	})
}

// wantSteps checks that there is one message to the number, with each step as its word,
// provider, reason and code.
func wantSteps(t *testing.T, app *kit.App, admin kit.Tokens, to string, want ...string) {
	t.Helper()
	var got []string
	soon(func() bool {
		got = nil
		list, _ := app.Get("/admin/deliveries?to="+url.QueryEscape(to), admin.Access).JSON["deliveries"].([]any)
		if len(list) != 1 {
			return false
		}
		for _, item := range list[0].(object)["steps"].([]any) {
			step, line := item.(object), ""
			for _, field := range []string{"step", "provider", "reason", "code"} {
				if value, told := step[field]; told {
					line += fmt.Sprint(" ", value)
				}
			}
			got = append(got, line[1:])
		}
		return cmp.Diff(want, got) == ""
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}
