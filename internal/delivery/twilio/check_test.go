package twilio_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

const checkedAccount = "AC0123456789abcdef0123456789abcdef"

// Check sends nothing, and distinguishes wrong credentials from an API that does not support
// the request.
func TestCheck(t *testing.T) {
	const key = "SK0123456789abcdef0123456789abcdef"
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, tt := range []struct {
		name   string
		user   string // the user that the API accepts, with the password "right"
		given  string
		state  string
		base   string
		reason string
		err    error
	}{
		{name: "the account itself", user: checkedAccount, given: "right"},
		{name: "a key", user: key, given: "right"},
		{name: "a wrong token", user: checkedAccount, given: "wrong", reason: delivery.ReasonCredentials},
		{name: "a wrong key", user: key, given: "wrong", reason: delivery.ReasonCredentials},
		{name: "a suspended account", user: checkedAccount, given: "right", state: "suspended", reason: delivery.ReasonCredentials},
		{name: "an API that only sends", user: checkedAccount, given: "right", base: other.URL, err: twilio.ErrUntried},
		{name: "nobody", user: checkedAccount, given: "right", base: "http://127.0.0.1:1", reason: delivery.ReasonUnreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, checkedAccount, tt.user, "right")
			api.SetState(tt.state)
			o := twilio.Options{AccountSID: checkedAccount, From: "+15005550006", BaseURL: api.URL}
			if tt.base != "" {
				o.BaseURL = tt.base
			}
			if tt.user == key {
				o.APIKey, o.APISecret = key, tt.given
			} else {
				o.AuthToken = tt.given
			}
			sender, err := twilio.New(o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = sender.Check(t.Context())
			var failure *delivery.SendError
			switch {
			case tt.reason != "" && (!errors.As(err, &failure) || failure.Reason != tt.reason):
				t.Errorf("Check = %v, want the reason %s", err, tt.reason)
			case tt.reason == "" && !errors.Is(err, tt.err):
				t.Errorf("Check = %v, want %v", err, tt.err)
			}
			if api.Created() != 0 {
				t.Errorf("%d messages were created", api.Created())
			}
		})
	}
}
