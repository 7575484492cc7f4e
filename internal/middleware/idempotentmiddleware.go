package middleware

import (
	"context"
	"net/http"
	"time"

	"user-api/internal/httpapi"
	"user-api/internal/idempotency"
	"user-api/internal/reqctx"
)

type (
	// Answers are the answers that can be repeated.
	Answers interface {
		Begin(ctx context.Context, r idempotency.Request) (answer []byte, turn *idempotency.Turn, err error)
	}

	// IdempotentMiddleware repeats the answer of a request whose Idempotency-Key,
	// client and body it has seen within the last minute. user.api declares it on the
	// routes that do something which must not be done twice. A request without a key
	// passes untouched.
	IdempotentMiddleware struct {
		answers Answers
		timeout time.Duration
	}
)

// NewIdempotentMiddleware returns the middleware; timeout bounds the work of a
// request that no route's timeout bounds.
func NewIdempotentMiddleware(answers Answers, timeout time.Duration) *IdempotentMiddleware {
	return &IdempotentMiddleware{answers: answers, timeout: timeout}
}

// Handle refuses a malformed key with apperr.InvalidRequest, and a key that was used
// for another body with apperr.KeyMismatch.
func (m *IdempotentMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lines := r.Header.Values(idempotency.Header)
		if len(lines) == 0 {
			next(w, r)
			return
		}
		if err := m.serve(w, r, lines, next); err != nil {
			httpapi.Error(w, r, err)
		}
	}
}

func (m *IdempotentMiddleware) serve(w http.ResponseWriter, r *http.Request, lines []string, next http.HandlerFunc) error {
	key, err := idempotency.ParseKey(lines)
	if err != nil {
		return err
	}
	body, err := httpapi.TakeBody(r)
	if err != nil {
		return err
	}
	answer, turn, err := m.answers.Begin(r.Context(), idempotency.Request{
		Route: r.Method + " " + r.URL.Path, Key: key, Client: reqctx.ClientFrom(r.Context()).IP, Body: body,
	})
	if err != nil {
		return err
	}
	if answer != nil {
		return httpapi.Replay(w, r, answer)
	}
	defer turn.End()
	ctx, cancel := m.lasting(r.Context())
	defer cancel()
	rec := httpapi.NewRecorder()
	next(rec, r.WithContext(reqctx.WithIdempotencyKey(ctx, key)))
	if rec.Definite() {
		turn.Keep(rec.Encode())
	}
	rec.Send(w)
	return nil
}

// lasting is a request's context without its client's going away, which is when an
// answer is lost: the work then goes on to its end, and the answer awaits the retry.
// The time that the route has still bounds it.
func (m *IdempotentMiddleware) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(context.WithoutCancel(ctx), deadline)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
}
