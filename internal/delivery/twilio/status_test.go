package twilio_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

const callbackURL = "https://auth.example.com/webhook/twilio/status"

// receipts records what it takes.
type receipts struct {
	taken []delivery.Receipt
	err   error
}

func (r *receipts) Ref(m delivery.Message, provider string) (string, error) {
	return "ref-" + provider + "-" + m.ID, r.err
}

func (r *receipts) Take(_ context.Context, one delivery.Receipt) error {
	r.taken = append(r.taken, one)
	return r.err
}

func callback(url string, r *receipts) *twilio.Callback {
	return twilio.NewCallback(twilio.CallbackOptions{URL: url, AuthToken: authToken, Receipts: r})
}

func delivered() url.Values {
	return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "To": {to}, "From": {from}, "AccountSid": {account}}
}

// The examples of Twilio's documentation.
func TestCallback_publishedSignatures(t *testing.T) {
	for number, signature := range map[string]string{
		"+14158675309": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
		"+12349013030": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
	} {
		form := url.Values{
			"CallSid": {"CA1234567890ABCDE"}, "Caller": {number}, "Digits": {"1234"}, "From": {number}, "To": {"+18005551212"},
		}
		c := twilio.NewCallback(twilio.CallbackOptions{URL: "https://mycompany.com/myapp.php", AuthToken: "12345", Receipts: &receipts{}})
		if err := c.Take(t.Context(), "foo=1&bar=2", []byte(form.Encode()), signature); err != nil {
			t.Errorf("%s: %v, want it accepted", signature, err)
		}
	}
}

func TestCallback_signature(t *testing.T) {
	const query = "m=ref"
	good := delivered()
	repeated := delivered()
	repeated["Body"] = []string{"b", "a", "b"}
	forged := delivered()
	forged["MessageStatus"] = []string{"delivered", "failed"}
	sign := func(url string, form url.Values) string { return twiliotest.Sign(authToken, url, form) }
	tests := []struct {
		name, url, query string
		form             string
		signature        string
		ok               bool
	}{
		{"right", callbackURL, query, good.Encode(), sign(callbackURL+"?"+query, good), true},
		{"no query", callbackURL, "", good.Encode(), sign(callbackURL, good), true},
		{"the query as it came", callbackURL, "a=%7e&m=ref&&b", good.Encode(), sign(callbackURL+"?a=%7e&m=ref&&b", good), true},
		{"signed with the default port", callbackURL, query, good.Encode(), sign("https://auth.example.com:443/webhook/twilio/status?"+query, good), true},
		{"signed without it", "https://auth.example.com:443/s", query, good.Encode(), sign("https://auth.example.com/s?"+query, good), true},
		{"a port of its own", "https://auth.example.com:8443/s", query, good.Encode(), sign("https://auth.example.com:8443/s?"+query, good), true},
		{"an IPv6 host", "http://[::1]/s", query, good.Encode(), sign("http://[::1]:80/s?"+query, good), true},
		{"every value of a repeated key", callbackURL, query, repeated.Encode(), sign(callbackURL+"?"+query, repeated), true},
		{"a plus and a space", callbackURL, query, "MessageSid=a%2Bb+c", sign(callbackURL+"?"+query, url.Values{"MessageSid": {"a+b c"}}), true},

		{"missing", callbackURL, query, good.Encode(), "", false},
		{"another token's", callbackURL, query, good.Encode(), twiliotest.Sign("other", callbackURL+"?"+query, good), false},
		{"another query's", callbackURL, "m=other", good.Encode(), sign(callbackURL+"?"+query, good), false},
		{"an added query", callbackURL, query + "&x=1", good.Encode(), sign(callbackURL+"?"+query, good), false},
		{"another form's", callbackURL, query, good.Encode() + "&x=1", sign(callbackURL+"?"+query, good), false},
		{"a second value added to a key", callbackURL, query, forged.Encode(), sign(callbackURL+"?"+query, good), false},
		{"another host's", callbackURL, query, good.Encode(), sign("https://evil.example/webhook/twilio/status?"+query, good), false},
		{"another scheme's", callbackURL, query, good.Encode(), sign("http://auth.example.com/webhook/twilio/status?"+query, good), false},
		{"another port's", callbackURL, query, good.Encode(), sign("https://auth.example.com:8443/webhook/twilio/status?"+query, good), false},
		{"in other letters", callbackURL, query, good.Encode(), strings.ToLower(sign(callbackURL+"?"+query, good)), false},
		{"a form that is none", callbackURL, query, "MessageSid=%zz", sign(callbackURL+"?"+query, url.Values{}), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &receipts{}
			err := callback(tt.url, r).Take(t.Context(), tt.query, []byte(tt.form), tt.signature)
			if tt.ok && err != nil || !tt.ok && !apperr.Is(err, apperr.Forbidden) {
				t.Errorf("Take: %v, want ok %v, otherwise forbidden", err, tt.ok)
			}
			if !tt.ok && len(r.taken) > 0 {
				t.Errorf("it was taken: %v", r.taken)
			}
		})
	}
}

