package server

import (
	"net/http"
	"strings"

	"github.com/zeromicro/go-zero/rest"
)

// adminPrefix is where the routes of administrators live.
const adminPrefix = "/admin/"

// open are the routes that need no access token, each for its reason. Every other
// route is behind Session, whatever its group in user.api says.
var open = map[string]string{
	"POST /user/otp":            "how one begins to sign in",
	"GET /user/otp/:otpId":      "the id is known to who asked for the code",
	"POST /user/login":          "how one signs in",
	"POST /user/refresh":        "has a token of its own kind",
	"POST /user/logout":         "has a token of either kind",
	"POST /user/register":       "how one becomes a user",
	"POST /user/password/reset": "has a code of its own purpose",
	"GET /healthz":              "for the machine that runs the service",
	"GET /readyz":               "for the load balancer",
	"GET /dev/inbox":            "not there in pro",

	"GET /webhook/:provider/status":  "shows the token that was set up with the provider",
	"POST /webhook/:provider/status": "proves by the provider's own rules where it comes from",
}

// gate denies by default.
type gate struct{ session, admin rest.Middleware }

// wrap puts a route behind Session unless it is open, and what administrators do
// behind Admin too. A request passes each of them once, also where the group of the
// route declares them.
func (g gate) wrap(route rest.Route) http.HandlerFunc {
	handler := route.Handler
	if strings.HasPrefix(route.Path, adminPrefix) {
		handler = g.admin(handler)
	}
	if _, ok := open[route.Method+" "+route.Path]; ok {
		return handler
	}
	return g.session(handler)
}
