package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/rest"
)

// Routes are the routes of user.api, as goctl registers them, and what becomes of
// each.
type Routes struct {
	Register func(*rest.Server)
	// Path is where a route is served that user.api cannot spell; nil leaves every path as
	// it is.
	Path func(string) string
	// Keep reports whether a route is served at all; nil keeps all.
	Keep func(method, path string) bool
	// Gate puts a route behind the checks it needs, outside the middlewares of its
	// group; nil adds none.
	Gate func(rest.Route) http.HandlerFunc
	// Streams are the routes that answer with Stream, as "GET /path". Pause is how long
	// such an answer may take to begin, and to go on.
	Streams []string
	Pause   time.Duration
	// Held are the routes that may hold an answer for longer than others, and for how
	// long it may be under way.
	Held map[string]time.Duration
}

// Mount adds the routes to server. goctl registers them at a scratch server first:
// so each comes with its whole path, and with the middlewares of its group around
// its handler, but without the options of its group.
//
// The option that is to go is `jwt`, go-zero's own token check. It accepts HS384
// and HS512 and tokens without an expiry, has no leeway for a clock that is
// behind, writes the whole request with its token and body into the log when it
// refuses one, and costs a second HMAC on every request. Gate is the check in its
// place. A group with another option is an error: the option would be lost.
//
// server must exist first: the scratch server sets up the same process globals,
// of which go-zero heeds the first.
func Mount(server *rest.Server, routes Routes) error {
	scratch, err := rest.NewServer(rest.RestConf{ServiceConf: service.ServiceConf{Telemetry: noTelemetry}})
	if err != nil {
		return fmt.Errorf("httpapi: mount: %w", err)
	}
	routes.Register(scratch)
	if err := refuseGroupOptions(scratch); err != nil {
		return err
	}
	var mounted, untimed []rest.Route
	for _, route := range scratch.Routes() {
		if routes.Path != nil {
			route.Path = routes.Path(route.Path)
		}
		if routes.Keep != nil && !routes.Keep(route.Method, route.Path) {
			continue
		}
		if routes.Gate != nil {
			route.Handler = routes.Gate(route)
		}
		route.Handler = guardRoute(route)
		name := route.Method + " " + route.Path
		if slices.Contains(routes.Streams, name) {
			route.Handler = asStream(routes.Pause, route.Handler)
			untimed = append(untimed, route)
			continue
		}
		if longest, ok := routes.Held[name]; ok {
			route.Handler = asHeld(longest, route.Handler)
			untimed = append(untimed, route)
			continue
		}
		mounted = append(mounted, route)
	}
	if len(mounted) == 0 {
		return errors.New("httpapi: mount: there are no routes")
	}
	server.AddRoutes(mounted)
	if len(untimed) != len(routes.Streams)+len(routes.Held) {
		return fmt.Errorf("httpapi: mount: %d of the streams %q and of what is held, %v, are routes", len(untimed), routes.Streams, routes.Held)
	}
	// Below 0 there is no timeout handler. With 0 the server itself would have no limits
	// of time any more, for any route.
	server.AddRoutes(untimed, rest.WithTimeout(-1))
	return nil
}
