package twilio_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

const content = "HX00000000000000000000000000000004"

// The request for each channel and each sender of a route.
func TestChannels(t *testing.T) {
	full := twilio.Options{
		From:     from,
		WhatsApp: twilio.WhatsApp{ContentSID: content, From: "+15005550007"},
		Voice:    twilio.Voice{From: "+15005550008"},
	}
	pool := twilio.Options{WhatsApp: twilio.WhatsApp{ContentSID: content, MessagingServiceSID: service}}
	const spoken = `<Response><Say language="en-IN" voice="Google.en-IN-Standard-A">7, 3, 9, 1, 8, 4 is your &lt;Acme&gt; &amp; Co code.</Say><Pause length="1"/>` +
		`<Say language="en-IN" voice="Google.en-IN-Standard-A">7, 3, 9, 1, 8, 4 is your &lt;Acme&gt; &amp; Co code.</Say></Response>`
	tests := []struct {
		name, from string
		channel    delivery.Channel
		options    twilio.Options
		path       string
		want       url.Values // without ValidityPeriod
	}{
		{
			"text from a route's service", service, delivery.SMS, full, "Messages",
			url.Values{"To": {to}, "MessagingServiceSid": {service}, "Body": {message.Body}},
		},
		{
			"text from a route's name, which may look like a service", "MGBRAND", delivery.SMS, full, "Messages",
			url.Values{"To": {to}, "From": {"MGBRAND"}, "Body": {message.Body}},
		},
		{
			"WhatsApp", "", delivery.WhatsApp, full, "Messages",
			url.Values{
				"To": {"whatsapp:" + to}, "From": {"whatsapp:+15005550007"},
				"ContentSid": {content}, "ContentVariables": {`{"1":"` + code + `"}`},
			},
		},
		{
			"WhatsApp from a service", "", delivery.WhatsApp, pool, "Messages",
			url.Values{
				"To": {"whatsapp:" + to}, "MessagingServiceSid": {service},
				"ContentSid": {content}, "ContentVariables": {`{"1":"` + code + `"}`},
			},
		},
		{
			"a call", "", delivery.Voice, full, "Calls",
			url.Values{"To": {to}, "From": {"+15005550008"}, "Twiml": {spoken}, "Timeout": {"25"}, "TimeLimit": {"120"}},
		},
		{
			"a call from a route's number", "+15005550009", delivery.Voice, full, "Calls",
			url.Values{"To": {to}, "From": {"+15005550009"}, "Twiml": {spoken}, "Timeout": {"25"}, "TimeLimit": {"120"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, account, account, authToken)
			tt.options.AccountSID, tt.options.AuthToken, tt.options.BaseURL = account, authToken, api.URL
			m := message
			m.Channel, m.From, m.Language, m.Locale = tt.channel, tt.from, "en", "en-IN"
			if tt.channel == delivery.Voice {
				m.Body = "7, 3, 9, 1, 8, 4 is your <Acme> & Co code." // as package template makes it
			}
			if err := newSender(t, tt.options).Send(t.Context(), m); err != nil {
				t.Fatalf("Send: %v", err)
			}
			sent := api.Requests()[0]
			sent.Form.Del("ValidityPeriod")
			if want := "/2010-04-01/Accounts/" + account + "/" + tt.path + ".json"; sent.Path != want {
				t.Errorf("path %s, want %s", sent.Path, want)
			}
			if diff := cmp.Diff(tt.want, sent.Form); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChannelThatIsNotSetUpIsNotAsked(t *testing.T) {
	api := twiliotest.New(t, account, account, authToken)
	s := newSender(t, twilio.Options{AccountSID: account, AuthToken: authToken, BaseURL: api.URL})
	for _, channel := range []delivery.Channel{delivery.SMS, delivery.WhatsApp, delivery.Voice, delivery.Email} {
		m := message
		m.Channel = channel
		var got *delivery.SendError
		if err := s.Send(t.Context(), m); !errors.As(err, &got) || got.Class != delivery.Permanent || got.Reason != delivery.ReasonChannel {
			t.Errorf("%s: %v, want %s", channel, err, delivery.ReasonChannel)
		}
	}
	// The WhatsApp template has a place for a code, which a notice lacks.
	notice := message
	notice.Channel, notice.Code, notice.From = delivery.WhatsApp, "", from
	s = newSender(t, twilio.Options{
		AccountSID: account, AuthToken: authToken, BaseURL: api.URL, WhatsApp: twilio.WhatsApp{ContentSID: content},
	})
	if err := s.Send(t.Context(), notice); err == nil {
		t.Error("a notice was sent over WhatsApp, want an error")
	}
	if n := len(api.Requests()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestCallThatIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		answer twiliotest.Answer
		want   delivery.SendError
	}{
		{"a country", twiliotest.Refused(400, 21215), delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "region_disabled"}, Code: 21215}},
		{"a number", twiliotest.Refused(400, 21211), delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "invalid_number"}, Code: 21211}},
		{"too many", twiliotest.RateLimited("1"), delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "throttled"}, Code: 20429}},
		{"nothing readable", twiliotest.Garbled(), delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "unreadable_answer"}}},
		{"created as failed", twiliotest.Born("failed", 0), delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "rejected"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, account, account, authToken)
			api.Script(tt.answer)
			s := newSender(t, twilio.Options{
				AccountSID: account, AuthToken: authToken, BaseURL: api.URL, Voice: twilio.Voice{From: from},
			})
			m := message
			m.Channel = delivery.Voice
			var got *delivery.SendError
			if err := s.Send(t.Context(), m); !errors.As(err, &got) || got.Class != tt.want.Class || got.Reason != tt.want.Reason || got.Code != tt.want.Code {
				t.Errorf("Send: %v, want %v", err, &tt.want)
			}
		})
	}
}
