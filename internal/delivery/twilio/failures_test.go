package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery"
	"user-api/internal/delivery/twilio"
	"user-api/internal/delivery/twiliotest"
)

func TestFailures(t *testing.T) {
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()

	tests := []struct {
		name     string
		answer   twiliotest.Answer
		base     string // replaces the fake
		timeout  time.Duration
		want     delivery.SendError
		requests int
	}{
		{
			name: "429 with seconds", answer: twiliotest.RateLimited("7"), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "throttled"}, Code: 20429, RetryAfter: 7 * time.Second},
		},
		{
			name: "21614", answer: twiliotest.Refused(400, 21614), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "not_mobile"}, Code: 21614},
		},
		{
			name: "403 without a known code", answer: twiliotest.Refused(403, 0), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Permanent, Reason: "rejected"}},
		},
		{
			name: "500 with a code known from 4xx", answer: twiliotest.Refused(500, 21211), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "provider_error"}, Code: 21211},
		},
		{
			name: "502 in HTML", answer: twiliotest.BadGateway(), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "provider_error"}},
		},
		{
			name: "a redirect is not followed", answer: twiliotest.Redirected(elsewhere.URL), requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "unreadable_answer"}},
		},
		{
			name: "a 201 without a message", requests: 1,
			answer: func(w http.ResponseWriter, _ *http.Request, _ *twiliotest.Server) {
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, "{}")
			},
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "unreadable_answer"}},
		},
		{
			name: "no answer", answer: twiliotest.Stalled(), timeout: 200 * time.Millisecond, requests: 1,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "timeout"}},
		},
		{
			name: "a truncated answer", requests: 1,
			answer: func(w http.ResponseWriter, r *http.Request, s *twiliotest.Server) {
				w.Header().Set("Content-Length", "1000")
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, `{"sid":`)
			},
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Ambiguous, Reason: "connection_lost"}},
		},
		{
			name: "a refused connection", base: closed.URL,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "provider_unreachable"}},
		},
		{
			name: "an untrusted certificate", base: untrusted.URL,
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "provider_unreachable"}},
		},
		{
			name: "a name that does not resolve", base: "http://twilio.invalid",
			want: delivery.SendError{Fault: delivery.Fault{Class: delivery.Retryable, Reason: "provider_unreachable"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api := twiliotest.New(t, account, account, authToken)
			if tt.answer != nil {
				api.Script(tt.answer)
			}
			if tt.base == "" {
				tt.base = api.URL
			}
			if tt.timeout == 0 {
				tt.timeout = 10 * time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), tt.timeout)
			defer cancel()
			s := newSender(t, twilio.Options{AccountSID: account, AuthToken: authToken, From: from, BaseURL: tt.base})
			err := s.Send(ctx, message)
			var got *delivery.SendError
			if !errors.As(err, &got) {
				t.Fatalf("Send: %v, want a *SendError", err)
			}
			if got.Class != tt.want.Class || got.Reason != tt.want.Reason || got.Code != tt.want.Code || got.RetryAfter != tt.want.RetryAfter {
				t.Errorf("Send: %v after %s, want %v after %s", got, got.RetryAfter, &tt.want, tt.want.RetryAfter)
			}
			for _, secret := range []string{to, code, authToken, account} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("Send: %v, want no part of the message or the credentials in it", err)
				}
			}
			if n := len(api.Requests()); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times, want 0", n)
	}
}

func TestWrongCredentials(t *testing.T) {
	api := twiliotest.New(t, account, account, "another")
	s := newSender(t, twilio.Options{AccountSID: account, AuthToken: authToken, From: from, BaseURL: api.URL})
	var got *delivery.SendError
	if err := s.Send(t.Context(), message); !errors.As(err, &got) || got.Reason != delivery.ReasonCredentials || got.Code != 20003 {
		t.Errorf("Send: %v, want %s (20003)", err, delivery.ReasonCredentials)
	}
}
