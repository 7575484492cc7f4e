// Package middleware holds what user.api declares on its protected groups.
package middleware

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

// The routes that an app asks with every request; what is below checkPath answers as
// it does.
const (
	infoPath  = "/user/info"
	checkPath = "/user/check"
)

type (
	// TokenParser verifies access tokens. It fails with token.ErrInvalid, and otherwise
	// where it cannot be told.
	TokenParser interface {
		ParseAccess(raw string) (token.Access, error)
	}

	// Liveness judges the session of an access token and tells the role in force.
	Liveness interface {
		Check(ctx context.Context, access token.Access) (role string, err error)
	}

	// Refusals bounds the refused requests of a session.
	Refusals interface {
		// RecallRefused refuses every request of a session that had too many.
		RecallRefused(sessionID string) error
		ChargeRefused(ctx context.Context, sessionID string)
	}
	// SessionMiddleware is the one gate of every protected route: it verifies the
	// access token, asks whether its session lives, and puts the Principal in the
	// context. What is refused behind it is charged to the session.
	SessionMiddleware struct {
		tokens   TokenParser
		sessions Liveness
		refusals Refusals
	}
)

// NewSessionMiddleware returns the gate.
func NewSessionMiddleware(tokens TokenParser, sessions Liveness, refusals Refusals) *SessionMiddleware {
	return &SessionMiddleware{tokens: tokens, sessions: sessions, refusals: refusals}
}

// Handle refuses a request with apperr.Unauthorized, SessionEnded or, when it is not
// known whether the session lives, Unavailable. A request that it has let through
// already, it lets through, and so that of a machine.
func (m *SessionMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, user := reqctx.PrincipalFrom(r.Context())
		_, machine := reqctx.MachineFrom(r.Context()) // at the routes that have a scope alone
		if user || machine {
			next(w, r)
			return
		}
		ctx, err := m.authenticate(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		r = r.WithContext(ctx)
		if Hot(r.Method, r.URL.Path) {
			next(w, r)
			return
		}
		m.bounded(w, r, next)
	}
}

// bounded serves a request unless too many of its session were refused, and charges
// the session if it is refused.
func (m *SessionMiddleware) bounded(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	p, _ := reqctx.PrincipalFrom(r.Context())
	if err := m.refusals.RecallRefused(p.SessionID); err != nil {
		httpapi.Error(w, r, err)
		return
	}
	w, refused := httpapi.Watch(w)
	next(w, r)
	if refused() {
		m.refusals.ChargeRefused(r.Context(), p.SessionID)
	}
}

// Hot reports whether a request is for what every request of an app may ask: it
// refuses nothing once the session is known to live, and is not counted.
func Hot(method, path string) bool {
	return path == infoPath && (method == http.MethodGet || method == http.MethodHead) || strings.HasPrefix(path, checkPath)
}

func (m *SessionMiddleware) authenticate(r *http.Request) (context.Context, error) {
	ctx := r.Context()
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return ctx, apperr.New(apperr.Unauthorized)
	}
	raw, ok := token.Bearer(headers[0])
	if !ok {
		return ctx, apperr.New(apperr.Unauthorized)
	}
	access, err := m.tokens.ParseAccess(raw)
	if errors.Is(err, token.ErrInvalid) {
		return ctx, apperr.New(apperr.Unauthorized).Wrap(err)
	}
	if err != nil {
		return ctx, err
	}
	role, err := m.sessions.Check(ctx, access)
	if err != nil {
		return ctx, err
	}
	return reqctx.WithPrincipal(ctx, reqctx.Principal{
		UserID: access.UserID, SessionID: access.SessionID, Role: role, Methods: access.AMR, ExpiresAt: access.ExpiresAt,
	}), nil
}
