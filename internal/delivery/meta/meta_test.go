package meta_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/meta"
	"user-api/internal/delivery/metatest"
)

const numberID, token = "106540352242922", "EAAJBexample"

var message = delivery.Message{
	ID: "x.1", To: "+16505076520", Channel: delivery.WhatsApp, Country: "US", Purpose: "login", Code: "J$FpnYnP", ExpiresIn: 5 * time.Minute,
}

// receipts is a delivery.Receipts that records what it takes.
type receipts struct {
	taken []delivery.Receipt
	err   error
}

func (r *receipts) Ref(delivery.Message, string) (string, error) { return "ref-1_x", nil }

func (r *receipts) Take(_ context.Context, got delivery.Receipt) error {
	r.taken = append(r.taken, got)
	return r.err
}

func newSender(t *testing.T, address, token string) *meta.Sender {
	t.Helper()
	s, err := meta.New(meta.Options{
		PhoneNumberID: numberID, Token: token, BaseURL: address, Receipts: &receipts{},
		Templates: delivery.NewTemplates("Acme", []delivery.Template{{
			Channel: delivery.WhatsApp, ID: "verification_code", Language: "en_US", Variables: []delivery.Variable{{Name: "code", Value: "code"}},
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The published example of an authentication template with a button that copies the code.
func TestSend(t *testing.T) {
	const want = `{
		"messaging_product": "whatsapp", "recipient_type": "individual", "to": "16505076520", "type": "template",
		"template": {"name": "verification_code", "language": {"code": "en_US"}, "components": [
			{"type": "body", "parameters": [{"type": "text", "text": "J$FpnYnP"}]},
			{"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "J$FpnYnP"}]}
		]},
		"biz_opaque_callback_data": "ref-1_x"
	}`
	api := metatest.New(t, numberID, token)
	if err := newSender(t, api.URL, token).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(object(t, want), object(t, api.Messages()[0])); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	notice := message
	notice.Code = ""
	if err := newSender(t, api.URL, token).Send(t.Context(), notice); err == nil || len(api.Messages()) > 1 {
		t.Errorf("a notice: %v", err)
	}
}

func object(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Each published error with a meaning of its own, and answers without one.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		status, code int
		class        delivery.Class
		reason       string
	}{
		{400, 130429, delivery.Retryable, "throttled"},
		{400, 131048, delivery.Retryable, "throttled"},
		{400, 80007, delivery.Retryable, "throttled"},
		{400, 4, delivery.Retryable, "throttled"},
		{400, 131056, delivery.Retryable, "rate_limited"},
		{400, 131026, delivery.Permanent, "unreachable_route"},
		{400, 131047, delivery.Permanent, "rejected"},
		{400, 132000, delivery.Permanent, "sender"},
		{404, 132001, delivery.Permanent, "sender"},
		{400, 132007, delivery.Permanent, "sender"},
		{400, 132015, delivery.Permanent, "sender"},
		{401, 190, delivery.Permanent, "provider_credentials"},
		{403, 10, delivery.Permanent, "provider_credentials"},
		{403, 200, delivery.Permanent, "provider_credentials"},
		{403, 131031, delivery.Permanent, "provider_credentials"},
		{400, 131042, delivery.Permanent, "provider_credentials"},
		{403, 130497, delivery.Permanent, "region_disabled"},
		{400, 131009, delivery.Permanent, "rejected"},
		{400, 999999, delivery.Permanent, "rejected"},
		{500, 131000, delivery.Ambiguous, "provider_error"},
		{503, 131016, delivery.Ambiguous, "provider_error"},
		{500, 999999, delivery.Ambiguous, "provider_error"},
	} {
		api := metatest.New(t, numberID, token)
		api.Script(metatest.Refused(tt.status, tt.code))
		err := newSender(t, api.URL, token).Send(t.Context(), message)
		var got *delivery.SendError
		if !errors.As(err, &got) || got.Class != tt.class || got.Reason != tt.reason || got.Code != tt.code {
			t.Errorf("%d: %v, want %s: %s", tt.code, err, tt.class, tt.reason)
		}
		if err != nil && strings.Contains(err.Error(), "...") {
			t.Errorf("the error quotes: %v", err)
		}
	}
	for _, tt := range []struct {
		status       int
		body, reason string
	}{
		{200, `{"messaging_product":"whatsapp","messages":[]}`, "unreadable_answer"},
		{200, `<html>`, "unreadable_answer"},
		{502, `<html>`, "provider_error"},
		{429, ``, "throttled"},
		{401, ``, "provider_credentials"},
		{302, ``, "unreadable_answer"},
	} {
		api := metatest.New(t, numberID, token)
		api.Script(metatest.Said(tt.status, tt.body))
		if err := newSender(t, api.URL, token).Send(t.Context(), message); err == nil || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.body, err, tt.reason)
		}
	}
}

func TestCheck(t *testing.T) {
	api := metatest.New(t, numberID, token)
	if err := newSender(t, api.URL, token).Check(t.Context()); err != nil || len(api.Messages()) > 0 {
		t.Errorf("%v, %d sent", err, len(api.Messages()))
	}
	if err := newSender(t, api.URL, "another").Check(t.Context()); err == nil {
		t.Error("another token is accepted")
	}
}

// A webhook as published, with each status.
const hook = `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{
	"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},
	"statuses":[%s]}}]}]}`

func TestCallback(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	const id = `"id":"wamid.HBg","recipient_id":"16505076520","timestamp":"1750263773","biz_opaque_callback_data":"ref-1_x"`
	const price = `,"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"authentication-international"}`
	for _, tt := range []struct {
		status string
		want   []delivery.Receipt
	}{
		{`{` + id + `,"status":"sent"` + price + `}`, []delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusSent}}},
		{`{` + id + `,"status":"delivered"` + price + `}`, []delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusDelivered}}},
		{`{` + id + `,"status":"read"}`, []delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusDelivered}}},
		{
			`{` + id + `,"status":"failed","errors":[{"code":131026,"title":"Message undeliverable"}]}`,
			[]delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusFailed, Reason: "unreachable_route", Code: 131026, Unbilled: true}},
		},
		{`{` + id + `,"status":"failed"}`, []delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusFailed, Reason: "undelivered", Unbilled: true}}},
		{`{` + id + `,"status":"failed"` + price + `}`, []delivery.Receipt{{Ref: "ref-1_x", ID: "wamid.HBg", Status: delivery.StatusFailed, Reason: "undelivered"}}},
		{`{` + id + `,"status":"played"}`, nil},
	} {
		var r receipts
		body := []byte(strings.Replace(hook, "%s", tt.status, 1))
		c := meta.NewCallback(meta.CallbackOptions{AppSecret: secret, Receipts: &r})
		if err := c.Take(t.Context(), body, meta.Sign(secret, body)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, r.taken); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.status, diff)
		}
		for _, signature := range []string{"", "sha256=", meta.Sign("another", body), meta.Sign(secret, append(body, ' ')), strings.ToUpper(meta.Sign(secret, body))} {
			if err := c.Take(t.Context(), body, signature); !apperr.Is(err, apperr.Forbidden) {
				t.Errorf("signed %q: %v", signature, err)
			}
		}
		if err := meta.NewCallback(meta.CallbackOptions{Receipts: &r}).Take(t.Context(), body, meta.Sign("", body)); !apperr.Is(err, apperr.Forbidden) {
			t.Errorf("without a secret: %v", err)
		}
	}
	down := receipts{err: apperr.New(apperr.Unavailable)}
	body := []byte(strings.Replace(hook, "%s", `{`+id+`,"status":"sent"}`, 1))
	c := meta.NewCallback(meta.CallbackOptions{AppSecret: secret, Receipts: &down})
	if err := c.Take(t.Context(), body, meta.Sign(secret, body)); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("while the store is down: %v", err)
	}
}

