package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/delivery"
	"user-api/internal/delivery/gateway"
	"user-api/internal/delivery/gatewaytest"
)

// The test vector of docs/providers/http.md, made with openssl.
const (
	vectorSecret    = "a secret of at least 32 bytes, made at random"
	vectorTimestamp = "1767225600"
	vectorBody      = `{"id":"AAAAAAAAAAAAAAAAAAAAAAAA.1","to":"+919876543210","channel":"sms","text":"123456 is your Acme code.","purpose":"login","code":"123456","locale":"en-IN","expiresIn":300}`
	vectorSignature = "v1=42e9431db96f350cf937c8428c767243a46a08158ca2344fdd53a20c64cb31c1"
)

var message = delivery.Message{
	ID: "AAAAAAAAAAAAAAAAAAAAAAAA.1", To: "+919876543210", Channel: delivery.SMS, Locale: "en-IN",
	Body: "123456 is your Acme code.", Purpose: "login", Code: "123456", ExpiresIn: 5*time.Minute + time.Millisecond,
}

func newSender(t *testing.T, url string, change ...func(*gateway.Options)) *gateway.Sender {
	t.Helper()
	o := gateway.Options{URL: url, Secret: vectorSecret, Now: func() time.Time { return time.Unix(1767225600, 0) }}
	for _, f := range change {
		f(&o)
	}
	s, err := gateway.New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

// The request equals the vector byte for byte, and the page shows it.
func TestRequestIsTheVector(t *testing.T) {
	var header http.Header
	var body []byte
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		gatewaytest.Result("ok")(w, r)
	}))
	defer service.Close()
	if err := newSender(t, service.URL).Send(t.Context(), message); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if got := string(body); got != vectorBody {
		t.Errorf("body %s, want %s", got, vectorBody)
	}
	if header.Get(gateway.HeaderTimestamp) != vectorTimestamp || header.Get(gateway.HeaderSignature) != vectorSignature {
		t.Errorf("headers %v, want %s and %s", header, vectorTimestamp, vectorSignature)
	}
	if got := gateway.Sign(vectorSecret, vectorTimestamp, []byte(vectorBody)); got != vectorSignature {
		t.Errorf("Sign: %s, want %s", got, vectorSignature)
	}
	page, err := os.ReadFile("../../../docs/providers/http.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{vectorSecret, vectorTimestamp, vectorBody, vectorSignature} {
		if !strings.Contains(string(page), part) {
			t.Errorf("docs/providers/http.md lacks %s", part)
		}
	}
}

func TestRequestHoldsWhatThereIs(t *testing.T) {
	service := gatewaytest.New(t, vectorSecret)
	notice := delivery.Message{ID: "x.1", To: "+919876543210", From: "ACME", Channel: delivery.Voice, Body: "Changed.", Purpose: "password_changed", ExpiresIn: time.Hour}
	if err := newSender(t, service.URL).Send(t.Context(), notice); err != nil {
		t.Fatalf("Send: %v", err)
	}
	want := []gatewaytest.Request{{ID: "x.1", To: "+919876543210", From: "ACME", Channel: "voice", Text: "Changed.", Purpose: "password_changed", ExpiresIn: 3600}}
	if diff := cmp.Diff(want, service.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A registered template is sent with the text: the vector of docs/providers/http.md.
func TestRequestHasTheTemplate(t *testing.T) {
	const vector = `"template":{"id":"1207161234567890123","entity":"1201159876543210987","header":"ACMEIN"},"variables":[{"name":"var1","value":"123456"},{"name":"minutes","value":"5"}]`
	var body []byte
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		gatewaytest.Result("ok")(w, r)
	}))
	defer service.Close()
	s := newSender(t, service.URL, func(o *gateway.Options) {
		o.Templates = delivery.NewTemplates("Acme", []delivery.Template{{
			Channel: delivery.SMS, Country: "IN", ID: "1207161234567890123", Entity: "1201159876543210987", Header: "ACMEIN",
			Variables: []delivery.Variable{{Name: "var1", Value: "code"}, {Name: "minutes", Value: "minutes"}},
		}})
	})
	m := message
	m.Country = "IN"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatalf("Send: %v", err)
	}
	if want := strings.TrimSuffix(vectorBody, "}") + "," + vector + "}"; string(body) != want {
		t.Errorf("body %s, want %s", body, want)
	}
	page, _ := os.ReadFile("../../../docs/providers/http.md")
	if !strings.Contains(string(page), vector) {
		t.Errorf("docs/providers/http.md lacks %s", vector)
	}
}

