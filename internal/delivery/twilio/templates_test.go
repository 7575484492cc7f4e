package twilio_test

import (
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

// A row of templates takes precedence over the template of the options, with its own variables.
func TestWhatsApp_templates(t *testing.T) {
	templates := delivery.NewTemplates("Acme", []delivery.Template{{
		Channel: delivery.WhatsApp, Purpose: "reset", ID: "HXffffffffffffffffffffffffffffffff",
		Variables: []delivery.Variable{{Name: "code", Value: "code"}, {Name: "app", Value: "app"}},
	}})
	for purpose, want := range map[string][2]string{
		"login": {"", ""},
		"reset": {"HXffffffffffffffffffffffffffffffff", `{"1":"123456","2":"Acme"}`},
	} {
		api := twiliotest.New(t, account, account, "t0ken")
		s, err := twilio.New(twilio.Options{
			AccountSID: account, AuthToken: "t0ken", BaseURL: api.URL, Templates: templates, WhatsApp: twilio.WhatsApp{From: "+15005550006"},
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), delivery.Message{To: "+919876543210", Channel: delivery.WhatsApp, Purpose: purpose, Code: "123456", ExpiresIn: time.Minute})
		if (err == nil) != (want[0] != "") {
			t.Fatalf("%s: %v", purpose, err)
		}
		if err != nil {
			continue // no template
		}
		form := api.Requests()[0].Form
		if got := [2]string{form.Get("ContentSid"), form.Get("ContentVariables")}; got != want {
			t.Errorf("%s: %v, want %v", purpose, got, want)
		}
	}
}
