package server

import (
	"net/http"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/client"
)

const (
	// adminPrefix is the prefix of the administrator routes.
	adminPrefix = "/admin/"
	// servicePrefix is the prefix of the client routes, which are not for people.
	servicePrefix = "/service/"
	// revocationsRoute is polled so often that its clients are authenticated separately.
	revocationsRoute = "GET /service/revocations"
	// inboxStream is open as long as the inbox page is displayed.
	inboxStream = "GET /dev/inbox/stream"
)

// open lists the routes that need no access token, with the reason. Every other route
// requires Session, whatever its group in user.api declares.
var open = map[string]string{
	"POST /user/otp":                              "begins a sign-in",
	"GET /user/avatar/:id":                        "pages embed pictures",
	"GET /user/otp/:otpId":                        "only the client that requested the code knows the ID",
	"POST /user/login":                            "signs in",
	"POST /user/login/passkey":                    "signs in",
	"POST /user/login/passkey/options":            "begins a sign-in",
	"POST /user/login/mfa":                        "has its own kind of token",
	"POST /user/login/mfa/enroll":                 "has its own kind of token",
	"POST /user/refresh":                          "has its own kind of token",
	"POST /user/logout":                           "accepts either kind of token",
	"POST /user/register":                         "creates a user",
	"POST /user/anonymous":                        "creates an anonymous user",
	"POST /user/password/reset":                   "has a code for this purpose",
	"GET /oauth/authorize":                        "begins a sign-in for an application",
	"POST /oauth/token":                           "clients authenticate in the body or with HTTP Basic",
	"GET /.well-known/jwks.json":                  "public keys",
	"GET /.well-known/oauth-authorization-server": "public metadata",
	"GET /.well-known/openid-configuration":       "the same document",
	"GET /.well-known/webauthn":                   "browsers read it before they use an authenticator",
	"GET /":                                       "a page without user data",
	"GET /account":                                "a page without user data",
	"GET /admin/ui":                               "a page without user data",
	"GET /assets/:hash/:name":                     "files of pages",
	"GET /openapi.json":                           "contains no user data",
	"GET /docs":                                   "a page without user data",
	"GET /captcha":                                "a page without user data",
	"GET /signin.js":                              "a script without user data",
	"GET /healthz":                                "for the host's health check",
	"GET /readyz":                                 "for the load balancer",
	"GET /dev/inbox":                              "does not exist in pro",
	inboxStream:                                   "does not exist in pro",
	"GET /dev/inbox/mail/:id":                     "does not exist in pro",

	"GET /user/login/social":                     "lists the sign-in providers",
	"POST /user/login/social":                    "signs in through another site",
	"GET /user/login/social/:provider":           "redirects to another site",
	"GET /user/login/social/:provider/callback":  "the redirect back",
	"POST /user/login/social/:provider/callback": "the redirect back as a form",

	"POST /webhook/:provider/events": "the provider signs the body",
	"GET /webhook/:provider/status":  "verifies the token configured at the provider",
	"POST /webhook/:provider/status": "is authenticated by the provider's own rules",
}

// scopes lists the scope that a client needs for each client and administrator route.
// Administrator routes that are not listed are only for people.
var scopes = map[string]string{
	"GET /admin/users":                  client.UsersRead,
	"GET /admin/users/:id":              client.UsersRead,
	"POST /admin/users/:id/ban":         client.UsersWrite,
	"POST /admin/users/:id/unban":       client.UsersWrite,
	"PUT /admin/users/:id/role":         client.UsersWrite,
	"PATCH /admin/users/:id/metadata":   client.UsersWrite,
	"DELETE /admin/users/:id":           client.UsersWrite,
	"POST /admin/users/:id/mfa/reset":   client.UsersWrite,
	"DELETE /admin/users/:id/mfa/reset": client.UsersWrite,
	"DELETE /admin/users/:id/sessions":  client.SessionsWrite,
	"POST /admin/invites":               client.UsersWrite,
	"GET /admin/events":                 client.AuditRead,
	"GET /admin/deliveries":             client.AuditRead,
	"GET /admin/stats":                  client.AuditRead,
	"GET /admin/health":                 client.AuditRead,
	"POST " + introspectPath:            client.Introspect,
	revocationsRoute:                    client.RevocationsRead,
}

type (
	// gate denies access by default.
	gate struct {
		session, admin, fresh rest.Middleware
		// readers authenticates clients of the revocation feed, machines all other clients.
		machines, readers machines
	}

	machines interface {
		// Handle serves a client with the scope with next, and requests without client
		// credentials with others.
		Handle(scope string, next, others http.HandlerFunc) http.HandlerFunc
		// Only serves clients with the scope and refuses all others.
		Only(scope string, next http.HandlerFunc) http.HandlerFunc
	}
)

// wrap protects a route: unless it is open, it requires Session; administrator routes also
// require Admin or, for a client, the scope; client routes require the scope. Each check
// runs once, even if the group of the route declares it too. Modifying routes also require
// recent authentication unless their use case decides that.
func (g gate) wrap(route rest.Route) http.HandlerFunc {
	handler, d := route.Handler, DemandOf(route.Method, route.Path)
	if d.Open {
		return handler
	}
	if d.Admin {
		handler = g.admin(handler)
	}
	if d.Clients {
		clients := g.machines
		if route.Method+" "+route.Path == revocationsRoute {
			clients = g.readers
		}
		return clients.Only(d.Scope, handler) // no client has the scope ""
	}
	if d.Fresh {
		handler = g.fresh(handler)
	}
	people := g.session(handler)
	if d.Scope != "" {
		return g.machines.Handle(d.Scope, route.Handler, people)
	}
	return people
}