// A signature made with openssl dgst -sha256 -hmac secret.
func TestSign(t *testing.T) {
	const want = "sha256=c1456f83e15385a03562cbe2eaaa918ec5e06b4f170f909283a2781c7924e4d1"
	if got := meta.Sign("secret", []byte(`{"object":"page"}`)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The handshake by which Meta verifies the URL.
func TestVerify(t *testing.T) {
	c := meta.NewCallback(meta.CallbackOptions{VerifyToken: "meatyhamhock"})
	ask := func(mode, token, challenge string) string {
		return url.Values{"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {challenge}}.Encode()
	}
	if got, err := c.Verify(ask("subscribe", "meatyhamhock", "1158201444")); err != nil || got != "1158201444" {
		t.Errorf("the published example: %q, %v", got, err)
	}
	for _, query := range []string{
		ask("subscribe", "another", "1"), ask("subscribe", "", "1"), ask("unsubscribe", "meatyhamhock", "1"),
		ask("subscribe", "meatyhamhock", "<script>"), ask("subscribe", "meatyhamhock", ""), "%zz", "",
	} {
		if got, err := c.Verify(query); !apperr.Is(err, apperr.Forbidden) || got != "" {
			t.Errorf("%s: %q, %v", query, got, err)
		}
	}
	if _, err := meta.NewCallback(meta.CallbackOptions{}).Verify(ask("subscribe", "", "1")); !apperr.Is(err, apperr.Forbidden) {
		t.Errorf("without a token: %v", err)
	}
}