// Without a URL or a token every signature is refused, even one made with an empty token.
func TestCallback_failsClosed(t *testing.T) {
	form := delivered()
	for _, o := range []twilio.CallbackOptions{{}, {URL: callbackURL}, {AuthToken: authToken}} {
		o.Receipts = &receipts{}
		for _, url := range []string{"", callbackURL} {
			err := twilio.NewCallback(o).Take(t.Context(), "", []byte(form.Encode()), twiliotest.Sign(o.AuthToken, url, form))
			if !apperr.Is(err, apperr.Forbidden) {
				t.Errorf("%+v: %v, want forbidden", o, err)
			}
		}
	}
}

// held is the receipt of a recipient that is blocked for a while.
func held(receipts []delivery.Receipt) []delivery.Receipt {
	receipts[0].BlockFor = delivery.BlockFor
	return receipts
}

func TestCallback_statuses(t *testing.T) {
	message := func(status, code string) url.Values {
		return url.Values{"MessageSid": {"SM1"}, "MessageStatus": {status}, "ErrorCode": {code}, "SmsStatus": {"delivered"}}
	}
	call := func(status string) url.Values { return url.Values{"CallSid": {"CA1"}, "CallStatus": {status}} }
	failed := func(id, reason string, code int) []delivery.Receipt {
		return []delivery.Receipt{{Ref: "ref", ID: id, Status: delivery.StatusFailed, Reason: reason, Code: code}}
	}
	unbilled := func(id, reason string, code int) []delivery.Receipt {
		receipts := failed(id, reason, code)
		receipts[0].Unbilled = true
		return receipts
	}
	is := func(id string, status delivery.Status) []delivery.Receipt {
		return []delivery.Receipt{{Ref: "ref", ID: id, Status: status}}
	}
	for _, tt := range []struct {
		form url.Values
		want []delivery.Receipt
	}{
		{message("accepted", ""), nil},
		{message("scheduled", ""), nil},
		{message("queued", ""), nil},
		{message("sending", ""), nil},
		{message("of tomorrow", ""), nil},
		{message("", ""), nil},
		{message("sent", ""), is("SM1", delivery.StatusSent)},
		{message("delivered", ""), is("SM1", delivery.StatusDelivered)},
		{message("read", ""), is("SM1", delivery.StatusDelivered)},
		{message("undelivered", "30001"), failed("SM1", "throttled", 30001)},
		{message("undelivered", "30003"), failed("SM1", "unreachable_handset", 30003)},
		{message("undelivered", "30004"), failed("SM1", "blocked_by_carrier", 30004)},
		{message("undelivered", "30005"), failed("SM1", "invalid_number", 30005)},
		{message("undelivered", "30006"), failed("SM1", "not_mobile", 30006)},
		{message("undelivered", "30007"), failed("SM1", "filtered", 30007)},
		{message("undelivered", "30008"), failed("SM1", "undelivered", 30008)},
		{message("undelivered", "30036"), failed("SM1", "expired", 30036)},
		{message("undelivered", "30450"), held(failed("SM1", "blocked_for_fraud", 30450))},
		{message("undelivered", "39999"), failed("SM1", "undelivered", 39999)},
		{message("failed", "21610"), unbilled("SM1", "opted_out", 21610)},
		{message("failed", "21999"), unbilled("SM1", "rejected", 21999)},
		{message("failed", "63016"), unbilled("SM1", "rejected", 63016)},
		{message("failed", "63024"), unbilled("SM1", "unreachable_route", 63024)},
		{message("failed", ""), unbilled("SM1", "undelivered", 0)},
		{message("failed", "canary"), unbilled("SM1", "undelivered", 0)},
		{message("canceled", ""), unbilled("SM1", "undelivered", 0)},
		{call("ringing"), nil},
		{call("in-progress"), nil},
		{call("completed"), is("CA1", delivery.StatusDelivered)},
		{call("busy"), unbilled("CA1", "unreachable_handset", 0)},
		{call("no-answer"), unbilled("CA1", "unreachable_handset", 0)},
		{call("failed"), unbilled("CA1", "undelivered", 0)},
		{call("canceled"), unbilled("CA1", "undelivered", 0)},
	} {
		r := &receipts{}
		if err := callback(callbackURL, r).Take(t.Context(), "m=ref", []byte(tt.form.Encode()), twiliotest.Sign(authToken, callbackURL+"?m=ref", tt.form)); err != nil {
			t.Errorf("%v: %v", tt.form, err)
		}
		if diff := cmp.Diff(tt.want, r.taken); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.form, diff)
		}
	}
}

