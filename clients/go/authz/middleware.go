package authz

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// identityHeaders are those that a gateway sets from /user/check. Of a request that comes
// here they are the client's own words.
var identityHeaders = []string{"X-User-Id", "X-User-Role", "X-Session-Id"}

// Middleware lets users in and puts the Principal into the context; others are refused
// with 401, and with 503 when nobody can tell. It is a rest.Middleware of go-zero.
func (a *Auth) Middleware(next http.HandlerFunc) http.HandlerFunc {
	return a.gate(next, true, nil)
}

// Handler is Middleware for net/http.
func (a *Auth) Handler(next http.Handler) http.Handler { return a.Middleware(next.ServeHTTP) }

// Optional lets a request without a token in as anonymous: FromContext then has nothing.
// A token that does not hold is refused all the same.
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

// RequireRole returns a Middleware that lets users with one of the roles in; others are
// refused with 403.
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

// RequireFresh returns a Middleware that lets users in who signed in at most maxAge ago;
// others are asked to sign in again as RFC 9470 has it. A token that does not say when
// is not fresh.
func (a *Auth) RequireFresh(maxAge time.Duration) func(http.HandlerFunc) http.HandlerFunc {
	return func(next http.HandlerFunc) http.HandlerFunc {
		return a.gate(next, true, func(c *carried) error {
			if a.now().Sub(c.principal.AuthTime) > maxAge { // for ever, where the token does not tell
				return stale(maxAge)
			}
			return nil
		})
	}
}

// RequireScope returns a middleware that lets machines in whose token has all of the
// scopes; users are refused with 403, whatever scopes theirs have. Behind it,
// MachineFromContext tells which machine it is. It stands alone: Middleware, before it,
// would refuse the machine.
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

// gate lets a request in once its token, of a user or else of a machine, holds and what
// else is demanded of it does. A token that a gate of the same kind has looked at before
// is not looked at again.
func (a *Auth) gate(next http.HandlerFunc, user bool, demand func(*carried) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		strip(r)
		c, known := fromContext(r.Context())
		if !known || c.auth != a || c.token.user != user {
			authorization := takeAuthorization(r)
			if known {
				authorization = []string{"Bearer " + c.raw} // a gate of another kind has taken it
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

// bearer reads the token of the only Authorization header (RFC 6750 section 2.1): the
// scheme, in any case, one space, the token.
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
