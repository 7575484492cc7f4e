package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/zeromicro/go-zero/core/breaker"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/rest/httpx"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
)

const (
	// statusClientGone is nginx's status for a client that disconnected before the
	// response. It is only for logs and metrics and never sent: see answer.finish.
	statusClientGone = 499
	// defaultRetry is the Retry-After of a 429 or 503 without an explicit one.
	defaultRetry = time.Second
)

// errorBody is the body of every error. docs/errors.md documents it for clients.
type errorBody struct {
	Code      apperr.Code `json:"code"`
	Msg       string      `json:"msg"`
	RequestID string      `json:"requestId"`
	Field     string      `json:"field,omitempty"`
	// RetryAfter is in whole seconds, equal to the Retry-After header.
	RetryAfter   int64 `json:"retryAfter,omitempty"`
	AttemptsLeft *int  `json:"attemptsLeft,omitempty"`
	// Limit and NextAllowedAt, a Unix time in seconds, belong to rate_limited.
	Limit         string `json:"limit,omitempty"`
	NextAllowedAt int64  `json:"nextAllowedAt,omitempty"`
	// Captcha, SiteKey and CaptchaAction belong to captcha_required.
	Captcha       string `json:"captcha,omitempty"`
	SiteKey       string `json:"siteKey,omitempty"`
	CaptchaAction string `json:"captchaAction,omitempty"`
	// Error and ErrorDescription are added at the token endpoint (RFC 6749).
	Error            string `json:"error,omitempty"`
	ErrorDescription string `json:"error_description,omitempty"`
	// Err and Description are added for transmitters of security event tokens (RFC 8935).
	Err         string `json:"err,omitempty"`
	Description string `json:"description,omitempty"`
	// MfaToken and Methods belong to mfa_required.
	MfaToken string   `json:"mfaToken,omitempty"`
	Methods  []string `json:"methods,omitempty"`
	// OtpID belongs to rate_limited. Only a client that presents the idempotency key of the
	// original request gets it.
	OtpID string `json:"otpId,omitempty"`

	// maxAge is the max_age, in seconds, in the WWW-Authenticate header of a step-up.
	maxAge int64
}

// statuses is the only mapping from codes to HTTP statuses.
var statuses = map[apperr.Code]int{
	apperr.InvalidRequest:   http.StatusBadRequest,
	apperr.InvalidPhone:     http.StatusBadRequest,
	apperr.InvalidEmail:     http.StatusBadRequest,
	apperr.InvalidUsername:  http.StatusBadRequest,
	apperr.WeakPassword:     http.StatusBadRequest,
	apperr.Unauthorized:     http.StatusUnauthorized,
	apperr.SessionEnded:     http.StatusUnauthorized,
	apperr.BadCredentials:   http.StatusUnauthorized,
	apperr.OtpInvalid:       http.StatusUnauthorized,
	apperr.RefreshInvalid:   http.StatusUnauthorized,
	apperr.RefreshReused:    http.StatusUnauthorized,
	apperr.Forbidden:        http.StatusForbidden,
	apperr.RegionNotAllowed: http.StatusForbidden,
	apperr.CaptchaRequired:  http.StatusForbidden,
	apperr.Reauthenticate:   http.StatusForbidden,
	apperr.MfaRequired:      http.StatusUnauthorized,
	apperr.LastSignIn:       http.StatusConflict,
	apperr.LinkTaken:        http.StatusConflict,
	apperr.NotFound:         http.StatusNotFound,
	apperr.MethodNotAllowed: http.StatusMethodNotAllowed,
	apperr.RequestTimeout:   http.StatusRequestTimeout,
	apperr.UsernameTaken:    http.StatusConflict,
	apperr.PhoneTaken:       http.StatusConflict,
	apperr.EmailTaken:       http.StatusConflict,
	apperr.BodyTooLarge:     http.StatusRequestEntityTooLarge,
	apperr.UnsupportedMedia: http.StatusUnsupportedMediaType,
	apperr.KeyMismatch:      http.StatusUnprocessableEntity,
	apperr.RateLimited:      http.StatusTooManyRequests,
	apperr.Internal:         http.StatusInternalServerError,
	apperr.Unavailable:      http.StatusServiceUnavailable,
}

// Error responds with err. An error that is not an *apperr.Error becomes internal, or
// unavailable if it was caused by a deadline or an open circuit breaker. The causes of 5xx
// responses are logged here and nowhere else.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	status, body := describe(r.Context(), err)
	logFault(r.Context(), status, err)
	writeError(w, status, body)
}

