package twilio_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

const (
	account   = "AC00000000000000000000000000000001"
	apiKey    = "SK00000000000000000000000000000002"
	apiSecret = "apiS3cr3t"
	authToken = "authT0ken"
	service   = "MG00000000000000000000000000000003"
	from      = "+15005550001"
	to        = "+15005550006"
	code      = "739184"
)

var message = delivery.Message{
	ID: "otp.1", To: to, Channel: delivery.SMS, Code: code,
	Body: code + " is your Acme code.", ExpiresIn: 5*time.Minute + 700*time.Millisecond,
}

func newSender(t *testing.T, o twilio.Options) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

func TestRequest(t *testing.T) {
	tests := []struct {
		name           string
		options        twilio.Options
		expiresIn      time.Duration
		user, password string
		want           url.Values
	}{
		{
			"an API key and a number", twilio.Options{APIKey: apiKey, APISecret: apiSecret, From: from},
			message.ExpiresIn, apiKey, apiSecret,
			url.Values{"To": {to}, "From": {from}, "Body": {message.Body}, "ValidityPeriod": {"300"}},
		},
		{
			"the account's token and a messaging service", twilio.Options{AuthToken: authToken, MessagingServiceSID: service},
			message.ExpiresIn, account, authToken,
			url.Values{"To": {to}, "MessagingServiceSid": {service}, "Body": {message.Body}, "ValidityPeriod": {"300"}},
		},
		{
			"an API key goes before the token",
			twilio.Options{APIKey: apiKey, APISecret: apiSecret, AuthToken: authToken, From: from, MessagingServiceSID: service},
			message.ExpiresIn, apiKey, apiSecret,
			url.Values{
				"To": {to}, "From": {from}, "MessagingServiceSid": {service},
				"Body": {message.Body}, "ValidityPeriod": {"300"},
			},
		},
		{
			"a code in its last moment", twilio.Options{AuthToken: authToken, From: from},
			300 * time.Millisecond, account, authToken,
			url.Values{"To": {to}, "From": {from}, "Body": {message.Body}, "ValidityPeriod": {"1"}},
		},
		{
			"a life that the API does not know", twilio.Options{AuthToken: authToken, From: from},
			24 * time.Hour, account, authToken,
			url.Values{"To": {to}, "From": {from}, "Body": {message.Body}, "ValidityPeriod": {"14400"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, account, tt.user, tt.password)
			tt.options.AccountSID, tt.options.BaseURL = account, api.URL+"/"
			m := message
			m.ExpiresIn = tt.expiresIn
			if err := newSender(t, tt.options).Send(t.Context(), m); err != nil {
				t.Fatalf("Send: %v", err)
			}
			requests := api.Requests()
			if len(requests) != 1 || api.Created() != 1 {
				t.Fatalf("%d requests and %d messages, want 1 of each", len(requests), api.Created())
			}
			if diff := cmp.Diff(tt.want, requests[0].Form); diff != "" {
				t.Errorf("form (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Setenv("TWILIO_EDGE", "sydney")
	t.Setenv("TWILIO_REGION", "au1")
	var path string
	api := twiliotest.New(t, account, account, authToken)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		http.StripPrefix("/gateway", api).ServeHTTP(w, r)
	}))
	defer gateway.Close()
	s := newSender(t, twilio.Options{AccountSID: account, AuthToken: authToken, From: from, BaseURL: gateway.URL + "/gateway"})
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if want := "/gateway/2010-04-01/Accounts/" + account + "/Messages.json"; path != want {
		t.Errorf("path %s, want %s", path, want)
	}
}

func TestOptions(t *testing.T) {
	good := twilio.Options{AccountSID: account, AuthToken: authToken, From: from}
	tests := []struct {
		name   string
		change func(*twilio.Options)
		want   string // in the error; empty for none
	}{
		{"an account, a token and a number", func(*twilio.Options) {}, ""},
		{"no account", func(o *twilio.Options) { o.AccountSID = "" }, "AccountSID"},
		{"an account that could leave its path", func(o *twilio.Options) { o.AccountSID = "AC/../x" }, "AccountSID"},
		{"no token", func(o *twilio.Options) { o.AuthToken = "" }, "AuthToken"},
		{"a key without its secret", func(o *twilio.Options) { o.APIKey = apiKey }, "APISecret"},
		{"a token the client would refuse", func(o *twilio.Options) { o.AuthToken = "a b" }, "AuthToken"},
		{"no sender, as a route may name one", func(o *twilio.Options) { o.From = "" }, ""},
		{"a base URL without a scheme", func(o *twilio.Options) { o.BaseURL = "api.example.org" }, "BaseURL"},
		{"a base URL of another scheme", func(o *twilio.Options) { o.BaseURL = "ftp://api.example.org" }, "BaseURL"},
		{"a base URL with a password", func(o *twilio.Options) { o.BaseURL = "https://u:p@api.example.org" }, "BaseURL"},
		{"a base URL with a query", func(o *twilio.Options) { o.BaseURL = "https://api.example.org?a=b" }, "BaseURL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := good
			tt.change(&o)
			_, err := twilio.New(o)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New: %v, want an error about %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "a b") {
				t.Errorf("New: %v, want no credentials in it", err)
			}
		})
	}
}
