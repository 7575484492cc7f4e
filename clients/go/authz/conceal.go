package authz

import (
	"context"
	"net/http"
)

// concealed is the context key of the Authorization headers that Conceal has taken.
type concealed struct{}

// Conceal takes the token out of the headers of a request before a framework sees them,
// for a framework that logs the headers of requests that fail. The middlewares find it
// nevertheless. It stands before everything else:
//
//	server.StartWithOpts(func(s *http.Server) { s.Handler = authz.Conceal(s.Handler) }) // go-zero
//
// The middlewares alone take it out as well, but go-zero refuses some requests before
// they are asked: when its circuit breaker is open, or too much is under way.
func Conceal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if values := r.Header["Authorization"]; len(values) > 0 {
			delete(r.Header, "Authorization")
			r = r.WithContext(context.WithValue(r.Context(), concealed{}, values))
		}
		next.ServeHTTP(w, r)
	})
}

// authorization are the request's Authorization headers, taken away or not.
func authorization(r *http.Request) []string {
	taken, _ := r.Context().Value(concealed{}).([]string)
	return append(taken[:len(taken):len(taken)], r.Header["Authorization"]...)
}

// takeAuthorization takes the headers out of the request, in which nothing needs them
// any more: go-zero logs all headers of a request that it answers with 5xx, and so do
// others.
func takeAuthorization(r *http.Request) []string {
	values := authorization(r)
	delete(r.Header, "Authorization")
	return values
}
