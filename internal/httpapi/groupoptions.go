package httpapi

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/zeromicro/go-zero/rest"
)

// groupOptions lists the group options of user.api that Mount cannot preserve: go-zero's
// name of the field that holds each, and the alternative.
var groupOptions = []struct{ field, option, instead string }{
	{"timeout", "timeout", "the key Timeout holds for every route"},
	{"maxBytes", "maxBytes", "bodies are bounded for every route"},
	{"signature", "signature", "a middleware can check signatures"},
	{"priority", "priority", "the service sheds no load by priority"},
	{"sse", "sse", "the service has no event streams"},
}

// refuseGroupOptions returns an error that names each group option that Mount would lose,
// with a route of the group. go-zero does not export the options, so they are read by
// reflection; if go-zero's structure has changed, Mount fails.
func refuseGroupOptions(server *rest.Server) error {
	groups := reflect.ValueOf(server).Elem().FieldByName("ngin")
	if groups.Kind() == reflect.Pointer {
		groups = groups.Elem().FieldByName("routes")
	}
	if groups.Kind() != reflect.Slice {
		return errors.New("httpapi: mount: this release of go-zero keeps the options of groups elsewhere")
	}
	var errs []error
	for i := range groups.Len() {
		group := groups.Index(i)
		for _, o := range groupOptions {
			value := group.FieldByName(o.field)
			if !value.IsValid() {
				return fmt.Errorf("httpapi: mount: this release of go-zero has no group option %s", o.field)
			}
			if !value.IsZero() {
				errs = append(errs, fmt.Errorf("user.api: the group of %s has the option %q, which has no effect here: %s",
					firstRoute(group), o.option, o.instead))
			}
		}
		if group.FieldByName("jwt").FieldByName("prevSecret").Len() > 0 {
			errs = append(errs, fmt.Errorf("user.api: the group of %s has the option %q, which has no effect here: the key Auth.PrevAccessSecret does this",
				firstRoute(group), "jwtTransition"))
		}
	}
	return errors.Join(errs...)
}

// firstRoute returns the first route of a group.
func firstRoute(group reflect.Value) string {
	routes := group.FieldByName("routes")
	if routes.Len() == 0 {
		return "no route"
	}
	return routes.Index(0).FieldByName("Method").String() + " " + routes.Index(0).FieldByName("Path").String()
}
