package outage

import (
	"fmt"
	"net/url"
	"regexp"
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	callbackURL = "https://auth.example.com/webhook/twilio/status"
	authToken   = "0123456789abcdef0123456789abcdef"
)

var number = regexp.MustCompile("`([0-9]+)`")

// A client sees what each row of Twilio's callbacks says.
func TestReceiptRows(t *testing.T) {
	testkit.NotInRace(t, "many simulated minutes, each asked one after the other")
	api := twiliotest.New(t, account, apiKey, secret)
	app := kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf(
		"Sms: {Provider: twilio, Twilio: {AccountSid: %s, ApiKey: %s, ApiSecret: %s, AuthToken: %s, BaseUrl: %q, From: \"+15005550006\", StatusCallbackUrl: %q}}\n"+
			"RateLimit: {Enabled: false}", account, apiKey, secret, authToken, api.URL, callbackURL)))
	forms := map[string][]url.Values{
		"any other 21xxx or 63xxx":    {{"MessageStatus": {"failed"}, "ErrorCode": {"63999"}}},
		"a call: `busy`, `no-answer`": {{"CallStatus": {"busy"}}, {"CallStatus": {"no-answer"}}},
		"any other failure":           {{"MessageStatus": {"undelivered"}}},
	}
	n := 0
	for _, row := range twilio.ReceiptRows() {
		for _, code := range number.FindAllStringSubmatch(row.Answer, -1) {
			forms[row.Answer] = append(forms[row.Answer], url.Values{"MessageStatus": {"undelivered"}, "ErrorCode": {code[1]}})
		}
		if len(forms[row.Answer]) == 0 {
			t.Errorf("no example of %s", row.Answer)
		}
		for _, form := range forms[row.Answer] {
			n++
			ask := app.Post("/user/otp", map[string]any{"phone": fmt.Sprintf("+9198765222%02d", n)})
			ask.Want(t, 200, "")
			app.Await("the message", func() bool { return api.Created() == n })
			sid := fmt.Sprint("SM", n)
			form.Set("MessageSid", sid)
			form.Set("CallSid", sid)
			requests := api.Requests()
			if got := twiliotest.Post(t, app.URL, requests[len(requests)-1].Form.Get("StatusCallback"), authToken, form); got.Status != 204 {
				t.Fatalf("a callback gets %d", got.Status)
			}
			want := "failed " + delivery.ClientReason(row.Fault.Reason)
			status := func() string {
				resp := app.Get("/user/otp/"+ask.Text("otpId"), "")
				return resp.Text("status") + " " + resp.Text("reason")
			}
			app.Await(want, func() bool { return status() == want })
		}
	}
}
