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

	// AdminMiddleware lets administrators through. It stands behind Session and
	// asks the database, not the token, so that a role taken away is gone at once.
	AdminMiddleware struct {
		admins Admins
	}
)

// NewAdminMiddleware returns the gate.
func NewAdminMiddleware(admins Admins) *AdminMiddleware { return &AdminMiddleware{admins: admins} }

// Handle refuses whoever is no administrator with apperr.Forbidden.
func (m *AdminMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := m.authorize(r.Context()); err != nil {
			httpapi.Error(w, r, err)
			return
		}
		next(w, r)
	}
}

func (m *AdminMiddleware) authorize(ctx context.Context) error {
	p, ok := reqctx.PrincipalFrom(ctx)
	if !ok {
		return apperr.New(apperr.Unauthorized)
	}
	admin, err := m.admins.IsAdmin(ctx, p.UserID)
	if err != nil {
		return err
	}
	if !admin {
		return apperr.New(apperr.Forbidden)
	}
	return nil
}
