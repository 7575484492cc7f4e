package test

import (
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

// Each test number behaves as documented in docs/inbox.md.
func TestInbox_scripts(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		ids := map[string]string{}
		for _, tt := range []struct{ number, want string }{
			{"+15005550001", "failed invalid_number"},
			{"+15005550002", "failed unreachable_route"},
			{"+15005550003", "failed unavailable"},
			{"+15005550004", "failed opted_out"},
			{"+15005550009", "failed not_mobile"},
			{"+15005550100", "sent"},
			{"+15005550101", "sent"},
			{"+15005550102", "failed rejected"},
			{"+15005550103", "failed timeout"},
			{"+15005550104", "sent"},
			{"+15005550105", "sent"},
			{"+15005550106", "delivered"},
			{"+15005550107", "sent"},
			{"+15005550108", "sent"},
			{"+15005550109", "failed blocked_for_fraud"},
			{phone, "sent"},
		} {
			ask := app.Post("/user/otp", object{"phone": tt.number})
			ask.Want(t, 200, "")
			ids[tt.number] = ask.Text("otpId")
			app.Await(tt.number+" "+tt.want, func() bool { return statusOf(app, ids[tt.number]) == tt.want })
		}
		app.Advance(10 * time.Second)
		for number, want := range map[string]string{
			"+15005550100": "delivered", "+15005550101": "delivered", "+15005550104": "delivered",
			"+15005550105": "failed unreachable_handset", "+15005550106": "delivered",
			"+15005550107": "failed filtered", "+15005550108": "sent", phone: "delivered",
		} {
			if got := statusOf(app, ids[number]); got != want {
				t.Errorf("%s is %q after 10 s, want %q", number, got, want)
			}
		}
		for number, want := range map[string]int{
			"+15005550001": 0, "+15005550100": 1, "+15005550101": 2, "+15005550103": 1, "+15005550104": 1, "+15005550105": 0, phone: 1,
		} {
			if codes := app.Inbox(number, want); len(codes) != want {
				t.Errorf("%s has %d messages, want %d", number, len(codes), want)
			}
		}
		code := app.Inbox("+15005550103", 1)[0]
		app.Post("/user/login", object{"otpId": ids["+15005550103"], "otp": code}).Want(t, 200, "")
	})
}

func statusOf(app *kit.App, otpID string) string {
	resp := app.Get("/user/otp/"+otpID, "")
	return strings.TrimSpace(resp.Text("status") + " " + resp.Text("reason"))
}
