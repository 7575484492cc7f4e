package middleware

import (
	"context"
	"net/http"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

type (
	// Proofs checks whether a sign-in is recent.
	Proofs interface {
		RequireFresh(ctx context.Context, p reqctx.Principal) error
	}

	// FreshMiddleware requires a recent sign-in. It runs after Session.
	FreshMiddleware struct {
		proofs Proofs
	}
)

// NewFreshMiddleware returns the middleware.
func NewFreshMiddleware(proofs Proofs) *FreshMiddleware { return &FreshMiddleware{proofs: proofs} }

// Handle refuses callers whose sign-in is not recent with apperr.Reauthenticate. It admits
// machines, whose scope has been checked.
func (m *FreshMiddleware) Handle(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, machine := reqctx.MachineFrom(r.Context())
		p, ok := reqctx.PrincipalFrom(r.Context())
		if !ok && !machine {
			httpapi.Error(w, r, apperr.New(apperr.Unauthorized))
			return
		}
		if ok {
			if err := m.proofs.RequireFresh(r.Context(), p); err != nil {
				httpapi.Error(w, r, err)
				return
			}
		}
		next(w, r)
	}
}
