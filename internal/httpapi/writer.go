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

// maxErrorBody bounds what is kept of an error body; ours have some 200 bytes.
const maxErrorBody = 4 << 10

// answer is the ResponseWriter the Edge hands down. It counts for the access
// log and holds back the body of every error until the handler is done, so that
// one not in our schema (go-zero's empty and text bodies) can be replaced.
type answer struct {
	http.ResponseWriter
	requestID string
	// clientRequestID is the id that a client of no trusted proxy has given, or "".
	clientRequestID string
	// body is the request's, nil if it has none.
	body *incoming
	// route is the pattern of the route, "" when none was reached. It is
	// written by the handler's goroutine, which may outlive the answer.
	route atomic.Pointer[string]
	// oauth says that errors have the members of RFC 6749 as well.
	oauth bool
	// replayed says that the answer is one given before, whose body names the
	// request it was given to. It is written as route is.
	replayed atomic.Bool

	// delivery is what handlers learn of whether the client had the answer.
	delivery reqctx.Delivery

	status int
	sent   bool
	broken bool // a write failed
	bytes  int64
	held   []byte
}

type answerKey struct{}

func withAnswer(ctx context.Context, a *answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// setRoute notes which route serves the request; outside an Edge it does nothing.
func setRoute(ctx context.Context, pattern *string) {
	if a, ok := ctx.Value(answerKey{}).(*answer); ok {
		a.route.Store(pattern)
	}
}

// Flush sends what there is, unless it is an error still held back.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError is Flush for http.ResponseController.
func (a *answer) FlushError() error {
	if a.failed() {
		return nil
	}
	a.WriteHeader(http.StatusOK)
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Write sends p, or holds it back when the status is an error.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.failed() {
		a.held = append(a.held, p[:min(len(p), maxErrorBody-len(a.held))]...)
		return len(p), nil
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	a.broken = a.broken || err != nil
	return n, err
}

// WriteHeader takes the first final status; later ones are ignored, as go-zero
// writes 404 a second time.
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

// failed reports whether the answer is an error, which is held back.
func (a *answer) failed() bool { return a.status >= http.StatusBadRequest }

// finish sends an error that was held back. Its headers follow from its body,
// because go-zero's error hook could set none.
func (a *answer) finish() {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if !a.failed() || a.sent {
		return
	}
	a.sent = true
	status := a.status
	body, ours := a.parseHeld()
	if status == statusClientGone {
		// A status of the log. A client that has only closed its side of the
		// connection still reads.
		status, ours = http.StatusServiceUnavailable, false
	}
	if !ours {
		body = newBody(apperr.New(codeFor(status)), a.requestID)
	}
	if a.oauth {
		body = body.forOAuth()
		// The usual one is no more than what everybody is told.
		usual := slices.Equal(a.Header()["Www-Authenticate"], []string{ChallengeBearer})
		if body.Code == apperr.Unauthorized && usual {
			Challenge(a, ChallengeBasic)
		}
	}
	if a.oauth || !ours {
		a.held = body.encode()
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
	n, _ := a.ResponseWriter.Write(a.held)
	a.bytes += int64(n)
}

// parseHeld reads the body held back and reports whether it is one of ours.
func (a *answer) parseHeld() (errorBody, bool) {
	var body errorBody
	if err := json.Unmarshal(a.held, &body); err != nil {
		return body, false
	}
	return body, statuses[body.Code] != 0 && body.Msg != "" && (body.RequestID == a.requestID || a.replayed.Load())
}

// restart forgets an answer that has not been sent, and reports whether it could.
func (a *answer) restart() bool {
	if a.sent {
		return false
	}
	a.status, a.held = 0, nil
	return true
}

// codeFor gives the code that says what a bare status of the framework says.
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

// sortAllow puts the methods in order, as go-zero's router lists them in the
// random order of a map, and names HEAD where there is a GET.
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
