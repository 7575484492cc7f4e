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

// insufficientScope is what such a refusal is called in OAuth (RFC 6750 section 3.1).
const insufficientScope = "insufficient_scope"

type (
	// Machines recognises clients.
	Machines interface {
		// ByBasic authenticates by the Authorization header of HTTP Basic.
		ByBasic(ctx context.Context, header string) (reqctx.Machine, error)
		// ByToken recognises a client's access token; known is false for any other.
		ByToken(ctx context.Context, raw string) (m reqctx.Machine, known bool, err error)
	}

	// MachineMiddleware lets clients through, to routes that name a scope.
	MachineMiddleware struct {
		machines Machines
	}
)

// NewMachineMiddleware returns the gate.
func NewMachineMiddleware(machines Machines) *MachineMiddleware {
	return &MachineMiddleware{machines: machines}
}

// Handle serves a request by next if it shows a client with the scope; one that shows
// no client is served by others. It refuses with apperr.Unauthorized, and with Forbidden
// a client that lacks the scope; no client has the empty one.
func (m *MachineMiddleware) Handle(scope string, next, others http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := ""
		if headers := r.Header.Values("Authorization"); len(headers) == 1 {
			header = headers[0]
		}
		raw, bearer := token.Bearer(header)
		machine, known, err := m.recognise(r.Context(), header, raw, bearer)
		switch {
		case known && err == nil && machine.Has(scope):
			next(w, r.WithContext(reqctx.WithMachine(r.Context(), machine)))
			return
		case known && err == nil:
			httpapi.Challenge(w, httpapi.ChallengeScope(scope))
			err = apperr.New(apperr.Forbidden).WithOAuth(insufficientScope).WithDetail("The client does not have the scope that this needs.")
		case !bearer && (!known || apperr.Is(err, apperr.Unauthorized)):
			// A client that waits to be asked is told both ways. With an expired token it is
			// not: a browser would show its user a box for a password.
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

// Only serves a request by next if it shows a client with the scope. One that shows no
// client is refused as one with a wrong secret is, and charged.
func (m *MachineMiddleware) Only(scope string, next http.HandlerFunc) http.HandlerFunc {
	return m.Handle(scope, next, func(w http.ResponseWriter, r *http.Request) {
		_, err := m.machines.ByBasic(r.Context(), "")
		if len(w.Header().Values("WWW-Authenticate")) == 0 { // it has shown a token that is no client's
			httpapi.Challenge(w, httpapi.ChallengeToken)
		}
		httpapi.Error(w, r, err)
	})
}

func (m *MachineMiddleware) recognise(ctx context.Context, header, raw string, bearer bool) (machine reqctx.Machine, known bool, err error) {
	if bearer {
		return m.machines.ByToken(ctx, raw)
	}
	if scheme, _, _ := strings.Cut(header, " "); !strings.EqualFold(scheme, "Basic") {
		return reqctx.Machine{}, false, nil
	}
	machine, err = m.machines.ByBasic(ctx, header)
	return machine, true, err
}
