// Package middleware holds what user.api declares on its protected groups.
package middleware

import (
	"context"
	"net/http"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

type (
	// TokenParser verifies access tokens.
	TokenParser interface {
		ParseAccess(raw string) (token.Access, error)
	}

	// Liveness tells whether a session has ended.
	Liveness interface {
		Check(ctx context.Context, sessionID string) error
	}

	// SessionMiddleware is the one gate of every protected route: it verifies the
	// access token, asks whether its session lives, and puts the Principal in the
	// context.
	SessionMiddleware struct {
		tokens   TokenParser
		sessions Liveness
	}
)

// NewSessionMiddleware returns the gate.
func NewSessionMiddleware(tokens TokenParser, sessions Liveness) *SessionMiddleware {
	return &SessionMiddleware{tokens: tokens, sessions: sessions}
}

// Handle refuses a request with apperr.Unauthorized, SessionEnded or, when
// nothing can tell whether the session lives, Unavailable.
func (m *SessionMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := m.authenticate(r)
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		next(w, r.WithContext(reqctx.WithPrincipal(r.Context(), p)))
	}
}

func (m *SessionMiddleware) authenticate(r *http.Request) (reqctx.Principal, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return reqctx.Principal{}, apperr.New(apperr.Unauthorized)
	}
	raw, ok := token.Bearer(headers[0])
	if !ok {
		return reqctx.Principal{}, apperr.New(apperr.Unauthorized)
	}
	access, err := m.tokens.ParseAccess(raw)
	if err != nil {
		return reqctx.Principal{}, apperr.New(apperr.Unauthorized).Wrap(err)
	}
	if err := m.sessions.Check(r.Context(), access.SessionID); err != nil {
		return reqctx.Principal{}, err
	}
	return reqctx.Principal{
		UserID: access.UserID, SessionID: access.SessionID, Role: access.Role, ExpiresAt: access.ExpiresAt,
	}, nil
}