func TestCallback_storeIsDown(t *testing.T) {
	form, down := delivered(), apperr.Down(errors.New("refused"))
	err := callback(callbackURL, &receipts{err: down}).Take(t.Context(), "m=ref", []byte(form.Encode()), twiliotest.Sign(authToken, callbackURL+"?m=ref", form))
	if !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("Take: %v, want unavailable", err)
	}
}

// Each message has the URL with its own reference; a message without a reference is sent all
// the same.
func TestRequestCarriesTheCallback(t *testing.T) {
	api := twiliotest.New(t, account, account, authToken)
	r := &receipts{}
	s := newSender(t, twilio.Options{
		AccountSID: account, AuthToken: authToken, From: from, BaseURL: api.URL, CallbackURL: callbackURL, Receipts: r,
	})
	for _, want := range []string{callbackURL + "?m=ref-twilio-otp.1", ""} {
		if err := s.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		requests := api.Requests()
		if got := requests[len(requests)-1].Form.Get("StatusCallback"); got != want {
			t.Errorf("StatusCallback %q, want %q", got, want)
		}
		r.err = errors.New("no randomness")
	}
	if _, err := twilio.New(twilio.Options{AccountSID: account, AuthToken: authToken, From: from, CallbackURL: callbackURL}); err == nil {
		t.Error("a callback without receipts, want an error")
	}
}

// An unsigned callback is always refused, and a signed one is taken.
func FuzzCallback(f *testing.F) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzCallback"); err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	form := delivered().Encode()
	f.Add("m=ref", form, "")
	f.Fuzz(func(t *testing.T, query, form, signature string) {
		r := &receipts{}
		c := callback(callbackURL, r)
		if err := c.Take(t.Context(), query, []byte(form), signature); !apperr.Is(err, apperr.Forbidden) || len(r.taken) > 0 {
			t.Fatalf("unsigned: %v, taken %v", err, r.taken)
		}
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		url := callbackURL
		if query != "" {
			url += "?" + query
		}
		if err := c.Take(t.Context(), query, []byte(form), twiliotest.Sign(authToken, url, values)); err != nil {
			t.Fatalf("signed: %v", err)
		}
		for _, one := range r.taken {
			if one.Status == "" || (one.Status == delivery.StatusFailed) != (one.Reason != "") {
				t.Fatalf("a receipt without a status or reason: %+v", one)
			}
		}
	})
}
