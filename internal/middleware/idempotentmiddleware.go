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
	// Answers stores responses for replay.
	Answers interface {
		Begin(ctx context.Context, r idempotency.Request) (answer []byte, turn *idempotency.Turn, err error)
	}

	// IdempotentMiddleware replays the response of a request with the same Idempotency-Key,
	// client and body within the last minute. user.api declares it on routes whose effect
	// must not occur twice. Requests without a key pass unchanged.
	IdempotentMiddleware struct {
		answers Answers
		timeout time.Duration
	}
)

// NewIdempotentMiddleware returns the middleware; timeout limits requests without a
// deadline.
func NewIdempotentMiddleware(answers Answers, timeout time.Duration) *IdempotentMiddleware {
	return &IdempotentMiddleware{answers: answers, timeout: timeout}
}

// Handle refuses a malformed key with apperr.InvalidRequest, and a key used for another
// body with apperr.KeyMismatch.
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
	ctx, cancel := m.detached(r.Context())
	defer cancel()
	rec := httpapi.NewRecorder()
	next(rec, r.WithContext(reqctx.WithIdempotencyKey(ctx, key)))
	if rec.Definite() {
		turn.Keep(rec.Encode())
	}
	rec.Send(w)
	return nil
}

// detached returns a context that survives the client's disconnect, which is when responses
// get lost: the work is completed and its response stored for the retry. The route's
// deadline still applies.
func (m *IdempotentMiddleware) detached(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(context.WithoutCancel(ctx), deadline)
	}
	return context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
}
