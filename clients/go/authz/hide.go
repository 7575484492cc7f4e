package authz

import (
	"context"
	"net/http"
)

const authorizationHeader = "Authorization"

// hidden is the context key of the header values that HideToken has removed.
type hidden struct{}

// HideToken removes the token from the headers of each request; the middlewares of this
// package still find it. It must be the outermost handler and is for frameworks that log
// headers: go-zero does so for every response from 500 up, even if its breaker rejects the
// request before any middleware runs.
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

// takeAuthorization removes the header from the request, because nothing else needs it, and
// returns its values or those that were hidden.
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
