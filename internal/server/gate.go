package server

import (
	"net/http"

	"github.com/zeromicro/go-zero/rest"

	"user-api/internal/client"
)

const (
	// adminPrefix is where the routes of administrators live.
	adminPrefix = "/admin/"
	// servicePrefix is where the routes of clients live: there are no people.
	servicePrefix = "/service/"
	// revocationsRoute is asked so often that its clients are recognised in a way of its own.
	revocationsRoute = "GET /service/revocations"
	// inboxStream is held for as long as somebody looks at the page of the inbox.
	inboxStream = "GET /dev/inbox/stream"
)

// open are the routes that need no access token, each for its reason. Every other
// route is behind Session, whatever its group in user.api says.
var open = map[string]string{
	"POST /user/otp":                              "how one begins to sign in",
	"GET /user/avatar/:id":                        "pages embed pictures",
	"GET /user/otp/:otpId":                        "the id is known to who asked for the code",
	"POST /user/login":                            "how one signs in",
	"POST /user/login/passkey":                    "how one signs in",
	"POST /user/login/passkey/options":            "how one begins to sign in",
	"POST /user/login/mfa":                        "has a token of its own kind",
	"POST /user/login/mfa/enroll":                 "has a token of its own kind",
	"POST /user/refresh":                          "has a token of its own kind",
	"POST /user/logout":                           "has a token of either kind",
	"POST /user/register":                         "how one becomes a user",
	"POST /user/anonymous":                        "how one becomes a user without a name",
	"POST /user/password/reset":                   "has a code of its own purpose",
	"GET /oauth/authorize":                        "how one begins to sign in for an application",
	"POST /oauth/token":                           "a client proves itself in its body or by HTTP Basic",
	"GET /.well-known/jwks.json":                  "public keys",
	"GET /.well-known/oauth-authorization-server": "where everybody looks first",
	"GET /.well-known/openid-configuration":       "the same document",
	"GET /.well-known/webauthn":                   "browsers read it before they ask an authenticator",
	"GET /":                                       "a page, which has nobody's data",
	"GET /account":                                "a page, which has nobody's data",
	"GET /admin/ui":                               "a page, which has nobody's data",
	"GET /assets/:hash/:name":                     "files of pages",
	"GET /openapi.json":                           "says nothing of anybody",
	"GET /docs":                                   "a page, which has nobody's data",
	"GET /captcha":                                "a page, which has nobody's data",
	"GET /signin.js":                              "a script, which has nobody's data",
	"GET /healthz":                                "for the machine that runs the service",
	"GET /readyz":                                 "for the load balancer",
	"GET /dev/inbox":                              "not there in pro",
	inboxStream:                                   "not there in pro",
	"GET /dev/inbox/mail/:id":                     "not there in pro",

	"GET /user/login/social":                     "which sites there are to sign in by",
	"POST /user/login/social":                    "how one signs in by another site",
	"GET /user/login/social/:provider":           "how a browser goes to another site",
	"GET /user/login/social/:provider/callback":  "how a browser comes back",
	"POST /user/login/social/:provider/callback": "how it comes back by a form",

	"POST /webhook/:provider/events": "its body is signed by the provider",
	"GET /webhook/:provider/status":  "shows the token that was set up with the provider",
	"POST /webhook/:provider/status": "proves by the provider's own rules where it comes from",
}

// scopes are what a client needs, for the routes of clients and for those of
// administrators. One of the latter that is not here is for people alone.
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
	// gate denies by default.
	gate struct {
		session, admin, fresh rest.Middleware
		// readers recognise those who follow the feed, machines all other clients.
		machines, readers machines
	}

	machines interface {
		// Handle serves a request of a client with a scope by next, and one that shows
		// no client by others.
		Handle(scope string, next, others http.HandlerFunc) http.HandlerFunc
		// Only serves a request of a client with a scope, and refuses all others.
		Only(scope string, next http.HandlerFunc) http.HandlerFunc
	}
)

// wrap puts a route behind Session unless it is open, and what administrators do
// behind Admin too, or behind the scope that a client needs for it. What is for clients
// is behind their scope alone. A request passes each of them once, also where the group
// of the route declares them. What changes something needs a fresh proof too, unless its
// use case judges that.
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
		return clients.Only(d.Scope, handler) // nobody has the scope ""
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