// InstallErrorHook gives go-zero's own error responses, above all its timeout, our error
// body. The hook is global to the process. It cannot set headers: the Edge derives them
// from the body.
func InstallErrorHook() {
	httpx.SetErrorHandlerCtx(func(ctx context.Context, err error) (int, any) {
		status, body := describe(ctx, err)
		// The timeout handler knows only that time is up. The access log records that too,
		// and Error logs the cause once the handler returns.
		if err != context.DeadlineExceeded && err != context.Canceled { //nolint:errorlint // only the bare errors carry no information
			logFault(ctx, status, err)
		}
		return status, body
	})
}

// classify returns the *apperr.Error for err.
func classify(err error) *apperr.Error {
	var known *apperr.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, errStopped):
		return apperr.New(apperr.RequestTimeout)
	case errors.As(err, &tooLarge):
		return apperr.New(apperr.BodyTooLarge)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, breaker.ErrServiceUnavailable):
		return apperr.New(apperr.Unavailable)
	default:
		return apperr.New(apperr.Internal)
	}
}

func describe(ctx context.Context, err error) (int, errorBody) {
	e := classify(err)
	if statuses[e.Code] == 0 {
		e = apperr.New(apperr.Internal)
	}
	status := statuses[e.Code]
	if status >= http.StatusInternalServerError {
		if slow, ok := bodyTimeout(ctx, err); ok {
			e, status = slow, http.StatusRequestTimeout
		} else if errors.Is(err, context.Canceled) {
			e, status = apperr.New(apperr.Unavailable), statusClientGone
		}
	}
	return status, newBody(e, reqctx.ClientFrom(ctx).RequestID)
}

// logFault logs the cause of a server fault. Client errors and deliberate refusals under
// load are logged at debug level.
func logFault(ctx context.Context, status int, err error) {
	if status >= http.StatusInternalServerError && !errors.Is(err, apperr.ErrBusy) {
		logx.WithContext(ctx).Errorw("request failed", logx.Field("status", status), logx.Field("cause", err))
		return
	}
	logx.WithContext(ctx).Debugw("request refused", logx.Field("status", status), logx.Field("cause", err))
}

func newBody(e *apperr.Error, requestID string) errorBody {
	wait := e.RetryAfter
	if wait <= 0 && (e.Code == apperr.Unavailable || e.Code == apperr.RateLimited) {
		wait = defaultRetry
	}
	return errorBody{
		Code:      e.Code,
		Msg:       e.Message(),
		RequestID: requestID,
		Field:     e.Field,
		// Rounded up: a client that retries a moment early would be refused again.
		RetryAfter:   max(0, int64((wait+time.Second-1)/time.Second)),
		AttemptsLeft: e.AttemptsLeft,
		Limit:        e.Limit, NextAllowedAt: e.NextAllowedAt,
		Captcha: e.Captcha, SiteKey: e.SiteKey, CaptchaAction: e.CaptchaAction,
		Error:    e.OAuth,
		MfaToken: e.MfaToken, Methods: e.Methods,
		OtpID:  e.OtpID,
		maxAge: int64(e.MaxAge / time.Second),
	}
}

// setErrorHeaders sets the headers that accompany an error body.
func setErrorHeaders(h http.Header, body errorBody) {
	h.Set("Content-Type", contentTypeJSON)
	if body.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(body.RetryAfter, 10))
	}
	if body.Code == apperr.RequestTimeout {
		h["Connection"] = closing // the rest of the body may still arrive
	}
	if _, asked := h["Www-Authenticate"]; !asked && (body.Code == apperr.Unauthorized || body.Code == apperr.SessionEnded) {
		h.Set("WWW-Authenticate", ChallengeBearer)
	}
	if body.Code == apperr.MfaRequired {
		h.Set("WWW-Authenticate", challengeStepUp)
	}
	if body.maxAge > 0 { // RFC 9470 section 3
		h.Set("WWW-Authenticate", fmt.Sprintf("%s, max_age=%d", challengeStepUp, body.maxAge))
	}
}

func writeError(w http.ResponseWriter, status int, body errorBody) {
	setErrorHeaders(w.Header(), body)
	w.WriteHeader(status)
	// A failed write means that the client is gone.
	_, _ = w.Write(body.encode())
}

func (b errorBody) encode() []byte {
	// Encoding a struct of strings and numbers cannot fail.
	text, _ := json.Marshal(b)
	return text
}
