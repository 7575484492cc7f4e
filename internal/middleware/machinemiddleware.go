package middleware

import (
	"context"
	"net/http"
	"strings"

	"user-api/internal/apperr"
	"user-api/internal/httpapi"
	"user-api/internal/reqctx"
	"user-api/internal/token"
)

// insufficientScope is OAuth's name of the error (RFC 6750 section 3.1).
const insufficientScope = "insufficient_scope"

type (
	// Machines authenticates clients.
	Machines interface {
		// ByBasic authenticates with the Authorization header of HTTP Basic.
		ByBasic(ctx context.Context, header string) (reqctx.Machine, error)
		// ByToken authenticates with a client's access token; known is false for any other
		// token.
		ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error)
	}

	// MachineMiddleware admits clients to routes that name a scope.
	MachineMiddleware struct {
		machines Machines
	}
)

// NewMachineMiddleware returns the middleware.
func NewMachineMiddleware(machines Machines) *MachineMiddleware {
	return &MachineMiddleware{machines: machines}
}

// Handle serves clients with the scope with next, and requests without client credentials
// with others. It refuses with apperr.Unauthorized, and clients without the scope with
// Forbidden. No client has the empty scope.
func (m *MachineMiddleware) Handle(scope string, next, others http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := ""
		if headers := r.Header.Values("Authorization"); len(headers) == 1 {
			header = headers[0]
		}
		raw, bearer := token.Bearer(header)
		machine, known, err := m.authenticate(r.Context(), header, raw, bearer)
		switch {
		case known && err == nil && machine.Has(scope):
			next(w, r.WithContext(reqctx.WithMachine(r.Context(), machine)))
			return
		case known && err == nil:
			httpapi.Challenge(w, httpapi.ChallengeScope(scope))
			err = apperr.New(apperr.Forbidden).WithOAuth(insufficientScope).WithDetail("The client does not have the scope that this needs.")
		case !bearer && (!known || apperr.Is(err, apperr.Unauthorized)):
			// Clients that wait for a challenge get both schemes. With an expired token
			// only the bearer scheme is offered: a browser would show its user a password
			// dialog.
			httpapi.Challenge(w, httpapi.ChallengeBasic, httpapi.ChallengeBearer)
		case known && apperr.Is(err, apperr.Unauthorized):
			httpapi.Challenge(w, httpapi.ChallengeToken)
		}
		if !known {
			others(w, r)
			return
		}
		httpapi.Error(w, r, err)
	}
}

// Only serves clients with the scope with next. A request without client credentials is
// refused and charged like one with a wrong secret.
func (m *MachineMiddleware) Only(scope string, next http.HandlerFunc) http.HandlerFunc {
	return m.Handle(scope, next, func(w http.ResponseWriter, r *http.Request) {
		_, err := m.machines.ByBasic(r.Context(), "")
		if len(w.Header().Values("WWW-Authenticate")) == 0 { // it presented a token that is not a client's
			httpapi.Challenge(w, httpapi.ChallengeToken)
		}
		httpapi.Error(w, r, err)
	})
}

func (m *MachineMiddleware) authenticate(ctx context.Context, header, raw string, bearer bool) (machine reqctx.Machine, known bool, err error) {
	if bearer {
		return m.machines.ByToken(ctx, raw)
	}
	if scheme, _, _ := strings.Cut(header, " "); !strings.EqualFold(scheme, "Basic") {
		return reqctx.Machine{}, false, nil
	}
	machine, err = m.machines.ByBasic(ctx, header)
	return machine, true, err
}
