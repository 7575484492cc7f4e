package authz

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// identityHeaders are set by gateways from /user/check. In a request that arrives here they
// come from the client and must not be trusted.
var identityHeaders = []string{"X-User-Id", "X-User-Role", "X-Session-Id"}

// Middleware admits users and puts the Principal into the context. It rejects other requests
// with 401, or with 503 if it cannot decide. It is a rest.Middleware of go-zero.
func (a *Auth) Middleware(next http.HandlerFunc) http.HandlerFunc {
	return a.gate(next, true, nil)
}

// Handler is Middleware for net/http.
func (a *Auth) Handler(next http.Handler) http.Handler { return a.Middleware(next.ServeHTTP) }

// Optional admits a request without a token as anonymous: FromContext then returns false. An
// invalid token is still rejected.
func (a *Auth) Optional(next http.HandlerFunc) http.HandlerFunc {
	guarded := a.Middleware(next)
	return func(w http.ResponseWriter, r *http.Request) {
		if len(authorizationOf(r)) > 0 {
			guarded(w, r)
			return
		}
		strip(r)
		next(w, r)
	}
}

// RequireRole returns a middleware that admits users with one of the roles. It rejects others
// with 403.
func (a *Auth) RequireRole(roles ...string) func(http.HandlerFunc) http.HandlerFunc {
	return func(next http.HandlerFunc) http.HandlerFunc {
		return a.gate(next, true, func(c *carried) error {
			if !slices.Contains(roles, c.principal.Role) {
				return forbidden("the role does not suffice")
			}
			return nil
		})
	}
}

// RequireFresh returns a middleware that admits users who signed in at most maxAge ago. Others
// are asked to sign in again as defined by RFC 9470. A token without the time of the sign-in
// is not fresh.
func (a *Auth) RequireFresh(maxAge time.Duration) func(http.HandlerFunc) http.HandlerFunc {
	return func(next http.HandlerFunc) http.HandlerFunc {
		return a.gate(next, true, func(c *carried) error {
			if a.now().Sub(c.principal.AuthTime) > maxAge { // huge if the token has no auth_time
				return stale(maxAge)
			}
			return nil
		})
	}
}

// RequireScope returns a middleware that admits machines whose token has all of the scopes.
// It rejects users with 403, whatever the scopes of their tokens. MachineFromContext then
// returns the machine. It must be used without Middleware, which would reject the machine.
func (a *Auth) RequireScope(scopes ...string) func(http.HandlerFunc) http.HandlerFunc {
	return func(next http.HandlerFunc) http.HandlerFunc {
		return a.gate(next, false, func(c *carried) error {
			for _, scope := range scopes {
				if !c.machine.HasScope(scope) {
					return lacksScope(strings.Join(scopes, " "))
				}
			}
			return nil
		})
	}
}

// gate admits a request if its token, of a user or otherwise of a machine, is valid and meets
// demand. A token that another gate of the same kind has already checked is not checked again.
func (a *Auth) gate(next http.HandlerFunc, user bool, demand func(*carried) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		strip(r)
		c, known := fromContext(r.Context())
		if !known || c.auth != a || c.token.user != user {
			authorization := takeAuthorization(r)
			if known {
				authorization = []string{"Bearer " + c.raw} // a gate of the other kind has removed it
			}
			var err error
			if c, err = a.admit(r.Context(), authorization, user); err != nil {
				a.refuse(w, r, err)
				return
			}
			r = r.WithContext(withCarried(r.Context(), c))
		}
		if demand != nil {
			if err := demand(c); err != nil {
				a.refuse(w, r, err)
				return
			}
		}
		next(w, r)
	}
}

func strip(r *http.Request) {
	for _, name := range identityHeaders {
		delete(r.Header, name)
	}
}

// bearer returns the token of the only Authorization header (RFC 6750 section 2.1): the scheme
// in any case, one space and the token.
func bearer(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", noToken()
	}
	if len(headers) > 1 {
		return "", invalid("more than one Authorization header")
	}
	scheme, raw, found := strings.Cut(headers[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || raw == "" || strings.ContainsAny(raw, " \t,") {
		return "", invalid("the Authorization header has no bearer token")
	}
	return raw, nil
}
