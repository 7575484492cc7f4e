package middleware

import (
	"context"
	"net/http"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

type (
	// Admins looks up administrators.
	Admins interface {
		IsAdmin(ctx context.Context, userID int64) (bool, error)
	}

	// Factors checks whether a sign-in used as many factors as are required.
	Factors interface {
		RequireSecondFactor(ctx context.Context, p reqctx.Principal) error
	}

	// AdminMiddleware admits administrators. It runs after Session and asks the database
	// instead of the token, so that revoking the role takes effect immediately.
	AdminMiddleware struct {
		admins  Admins
		factors Factors
	}
)

// NewAdminMiddleware returns the middleware.
func NewAdminMiddleware(admins Admins, factors Factors) *AdminMiddleware {
	return &AdminMiddleware{admins: admins, factors: factors}
}

// Handle refuses callers who are not administrators with apperr.Forbidden, and those who
// signed in without a required second factor with apperr.Reauthenticate. It admits requests
// that it has admitted before, and those of machines.
func (m *AdminMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, err := m.authorize(r.Context())
		if err != nil {
			httpapi.Error(w, r, err)
			return
		}
		next(w, r.WithContext(ctx))
	}
}

func (m *AdminMiddleware) authorize(ctx context.Context) (context.Context, error) {
	if _, machine := reqctx.MachineFrom(ctx); machine { // its scope has been checked
		return ctx, nil
	}
	p, ok := reqctx.PrincipalFrom(ctx)
	if !ok {
		return ctx, apperr.New(apperr.Unauthorized)
	}
	if p.Admin {
		return ctx, nil
	}
	admin, err := m.admins.IsAdmin(ctx, p.UserID)
	if err != nil {
		return ctx, err
	}
	if !admin {
		return ctx, apperr.New(apperr.Forbidden)
	}
	if err := m.factors.RequireSecondFactor(ctx, p); err != nil {
		return ctx, err
	}
	p.Admin = true
	return reqctx.WithPrincipal(ctx, p), nil
}
