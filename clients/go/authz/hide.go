package authz

import (
	"context"
	"net/http"
)

const authorizationHeader = "Authorization"

// hidden is the context key of the values of a header that HideToken has taken.
type hidden struct{}

// HideToken takes the token out of the headers of each request, and the middlewares of
// this package find it all the same. It stands around everything else, for frameworks
// that write headers to their log: go-zero does so with every answer from 500 up, also
// where its breaker refuses a request that then reaches no middleware.
//
//	server.StartWithOpts(func(s *http.Server) { s.Handler = authz.HideToken(s.Handler) })
func HideToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if values := takeAuthorization(r); len(values) > 0 {
			r = r.WithContext(context.WithValue(r.Context(), hidden{}, values))
		}
		next.ServeHTTP(w, r)
	})
}

// takeAuthorization takes the values of the header out of the request, in which nothing
// needs them any more, or those that were hidden.
func takeAuthorization(r *http.Request) []string {
	values := authorizationOf(r)
	delete(r.Header, authorizationHeader)
	return values
}

func authorizationOf(r *http.Request) []string {
	if values := r.Header[authorizationHeader]; len(values) > 0 {
		return values
	}
	values, _ := r.Context().Value(hidden{}).([]string)
	return values
}
