package httpapi

import (
	"errors"
	"fmt"

	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/rest"
)

// Mount adds to server the routes that register adds to the server it is given,
// which is a scratch one: so each comes with its whole path, and with the
// middlewares of its group around its handler, but without the options of its
// group. keep tells which routes to add; nil keeps all.
//
// The option that is to go is `jwt`, go-zero's own token check. It accepts HS384
// and HS512 and tokens without an expiry, has no leeway for a clock that is
// behind, writes the whole request with its token and body into the log when it
// refuses one, and costs a second HMAC on every request. The Session middleware,
// which user.api declares on the very same groups, is the one gate. No group has
// another option; a test of the routes holds that, and that no group with `jwt`
// lacks Session.
//
// server must exist first: the scratch server sets up the same process globals,
// of which go-zero heeds the first.
func Mount(server *rest.Server, register func(*rest.Server), keep func(method, path string) bool) error {
	scratch, err := rest.NewServer(rest.RestConf{ServiceConf: service.ServiceConf{Telemetry: noTelemetry}})
	if err != nil {
		return fmt.Errorf("httpapi: mount: %w", err)
	}
	register(scratch)
	var routes []rest.Route
	for _, route := range scratch.Routes() {
		if keep == nil || keep(route.Method, route.Path) {
			route.Handler = guardRoute(route)
			routes = append(routes, route)
		}
	}
	if len(routes) == 0 {
		return errors.New("httpapi: mount: there are no routes")
	}
	server.AddRoutes(routes)
	return nil
}
