package httpapi

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/zeromicro/go-zero/rest"
)

// routeGroup is one call of AddRoutes.
type routeGroup struct {
	routes  []rest.Route
	options []rest.RouteOption
}

// Mount adds to server the routes that register adds to the server it is given,
// which is a scratch one, so that each group's route options can be chosen here:
// its timeout is kept and its `jwt` left out. keep tells which routes to add;
// nil keeps all.
//
// Why without `jwt`, which adds go-zero's own token check: that check accepts
// HS384 and HS512 and tokens without an expiry, has no leeway for a clock that
// is behind, writes the whole request with its token and body into the log when
// it refuses one, and costs a second HMAC on every request. The Session
// middleware, which user.api declares on the very same groups and which is part
// of the routes' handlers, is the one gate.
//
// Any other option would be lost and is an error, as is a go-zero whose routes
// cannot be looked into. server must exist first: the scratch server sets up the
// same process globals, of which go-zero heeds the first.
func Mount(server *rest.Server, register func(*rest.Server), keep func(method, path string) bool) error {
	scratch, err := rest.NewServer(rest.RestConf{})
	if err != nil {
		return fmt.Errorf("httpapi: mount: %w", err)
	}
	register(scratch)
	groups, err := groupsOf(scratch)
	if err != nil {
		return fmt.Errorf("httpapi: mount: %w", err)
	}
	for _, group := range groups {
		var routes []rest.Route
		for _, route := range group.routes {
			if keep == nil || keep(route.Method, route.Path) {
				route.Handler = guardRoute(route)
				routes = append(routes, route)
			}
		}
		server.AddRoutes(routes, group.options...)
	}
	return nil
}

// groupsOf takes apart what was added to scratch. Routes tells the routes with
// their prefixes, but the groups and their options are private to go-zero.
func groupsOf(scratch *rest.Server) ([]routeGroup, error) {
	routes := scratch.Routes()
	if len(routes) == 0 {
		return nil, errors.New("there are no routes")
	}
	engine := reflect.ValueOf(scratch).Elem().FieldByName("ngin")
	if engine.Kind() != reflect.Pointer {
		return nil, errUnknownShape
	}
	list := engine.Elem().FieldByName("routes")
	if list.Kind() != reflect.Slice {
		return nil, errUnknownShape
	}
	groups := make([]routeGroup, 0, list.Len())
	for i := range list.Len() {
		n, options, err := readGroup(list.Index(i))
		if err != nil {
			return nil, err
		}
		if n > len(routes) {
			return nil, errUnknownShape
		}
		groups = append(groups, routeGroup{routes: routes[:n], options: options})
		routes = routes[n:]
	}
	if len(routes) > 0 {
		return nil, errUnknownShape
	}
	return groups, nil
}

var errUnknownShape = errors.New("this version of go-zero keeps its routes in another way")

// readGroup gives the number of routes of a group and the options to keep.
func readGroup(group reflect.Value) (routes int, options []rest.RouteOption, err error) {
	if group.Kind() != reflect.Struct || group.FieldByName("routes").Kind() != reflect.Slice {
		return 0, nil, errUnknownShape
	}
	for i := range group.NumField() {
		value := group.Field(i)
		switch name := group.Type().Field(i).Name; {
		case name == "routes" || name == "jwt" || value.IsZero():
		case name == "timeout" && value.Type() == reflect.TypeFor[*time.Duration]():
			options = append(options, rest.WithTimeout(time.Duration(value.Elem().Int())))
		default:
			return 0, nil, fmt.Errorf("the route option %q is not supported", name)
		}
	}
	return group.FieldByName("routes").Len(), options, nil
}
