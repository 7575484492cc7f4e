package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zeromicro/go-zero/core/breaker"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

// wantStatus is the table of the contract.
var wantStatus = map[int][]apperr.Code{
	400: {"invalid_request", "invalid_phone", "invalid_email", "invalid_username", "weak_password"},
	401: {"unauthorized", "session_ended", "invalid_credentials", "otp_invalid", "refresh_invalid", "refresh_reused", "mfa_required"},
	403: {"forbidden", "region_not_allowed", "reauthentication_required", "captcha_required"},
	404: {"not_found"},
	405: {"method_not_allowed"},
	408: {"request_timeout"},
	409: {"username_taken", "phone_taken", "email_taken", "last_sign_in_method", "link_taken"},
	413: {"body_too_large"},
	415: {"unsupported_media_type"},
	422: {"idempotency_mismatch"},
	429: {"rate_limited"},
	500: {"internal"},
	503: {"unavailable"},
}

func answerError(err error) (*httptest.ResponseRecorder, map[string]any) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r = r.WithContext(reqctx.WithClient(r.Context(), reqctx.Client{RequestID: "request-1"}))
	w := httptest.NewRecorder()
	httpapi.Error(w, r, err)
	var body map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &body)
	return w, body
}

func TestEveryCodeHasTheStatusOfTheContract(t *testing.T) {
	status := map[apperr.Code]int{}
	for s, codes := range wantStatus {
		for _, code := range codes {
			status[code] = s
		}
	}
	for _, code := range apperr.Codes() {
		w, body := answerError(apperr.New(code))
		if status[code] == 0 {
			t.Errorf("%s is not in the contract's table", code)
		}
		if w.Code != status[code] || body["code"] != string(code) {
			t.Errorf("%s: got %d %v, want %d", code, w.Code, body["code"], status[code])
		}
	}
}

func TestErrorBody(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
		body   string
		header map[string]string
	}{
		"a field": {
			err:    apperr.New(apperr.InvalidPhone).WithField("phone"),
			status: 400,
			body:   `{"code":"invalid_phone","msg":"This is not a phone number that can receive a code.","requestId":"request-1","field":"phone"}`,
		},
		"no tries left is told": {
			err:    apperr.New(apperr.OtpInvalid).WithAttemptsLeft(0),
			status: 401,
			body:   `{"code":"otp_invalid","msg":"The code is wrong or has expired.","requestId":"request-1","attemptsLeft":0}`,
			header: map[string]string{"Www-Authenticate": ""},
		},
		"a wait is rounded up": {
			err:    apperr.New(apperr.RateLimited).WithRetryAfter(1001 * time.Millisecond),
			status: 429,
			body:   `{"code":"rate_limited","msg":"Too many requests. Try again later.","requestId":"request-1","retryAfter":2}`,
			header: map[string]string{"Retry-After": "2"},
		},
		"503 always says when": {
			err:    apperr.New(apperr.Unavailable),
			status: 503,
			body:   `{"code":"unavailable","msg":"The service is temporarily unavailable. Try again shortly.","requestId":"request-1","retryAfter":1}`,
			header: map[string]string{"Retry-After": "1"},
		},
		"a token is asked for": {
			err:    apperr.New(apperr.Unauthorized),
			status: 401,
			body:   `{"code":"unauthorized","msg":"A valid access token is required.","requestId":"request-1"}`,
			header: map[string]string{"Www-Authenticate": "Bearer"},
		},
		"an ended session": {
			err:    fmt.Errorf("session: %w", apperr.New(apperr.SessionEnded)),
			status: 401,
			body:   `{"code":"session_ended","msg":"The session has ended. Sign in again.","requestId":"request-1"}`,
			header: map[string]string{"Www-Authenticate": "Bearer"},
		},
		"a foreign error says nothing of itself": {
			err:    errors.New("SELECT * FROM user"),
			status: 500,
			body:   `{"code":"internal","msg":"Something went wrong on our side.","requestId":"request-1"}`,
		},
		"a code without a status": {
			err:    apperr.New("brand_new"),
			status: 500,
			body:   `{"code":"internal","msg":"Something went wrong on our side.","requestId":"request-1"}`,
		},
		"a body read past its limit": {
			err:    fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 1}),
			status: 413,
			body:   `{"code":"body_too_large","msg":"The request body is too large.","requestId":"request-1"}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, _ := answerError(test.err)
			if w.Code != test.status {
				t.Errorf("status = %d, want %d", w.Code, test.status)
			}
			if diff := cmp.Diff(test.body, w.Body.String()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			for key, want := range test.header {
				if got := w.Header().Get(key); got != want {
					t.Errorf("%s = %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestErrorsOfOthers(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
	}{
		"deadline":                    {context.DeadlineExceeded, 503},
		"deadline below":              {fmt.Errorf("db: %w", context.DeadlineExceeded), 503},
		"open breaker":                {fmt.Errorf("db: %w", breaker.ErrServiceUnavailable), 503},
		"client gone":                 {context.Canceled, 499},
		"client gone, wrapped":        {fmt.Errorf("db: %w", context.Canceled), 499},
		"client gone, then a fault":   {apperr.New(apperr.Unavailable).Wrap(context.Canceled), 499},
		"client gone, then a refusal": {apperr.New(apperr.NotFound).Wrap(context.Canceled), 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, _ := answerError(test.err)
			if w.Code != test.status {
				t.Errorf("status = %d, want %d", w.Code, test.status)
			}
		})
	}
}

func TestACauseIsLoggedOnceAndOnlyForOurOwnFaults(t *testing.T) {
	canary := unique()
	tests := map[string]struct {
		err   error
		level string
	}{
		"fault":   {fmt.Errorf("%s-fault: %w", canary, errors.New("disk")), "error"},
		"refusal": {apperr.New(apperr.NotFound).Wrap(errors.New(canary + "-refusal")), "debug"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, _ := answerError(test.err)
			lines := logged.lines(canary + "-" + name)
			if len(lines) != 1 || !strings.Contains(lines[0], `"level":"`+test.level+`"`) {
				t.Errorf("logged %q, want one line of level %s", lines, test.level)
			}
			if strings.Contains(w.Body.String(), canary) {
				t.Errorf("the response contains the cause: %s", w.Body)
			}
		})
	}
}

func TestJSONThatCannotBeEncodedIsA500(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.JSON(w, httptest.NewRequest(http.MethodGet, "/", nil), map[string]any{"f": func() {}})
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) {
		t.Errorf("got %d %s, want a 500 in our schema", w.Code, w.Body)
	}
}

func TestSuccess(t *testing.T) {
	w := httptest.NewRecorder()
	httpapi.JSON(w, httptest.NewRequest(http.MethodGet, "/", nil), map[string]int{"n": 1})
	if w.Code != 200 || w.Body.String() != `{"n":1}` || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("JSON: got %d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	httpapi.NoContent(w)
	if w.Code != 204 || w.Body.Len() != 0 {
		t.Errorf("NoContent: got %d %q, want 204 and nothing", w.Code, w.Body)
	}
}
