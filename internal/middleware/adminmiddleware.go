package middleware

import (
	"context"
	"net/http"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

type (
	// Admins tells who is an administrator now.
	Admins interface {
		IsAdmin(ctx context.Context, userID int64) (bool, error)
	}

	// Factors tells whether a sign-in was by as many factors as are demanded.
	Factors interface {
		RequireSecondFactor(ctx context.Context, p reqctx.Principal) error
	}

	// AdminMiddleware lets administrators through. It stands behind Session and
	// asks the database, not the token, so that a role taken away is gone at once.
	AdminMiddleware struct {
		admins  Admins
		factors Factors
	}
)

// NewAdminMiddleware returns the gate.
func NewAdminMiddleware(admins Admins, factors Factors) *AdminMiddleware {
	return &AdminMiddleware{admins: admins, factors: factors}
}

// Handle refuses a caller who is no administrator with apperr.Forbidden, and one of whom a
// second factor is demanded and who is signed in without with apperr.Reauthenticate. A request
// that it has let through already, it lets through, and so that of a machine.
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
	if _, machine := reqctx.MachineFrom(ctx); machine { // its scope was judged
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
