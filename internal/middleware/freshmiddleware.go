package middleware

import (
	"context"
	"net/http"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
)

type (
	// Proofs tells whether a sign-in is a fresh proof.
	Proofs interface {
		RequireFresh(ctx context.Context, p reqctx.Principal) error
	}

	// FreshMiddleware demands a fresh proof. It stands behind Session.
	FreshMiddleware struct {
		proofs Proofs
	}
)

// NewFreshMiddleware returns the gate.
func NewFreshMiddleware(proofs Proofs) *FreshMiddleware { return &FreshMiddleware{proofs: proofs} }

// Handle refuses a caller whose sign-in is not fresh with apperr.Reauthenticate. That of a
// machine, whose scope was judged, it lets through.
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
