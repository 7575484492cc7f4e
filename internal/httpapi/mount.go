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

// Routes describes the routes that goctl generates from user.api, and how to serve them.
type Routes struct {
	Register func(*rest.Server)
	// Path maps a path of user.api to the served path, for paths that user.api cannot
	// express; nil keeps all paths.
	Path func(string) string
	// Keep reports whether a route is served; nil serves all.
	Keep func(method, path string) bool
	// Gate wraps a route with its access checks, outside the middleware of its group; nil
	// adds none.
	Gate func(rest.Route) http.HandlerFunc
	// Streams lists the routes that respond with Stream, as "GET /path". Pause limits the
	// time before the first byte and between writes.
	Streams []string
	Pause   time.Duration
	// LongPolls maps the routes that may hold a response open to the maximum duration of a
	// request.
	LongPolls map[string]time.Duration
}

// Mount adds the routes to server. It first lets goctl's code register them at a scratch
// server, so that each has its full path and the middleware of its group, but not the
// options of the group.
//
// The option to drop is `jwt`, go-zero's own token check. It accepts HS384 and HS512 and
// tokens without an expiry, allows no clock skew, logs the whole request including token
// and body when it refuses one, and costs a second HMAC per request. Gate replaces it. A
// group with any other option is an error, because the option would be lost.
//
// server must be created first: both servers set process-wide globals, and go-zero keeps
// the first values.
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
		if longest, ok := routes.LongPolls[name]; ok {
			route.Handler = asLongPoll(longest, route.Handler)
			untimed = append(untimed, route)
			continue
		}
		mounted = append(mounted, route)
	}
	if len(mounted) == 0 {
		return errors.New("httpapi: mount: there are no routes")
	}
	server.AddRoutes(mounted)
	if len(untimed) != len(routes.Streams)+len(routes.LongPolls) {
		return fmt.Errorf("httpapi: mount: only %d of the streams %q and long polls %v are routes", len(untimed), routes.Streams, routes.LongPolls)
	}
	// A negative timeout disables the timeout handler. 0 would disable the time limits of
	// the whole server.
	server.AddRoutes(untimed, rest.WithTimeout(-1))
	return nil
}