func TestAnswers(t *testing.T) {
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed.Add(1)
		gatewaytest.Result("ok")(w, r)
	}))
	defer elsewhere.Close()
	// answer is a status, a body and, if there is a header, Retry-After or Location.
	answer := func(status int, body string, header ...string) gatewaytest.Answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			if len(header) == 2 {
				w.Header().Set(header[0], header[1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	type sendError = delivery.SendError
	tests := []struct {
		name   string
		answer gatewaytest.Answer
		want   *sendError // nil for accepted
	}{
		{"ok", answer(200, `{"result":"ok","providerId":"p"}`), nil},
		{"ok with 202 and more fields", answer(202, `{"result":"ok","extra":[1]}`), nil},
		{"invalid_number", answer(200, `{"result":"invalid_number"}`), &sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "invalid_number"}}},
		{"the word decides, not the 4xx", answer(422, `{"result":"invalid_number"}`), &sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "invalid_number"}}},
		{
			"rate_limited", answer(429, `{"result":"rate_limited"}`, "Retry-After", "7"),
			&sendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "rate_limited"}, RetryAfter: 7 * time.Second},
		},
		{"auth_failed", answer(401, `{"result":"auth_failed"}`), &sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "provider_credentials"}}},
		{"rejected", answer(200, `{"result":"rejected"}`), &sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "rejected"}}},
		{"timeout", answer(200, `{"result":"timeout"}`), &sendError{Fault: delivery.Fault{Reason: "timeout"}}},
		{"unknown", answer(200, `{"result":"unknown"}`), &sendError{Fault: delivery.Fault{Reason: "provider_error"}}},
		{"another word", answer(200, `{"result":"OK"}`), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
		{"ok with a 4xx", answer(404, `{"result":"ok"}`), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
		{"429 without a word", answer(429, `slow down`, "Retry-After", "9"),
			&sendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "throttled"}, RetryAfter: 9 * time.Second}},
		{"throttled", answer(200, `{"result":"throttled"}`), &sendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "throttled"}}},
		{"401 without a word", answer(401, `who?`), &sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "provider_credentials"}}},
		{"403 without a word", answer(403, `no`), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
		{"blocked", answer(200, `{"result":"blocked"}`, "Retry-After", "1800"),
			&sendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "blocked_for_fraud"}, RetryAfter: 30 * time.Minute}},
		{"200 without a word", answer(200, `<html>`), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
		{"5xx, whatever it says", answer(503, `{"result":"rejected"}`), &sendError{Fault: delivery.Fault{Reason: "provider_error"}}},
		{"a redirect is not followed", answer(307, `{"result":"ok"}`, "Location", elsewhere.URL), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
		{"an answer without end is cut", answer(200, `{"result":"ok","x":"`+strings.Repeat("x", 1<<20)+`"}`), &sendError{Fault: delivery.Fault{Reason: "unreadable_answer"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service := gatewaytest.New(t, vectorSecret)
			service.Script(tt.answer)
			wantError(t, newSender(t, service.URL).Send(t.Context(), message), tt.want)
			if n := len(service.Requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times, want 0", n)
	}
}

func TestNoAnswer(t *testing.T) {
	service := gatewaytest.New(t, vectorSecret)
	service.Script(service.Stalled())
	s := newSender(t, service.URL, func(o *gateway.Options) { o.Timeout = 100 * time.Millisecond })
	wantError(t, s.Send(t.Context(), message), &delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "timeout"}})
	// With another secret the service cannot verify the sender.
	s = newSender(t, service.URL, func(o *gateway.Options) { o.Secret = "another" })
	wantError(t, s.Send(t.Context(), message), &delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "provider_credentials"}})
	service.Close()
	wantError(t, newSender(t, service.URL).Send(context.Background(), message),
		&delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "provider_unreachable"}})
}

func TestOptions(t *testing.T) {
	for _, url := range []string{"", "example.org", "ftp://example.org", "https://u:p@example.org"} {
		if _, err := gateway.New(gateway.Options{URL: url, Secret: "s", Now: time.Now}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("URL %q: %v, want an error without the URL", url, err)
		}
	}
	if _, err := gateway.New(gateway.Options{URL: "https://example.org", Now: time.Now}); err == nil {
		t.Error("no secret, want an error")
	}
}

func wantError(t *testing.T, err error, want *delivery.SendError) {
	t.Helper()
	var got *delivery.SendError
	if errors.As(err, &got) != (want != nil) || want == nil && err != nil {
		t.Fatalf("Send: %v, want %v", err, want)
	}
	if want == nil {
		return
	}
	if got.Class != want.Class || got.Reason != want.Reason || got.RetryAfter != want.RetryAfter {
		t.Errorf("Send: %v after %s, want %v after %s", got, got.RetryAfter, want, want.RetryAfter)
	}
	for _, secret := range []string{message.To, message.Code, vectorSecret} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("Send: %v, want nothing of the message or the secret in it", err)
		}
	}
}
