package alibaba_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/alibaba"
	"user-api/internal/delivery/alibabatest"
)

const keyID, keySecret = "LTAI5tExampleKeyId", "ExampleKeySecret"

var message = delivery.Message{
	ID: "x.1", To: "+8615900000000", Channel: delivery.SMS, Country: "CN", Purpose: "login", Code: "1234", ExpiresIn: 5 * time.Minute,
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

func newSender(t *testing.T, endpoint, secret string) *alibaba.Sender {
	t.Helper()
	s, err := alibaba.New(alibaba.Options{
		KeyID: keyID, KeySecret: secret, Endpoint: endpoint, Receipts: &receipts{}, Now: time.Now, Rand: rand.Reader,
		Templates: delivery.NewTemplates("Acme", []delivery.Template{{
			Channel: delivery.SMS, ID: "SMS_15305****", Sign: "阿里云 Acme", Variables: []delivery.Variable{{Name: "code", Value: "code"}},
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The request of the published example, with other numbers.
func TestSend(t *testing.T) {
	api := alibabatest.New(t, keyID, keySecret)
	if err := newSender(t, api.URL, keySecret).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	want := []alibabatest.Request{{Action: "SendSms", Query: url.Values{
		"PhoneNumbers": {"8615900000000"}, "SignName": {"阿里云 Acme"}, "TemplateCode": {"SMS_15305****"},
		"TemplateParam": {`{"code":"1234"}`}, "OutId": {"ref-1_x"},
	}}}
	if diff := cmp.Diff(want, api.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	other := message
	other.Channel = delivery.Voice
	if err := newSender(t, api.URL, keySecret).Send(t.Context(), other); err == nil || len(api.Requests()) > 1 {
		t.Errorf("without a template: %v", err)
	}
}

// Each published error, and answers without one.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		answer alibabatest.Answer
		class  delivery.Class
		reason string
	}{
		{alibabatest.Refused("isv.MOBILE_NUMBER_ILLEGAL"), delivery.Permanent, "invalid_number"},
		{alibabatest.Refused("isv.BUSINESS_LIMIT_CONTROL"), delivery.Retryable, "rate_limited"},
		{alibabatest.Refused("isv.SMS_TEMPLATE_ILLEGAL"), delivery.Permanent, "sender"},
		{alibabatest.Refused("isv.SMS_SIGNATURE_ILLEGAL"), delivery.Permanent, "sender"},
		{alibabatest.Refused("isv.OUT_OF_SERVICE"), delivery.Permanent, "provider_credentials"},
		{alibabatest.Refused("isv.AMOUNT_NOT_ENOUGH"), delivery.Permanent, "provider_credentials"},
		{alibabatest.Refused("isp.RAM_PERMISSION_DENY"), delivery.Permanent, "provider_credentials"},
		{alibabatest.Refused("isv.NOT_SUPPORTED_COUNTRY"), delivery.Permanent, "region_disabled"},
		{alibabatest.Refused("isv.BLACK_KEY_CONTROL_LIMIT"), delivery.Permanent, "rejected"},
		{alibabatest.Refused("isv.A_NEW_ONE"), delivery.Permanent, "rejected"},
		{alibabatest.Refused("A_NEW_ONE"), delivery.Permanent, "rejected"},
		{alibabatest.Refused("isv.BUSINESS_LIMIT_HOUR"), delivery.Retryable, "rate_limited"},
		{alibabatest.Refused("BUSINESS_LIMIT_CONTROL_PHONE"), delivery.Retryable, "rate_limited"},
		{alibabatest.Refused("isp.A_NEW_ONE"), delivery.Ambiguous, "provider_error"},
		{alibabatest.Said(http.StatusBadRequest, "InvalidTimeStamp.Expired"), delivery.Permanent, "provider_credentials"},
		{alibabatest.Refused("isv.DAY_LIMIT_CONTROL"), delivery.Retryable, "throttled"},
		{alibabatest.Refused("isp.SYSTEM_ERROR"), delivery.Ambiguous, "provider_error"},
		{alibabatest.Said(http.StatusBadRequest, "Throttling.User"), delivery.Retryable, "throttled"},
		{alibabatest.Said(http.StatusNotFound, "InvalidAccessKeyId.NotFound"), delivery.Permanent, "provider_credentials"},
		{alibabatest.Said(http.StatusServiceUnavailable, "ServiceUnavailable"), delivery.Ambiguous, "provider_error"},
		{func(w http.ResponseWriter) { io.WriteString(w, "<html>") }, delivery.Ambiguous, "unreadable_answer"},
		{func(w http.ResponseWriter) { w.WriteHeader(http.StatusFound) }, delivery.Ambiguous, "unreadable_answer"},
	} {
		api := alibabatest.New(t, keyID, keySecret)
		api.Script(tt.answer)
		err := newSender(t, api.URL, keySecret).Send(t.Context(), message)
		wantFault(t, err, tt.class, tt.reason)
		if err != nil && (strings.Contains(err.Error(), "1234") || strings.Contains(err.Error(), "...")) {
			t.Errorf("the error quotes: %v", err)
		}
	}
	api := alibabatest.New(t, keyID, keySecret)
	wantFault(t, newSender(t, api.URL, "another").Send(t.Context(), message), delivery.Permanent, "provider_credentials")
}

func wantFault(t *testing.T, err error, class delivery.Class, reason string) {
	t.Helper()
	var got *delivery.SendError
	if !errors.As(err, &got) || got.Class != class || got.Reason != reason {
		t.Errorf("%v, want %s: %s", err, class, reason)
	}
}

func TestCheck(t *testing.T) {
	api := alibabatest.New(t, keyID, keySecret)
	if err := newSender(t, api.URL, keySecret).Check(t.Context(), "SMS_1"); err != nil || api.Requests()[0].Action != "QuerySmsTemplate" {
		t.Errorf("%v, requests %v", err, api.Requests())
	}
	api.Script(alibabatest.Refused("OK"))
	if err := newSender(t, api.URL, keySecret).Check(t.Context(), "SMS_1"); err == nil {
		t.Error("a template that is not approved is accepted")
	}
	if err := newSender(t, api.URL, "another").Check(t.Context(), "SMS_1"); err == nil {
		t.Error("another secret is accepted")
	}
}

// The published report, and reports of failures.
func TestCallback(t *testing.T) {
	const secret = "a secret of at least 32 bytes, made at random"
	body, _ := json.Marshal([]map[string]any{
		{"phone_number": "1381111****", "send_time": "2017-01-01 00:00:00", "report_time": "2017-01-01 00:00:00", "success": true,
			"err_code": "DELIVERED", "err_msg": "用户接收成功", "sms_size": "1", "biz_id": "12345", "out_id": "67890"},
		{"success": false, "err_code": "MOBILE_IN_BLACK", "biz_id": "2", "out_id": "r2"},
		{"success": false, "err_code": "MK:0001", "biz_id": "3", "out_id": "r3"},
	})
	query := url.Values{"token": {secret}}.Encode()
	var r receipts
	answer, err := alibaba.NewCallback(secret, &r).Take(t.Context(), query, "", body)
	var said struct{ Code *int }
	if err != nil || json.Unmarshal([]byte(answer), &said) != nil || said.Code == nil || *said.Code != 0 {
		t.Errorf("%q, %v; want code 0", answer, err)
	}
	want := []delivery.Receipt{
		{Ref: "67890", ID: "12345", Status: delivery.StatusDelivered},
		{Ref: "r2", ID: "2", Status: delivery.StatusFailed, Reason: "blocked_by_carrier"},
		{Ref: "r3", ID: "3", Status: delivery.StatusFailed, Reason: "undelivered"},
	}
	if diff := cmp.Diff(want, r.taken); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	for name, query := range map[string]string{"nothing": "", "another": "token=another"} {
		var r receipts
		if _, err := alibaba.NewCallback(secret, &r).Take(t.Context(), query, "", body); !apperr.Is(err, apperr.Forbidden) || len(r.taken) > 0 {
			t.Errorf("with %s: %v, %v taken", name, err, r.taken)
		}
	}
	down := receipts{err: apperr.New(apperr.Unavailable)}
	if _, err := alibaba.NewCallback(secret, &down).Take(t.Context(), query, "", body); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("while the store is down: %v", err)
	}
}
