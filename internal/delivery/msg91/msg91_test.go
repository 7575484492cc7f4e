package msg91_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/apperr"
	"user-api/internal/delivery"
	"user-api/internal/delivery/msg91"
	"user-api/internal/delivery/msg91test"
)

const key = "123456AbCdEfGhIjKl"

var message = delivery.Message{
	ID: "x.1", To: "+919889888888", Channel: delivery.SMS, Country: "IN", Purpose: "login", Code: "1234", ExpiresIn: 5 * time.Minute,
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

func newSender(t *testing.T, address, key string) *msg91.Sender {
	t.Helper()
	s, err := msg91.New(msg91.Options{
		AuthKey: key, BaseURL: address, Receipts: &receipts{},
		Templates: delivery.NewTemplates("Acme", []delivery.Template{{
			Channel: delivery.SMS, Country: "IN", ID: "6136f3b0e4b0a1a8b4567890", Header: "ACMEIN",
			Variables: []delivery.Variable{{Name: "VAR1", Value: "code"}, {Name: "VAR2", Value: "minutes"}},
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSend(t *testing.T) {
	api := msg91test.New(t, key)
	if err := newSender(t, api.URL, key).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	want := []msg91test.Request{{
		TemplateID: "6136f3b0e4b0a1a8b4567890", ShortURL: "0", Sender: "ACMEIN", ClientID: "ref-1_x",
		Recipients: []map[string]string{{"mobiles": "919889888888", "VAR1": "1234", "VAR2": "5"}},
	}}
	if diff := cmp.Diff(want, api.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	abroad := message
	abroad.Country = "GB"
	if err := newSender(t, api.URL, key).Send(t.Context(), abroad); err == nil || len(api.Requests()) > 1 {
		t.Errorf("without a template: %v", err)
	}
}

// Each published error, and answers without one.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		answer msg91test.Answer
		class  delivery.Class
		reason string
		code   int
	}{
		{msg91test.Refused(200, 201), delivery.Permanent, "provider_credentials", 201},
		{msg91test.Refused(401, 207), delivery.Permanent, "provider_credentials", 207},
		{msg91test.Refused(200, 301), delivery.Permanent, "provider_credentials", 301},
		{msg91test.Refused(200, 303), delivery.Permanent, "provider_credentials", 303},
		{msg91test.Refused(418, 418), delivery.Permanent, "provider_credentials", 418},
		{msg91test.Refused(200, 202), delivery.Permanent, "invalid_number", 202},
		{msg91test.Refused(200, 203), delivery.Permanent, "sender", 203},
		{msg91test.Refused(400, 400), delivery.Permanent, "sender", 400},
		{msg91test.Refused(200, 306), delivery.Permanent, "unreachable_route", 306},
		{msg91test.Refused(200, 311), delivery.Permanent, "rejected", 311},
		{msg91test.Said(200, `{"message":"template id missing","type":"error"}`), delivery.Permanent, "rejected", 0},
		{msg91test.Said(200, `{"message":"...","code":301,"type":"error"}`), delivery.Permanent, "provider_credentials", 301},
		{msg91test.Said(401, `{"status":"fail","hasError":true,"errors":"Unauthorized"}`), delivery.Permanent, "provider_credentials", 0},
		{msg91test.Said(429, ``), delivery.Retryable, "throttled", 0},
		{msg91test.Said(502, `<html>`), delivery.Ambiguous, "provider_error", 0},
		{msg91test.Said(200, `<html>`), delivery.Ambiguous, "unreadable_answer", 0},
	} {
		api := msg91test.New(t, key)
		api.Script(tt.answer)
		err := newSender(t, api.URL, key).Send(t.Context(), message)
		var got *delivery.SendError
		if !errors.As(err, &got) || got.Class != tt.class || got.Reason != tt.reason || got.Code != tt.code {
			t.Errorf("%v, want %s: %s (%d)", err, tt.class, tt.reason, tt.code)
		}
	}
	api := msg91test.New(t, key)
	err := newSender(t, api.URL, "another").Send(t.Context(), message)
	if err == nil || !strings.Contains(err.Error(), "provider_credentials") || strings.Contains(err.Error(), "another") {
		t.Errorf("another key: %v", err)
	}
}

func TestCheck(t *testing.T) {
	api := msg91test.New(t, key)
	if err := newSender(t, api.URL, key).Check(t.Context()); err != nil || len(api.Requests()) > 0 {
		t.Errorf("%v, %d sent", err, len(api.Requests()))
	}
	if err := newSender(t, api.URL, "another").Check(t.Context()); err == nil {
		t.Error("another key is accepted")
	}
}

// The published reports of version 2.
func TestCallback(t *testing.T) {
	const secret = "a-secret-of-at-least-32-characters"
	data := `[{"senderId":"ACMEIN","requestId":"346130","report":[` +
		`{"date":"2024-05-22 10:06:20","amount":"0.01","clientid":"r1","INMSID":"0","CRQID":"0","number":"9195","credit":"1","status":"1","desc":"DELIVERED","failedReason":""},` +
		`{"clientid":"r2","status":"2","desc":"FAILED"},{"clientid":"r3","status":"17"},{"clientid":"r4","status":"16"},{"clientid":"r5","status":"8"}],"userId":"27","campaignName":"API"}]`
	form := []byte(url.Values{"data": {data}}.Encode())
	var r receipts
	if err := msg91.NewCallback(secret, &r).Take(t.Context(), "token="+secret, "", form); err != nil {
		t.Fatal(err)
	}
	want := []delivery.Receipt{
		{Ref: "r1", ID: "346130", Status: delivery.StatusDelivered},
		{Ref: "r2", ID: "346130", Status: delivery.StatusFailed, Reason: "undelivered"},
		{Ref: "r3", ID: "346130", Status: delivery.StatusFailed, Reason: "blocked_by_carrier"},
		{Ref: "r4", ID: "346130", Status: delivery.StatusFailed, Reason: "rejected"},
	}
	if diff := cmp.Diff(want, r.taken); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	for _, query := range []string{"", "token=another"} {
		var r receipts
		if err := msg91.NewCallback(secret, &r).Take(t.Context(), query, "", form); !apperr.Is(err, apperr.Forbidden) || len(r.taken) > 0 {
			t.Errorf("with %q: %v, %v taken", query, err, r.taken)
		}
	}
	down := receipts{err: apperr.New(apperr.Unavailable)}
	if err := msg91.NewCallback(secret, &down).Take(t.Context(), "token="+secret, "", form); !apperr.Is(err, apperr.Unavailable) {
		t.Errorf("while the store is down: %v", err)
	}
	if err := msg91.NewCallback(secret, &r).Take(t.Context(), "token="+secret, "", []byte("%zz")); err != nil {
		t.Errorf("a malformed form: %v", err)
	}
}
