package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"user-api/internal/apperr"
	"user-api/internal/reqctx"
)

// maxErrorBody limits the buffered part of an error body; ours have about 200 bytes.
const maxErrorBody = 4 << 10

// answer is the ResponseWriter that the Edge passes to handlers. It collects data for the
// access log, and buffers the body of every error until the handler returns, so that one
// that does not match our schema (go-zero's empty and plain-text bodies) can be replaced.
type answer struct {
	http.ResponseWriter
	requestID string
	// clientRequestID is the ID sent by an untrusted client, or "".
	clientRequestID string
	// body is the request body, or nil if there is none.
	body *incoming
	// route is the route pattern, or nil if no route was reached. The handler's goroutine,
	// which may outlive the response, writes it.
	route atomic.Pointer[string]
	// oauth adds the members of RFC 6749 to errors.
	oauth bool
	// replayed means that the response was recorded for an earlier request, whose ID its
	// body contains. It is written as route is.
	replayed atomic.Bool

	// delivery tells handlers whether the client received the response.
	delivery reqctx.Delivery

	status   int
	sent     bool
	broken   bool // a write failed
	bytes    int64
	buffered []byte
}

type answerKey struct{}

func withAnswer(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// setRoute records which route serves the request. Without an Edge it does nothing.
func setRoute(ctx context.Context, pattern *string) {
	if a, ok := ctx.Value(answerKey{}).(*answer); ok {
		a.route.Store(pattern)
	}
}

// Flush sends buffered data, unless the response is an error.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError implements Flush for http.ResponseController.
func (a *answer) FlushError() error {
	if a.failed() {
		return nil
	}
	a.WriteHeader(http.StatusOK)
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap supports http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Write sends p, or buffers it if the status is an error.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.failed() {
		a.buffered = append(a.buffered, p[:min(len(p), maxErrorBody-len(a.buffered))]...)
		return len(p), nil
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	a.broken = a.broken || err != nil
	return n, err
}

// WriteHeader keeps the first final status. Later ones are ignored, as go-zero writes 404
// twice.
func (a *answer) WriteHeader(status int) {
	if status < http.StatusOK {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	if a.status != 0 {
		return
	}
	a.status = status
	if !a.failed() {
		a.sent = true
		a.ResponseWriter.WriteHeader(status)
	}
}

// failed reports whether the response is an error, which is buffered.
func (a *answer) failed() bool { return a.status >= http.StatusBadRequest }

// finish sends a buffered error. Its headers are derived from its body, because go-zero's
// error hook cannot set any.
func (a *answer) finish() {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if !a.failed() || a.sent {
		return
	}
	a.sent = true
	status := a.status
	body, ours := a.parseBuffered()
	if status == statusClientGone {
		// This status is only for the log. A client that closed only its side of the
		// connection can still read.
		status, ours = http.StatusServiceUnavailable, false
	}
	if !ours {
		body = newBody(apperr.New(codeFor(status)), a.requestID)
	}
	if a.oauth {
		body = body.forOAuth()
		// Replace only the default challenge.
		usual := slices.Equal(a.Header()["Www-Authenticate"], []string{ChallengeBearer})
		if body.Code == apperr.Unauthorized && usual {
			Challenge(a, ChallengeBasic)
		}
	}
	if a.oauth || !ours {
		a.buffered = body.encode()
	}
	if status == http.StatusRequestTimeout || status == http.StatusServiceUnavailable {
		a.body.giveUp(a.ResponseWriter)
	}
	h := a.Header()
	h.Del("Content-Length")
	h.Del("Content-Encoding")
	setErrorHeaders(h, body)
	if status == http.StatusMethodNotAllowed {
		sortAllow(h)
	}
	a.ResponseWriter.WriteHeader(status)
	n, _ := a.ResponseWriter.Write(a.buffered)
	a.bytes += int64(n)
}

// parseBuffered decodes the buffered body and reports whether it has our schema.
func (a *answer) parseBuffered() (errorBody, bool) {
	var body errorBody
	if err := json.Unmarshal(a.buffered, &body); err != nil {
		return body, false
	}
	return body, statuses[body.Code] != 0 && body.Msg != "" && (body.RequestID == a.requestID || a.replayed.Load())
}

// restart discards a response that has not been sent, and reports whether it could.
func (a *answer) restart() bool {
	if a.sent {
		return false
	}
	a.status, a.buffered = 0, nil
	return true
}

// codeFor returns the code for a bare status from the framework.
func codeFor(status int) apperr.Code {
	switch status {
	case http.StatusUnauthorized:
		return apperr.Unauthorized
	case http.StatusForbidden:
		return apperr.Forbidden
	case http.StatusNotFound:
		return apperr.NotFound
	case http.StatusMethodNotAllowed:
		return apperr.MethodNotAllowed
	case http.StatusRequestTimeout:
		return apperr.RequestTimeout
	case http.StatusRequestEntityTooLarge:
		return apperr.BodyTooLarge
	case http.StatusUnsupportedMediaType:
		return apperr.UnsupportedMedia
	case http.StatusTooManyRequests:
		return apperr.RateLimited
	case http.StatusServiceUnavailable:
		return apperr.Unavailable
	}
	if status >= http.StatusInternalServerError {
		return apperr.Internal
	}
	return apperr.InvalidRequest
}

// sortAllow sorts the methods, which go-zero's router lists in random map order, and adds
// HEAD if there is a GET.
func sortAllow(h http.Header) {
	if allow := h.Get("Allow"); allow != "" {
		methods := strings.Split(allow, ", ")
		if slices.Contains(methods, http.MethodGet) {
			methods = append(methods, http.MethodHead)
		}
		slices.Sort(methods)
		h.Set("Allow", strings.Join(methods, ", "))
	}
}
