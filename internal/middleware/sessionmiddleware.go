// Package middleware implements the middleware that user.api declares on its protected
// groups.
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

// The routes that apps call with every request. All paths below checkPath behave like it.
const (
	infoPath  = "/user/info"
	checkPath = "/user/check"
)

type (
	// TokenParser verifies access tokens. It fails with token.ErrInvalid, or with another
	// error if validity cannot be determined.
	TokenParser interface {
		ParseAccess(raw string) (token.Access, error)
	}

	// Liveness checks the session of an access token and returns the current role.
	Liveness interface {
		Check(ctx context.Context, access token.Access) (role string, err error)
	}

	// Refusals limits the refused requests of a session.
	Refusals interface {
		// RecallRefused fails for a session with too many refused requests.
		RecallRefused(sessionID string) error
		ChargeRefused(ctx context.Context, sessionID string)
	}
	// SessionMiddleware protects every route that requires a session: it verifies the
	// access token and its session, and puts the Principal into the context. It charges
	// refused requests to the session.
	SessionMiddleware struct {
		tokens   TokenParser
		sessions Liveness
		refusals Refusals
	}
)

// NewSessionMiddleware returns the middleware.
func NewSessionMiddleware(tokens TokenParser, sessions Liveness, refusals Refusals) *SessionMiddleware {
	return &SessionMiddleware{tokens: tokens, sessions: sessions, refusals: refusals}
}

// Handle refuses a request with apperr.Unauthorized, SessionEnded or, if the state of the
// session is unknown, Unavailable. It admits requests that it has admitted before, and
// those of machines.
func (m *SessionMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, user := reqctx.PrincipalFrom(r.Context())
		_, machine := reqctx.MachineFrom(r.Context()) // on routes with a scope only
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
		m.limited(w, r, next)
	}
}

// limited serves a request unless its session had too many refused ones, and charges the
// session if this one is refused.
func (m *SessionMiddleware) limited(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
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

// Hot reports whether apps may send the request as often as any other: it is not refused
// once the session is valid, and is not counted.
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
