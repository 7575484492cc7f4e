package twiliotest_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/delivery/twiliotest"
)

const (
	path      = "/2010-04-01/Accounts/AC1/Messages.json"
	callsPath = "/2010-04-01/Accounts/AC1/Calls.json"
)

func TestServerRefusesWhatTwilioRefuses(t *testing.T) {
	good := url.Values{"To": {"+15005550006"}, "From": {"+15005550001"}, "Body": {"hello"}}
	without := func(key string) url.Values {
		form := url.Values{}
		for k, v := range good {
			if k != key {
				form[k] = v
			}
		}
		return form
	}
	call := url.Values{"To": {"+15005550006"}, "From": {"+15005550001"}, "Twiml": {"<Response><Say>hello</Say></Response>"}}
	broken := url.Values{"To": {"+15005550006"}, "From": {"+15005550001"}, "Twiml": {"<Response><Say>hello</Response>"}}
	whatsApp := url.Values{"To": {"whatsapp:+15005550006"}, "From": {"whatsapp:+15005550001"}, "ContentSid": {"HX1"}, "ContentVariables": {`{"1":"2"}`}}
	mixed := url.Values{"To": {"whatsapp:+15005550006"}, "From": {"+15005550001"}, "Body": {"hello"}}
	long := without("")
	long.Set("ValidityPeriod", "36001")
	tests := []struct {
		name, method, path, password string
		form                         url.Values
		status, code                 int
	}{
		{"a right request", http.MethodPost, path, "secret", good, 201, 0},
		{"a wrong password", http.MethodPost, path, "wrong", good, 401, 20003},
		{"another account", http.MethodPost, strings.Replace(path, "AC1", "AC2", 1), "secret", good, 404, 20404},
		{"another method", http.MethodPut, path, "secret", nil, 405, 20004},
		{"no To", http.MethodPost, path, "secret", without("To"), 400, 21604},
		{"no Body", http.MethodPost, path, "secret", without("Body"), 400, 21602},
		{"no From", http.MethodPost, path, "secret", without("From"), 400, 21603},
		{"a call", http.MethodPost, callsPath, "secret", call, 201, 0},
		{"a call that says nothing well-formed", http.MethodPost, callsPath, "secret", broken, 400, 21205},
		{"a WhatsApp template", http.MethodPost, path, "secret", whatsApp, 201, 0},
		{"a WhatsApp message from another channel", http.MethodPost, path, "secret", mixed, 400, 21910},
		{"a life out of bounds", http.MethodPost, path, "secret", long, 400, 21624},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, "AC1", "SK1", "secret")
			r, err := http.NewRequestWithContext(t.Context(), tt.method, api.URL+tt.path, strings.NewReader(tt.form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.SetBasicAuth("SK1", tt.password)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got struct {
				Code int
				SID  string
			}
			if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
				t.Fatalf("the answer is not JSON: %v", err)
			}
			if resp.StatusCode != tt.status || got.Code != tt.code {
				t.Errorf("got %d with code %d, want %d with %d", resp.StatusCode, got.Code, tt.status, tt.code)
			}
			if created := tt.status == 201; created != regexp.MustCompile(`^(SM|CA)[0-9a-f]{32}$`).MatchString(got.SID) ||
				created != (api.Created() == 1) {
				t.Errorf("sid %q and %d messages, want one only with a 201", got.SID, api.Created())
			}
			if n := len(api.Requests()); n != 1 {
				t.Errorf("%d requests recorded, want 1", n)
			}
		})
	}
}
